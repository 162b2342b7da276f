"""Matching: which contract a file follows. Content decides, never the name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ingest.contract import FormWorkbookContract, TableContract, load_contracts
from ingest.faults import Refusal
from ingest.form import FormWorkbook, form_of
from ingest.header import Header, HeaderFinder
from ingest.readers import text as text_reader
from ingest.readers.sheet import Sheet
from ingest.readers.text import BadByte, TextFile
from ingest.readers.workbook import Workbook
from ingest.rows import RawRow
from ingest.table import Table
from junheng.records import LandedFile

_NEAR = 0.6
"""Share of required columns from which on a file is taken for a damaged copy of the contract's shape."""


@dataclass(frozen=True)
class Match:
    """A file understood: its contract, its rows and what it holds besides."""

    contract: TableContract | FormWorkbookContract
    rows: list[RawRow]
    columns: frozenset[str]
    """Fields that have a column (or form) in the file."""
    unknown_columns: list[str]


@dataclass(frozen=True)
class _Found:
    contract: TableContract
    sheet: Sheet
    header: Header
    delimiter: str = ""
    text: str = ""


@lru_cache(maxsize=1)
def _finders() -> list[tuple[TableContract, HeaderFinder]]:
    return [(c, HeaderFinder(c)) for c in load_contracts() if isinstance(c, TableContract)]


def match_text(data: bytes) -> Match:
    """Match delimited text. Raises Refusal."""
    file = TextFile(data)
    candidates: list[_Found] = []
    damaged: list[tuple[_Found, BadByte]] = []
    for contract, finder in _finders():
        decoded = file.decode(contract.encodings)
        text = decoded.lenient if isinstance(decoded, BadByte) else decoded
        found = _best_delimiter(contract, finder, text)
        if isinstance(decoded, BadByte):
            if found is not None and found.header.share >= _NEAR:
                damaged.append((found, decoded))
        elif found is not None:
            candidates.append(found)
    best = max(candidates, key=_rank, default=None)
    if best is not None and best.header.share == 1:
        _check_header(best)
        sheet = text_reader.read(best.text, best.delimiter)
        return _match_tables(best.contract, [Table(best.contract, sheet, best.header)], [best.header], [])
    if damaged:
        raise max(damaged, key=lambda pair: _rank(pair[0]))[1].refusal()
    raise _no_match(best)


def _best_delimiter(contract: TableContract, finder: HeaderFinder, text: str) -> _Found | None:
    best: _Found | None = None
    for delimiter in contract.delimiters:
        rows = text_reader.head(text, delimiter)
        header = finder.find(rows)
        if header is not None and (best is None or header.rank > best.header.rank):
            best = _Found(contract, Sheet(None, rows), header, delimiter, text)
    return best


def match_workbook(book: Workbook, landed: LandedFile) -> Match:
    """Match a workbook: as forms by its sheet names, else each sheet as a table. Raises Refusal."""
    for contract in load_contracts():
        if isinstance(contract, FormWorkbookContract) and any(form_of(contract, name) for name in book.names):
            forms = FormWorkbook(contract, book, landed)
            return Match(contract, [forms.row()], forms.delivered, [])
    return _match_sheets(book)


def _match_sheets(book: Workbook) -> Match:
    per_sheet: dict[str, _Found] = {}
    ignored: list[str] = []
    for name in book.names:
        sheet = book.sheet(name)
        if not sheet.rows:
            continue
        fits = [_Found(c, sheet, header) for c, finder in _finders() if (header := finder.find(sheet.rows))]
        best = max(fits, key=_rank, default=None)
        if best is None or best.header.share < _NEAR:
            ignored.append(name)
        if best is not None:
            per_sheet[name] = best
    full = {name: found for name, found in per_sheet.items() if found.header.share == 1}
    near = [found for found in per_sheet.values() if _NEAR <= found.header.share < 1]
    if not per_sheet and not ignored:
        raise Refusal("empty_file")
    if near or not full:
        raise _no_match(max(near or per_sheet.values(), key=_rank, default=None))
    contracts = {found.contract.id: found.contract for found in full.values()}
    if len(contracts) > 1:
        raise Refusal("several_sources", contracts="、".join(c.title_zh for c in contracts.values()))
    for found in full.values():
        _check_header(found)
    tables = [Table(found.contract, found.sheet, found.header) for found in full.values()]
    headers = [found.header for found in full.values()]
    return _match_tables(next(iter(contracts.values())), tables, headers, [f"工作表“{name}”" for name in ignored])


def _match_tables(contract: TableContract, tables: list[Table], headers: list[Header], ignored: list[str]) -> Match:
    columns = frozenset.intersection(*(frozenset(header.columns) for header in headers)) | frozenset(contract.constants)
    unknown = list(dict.fromkeys(name for table in tables for name in table.unknown_columns))
    return Match(contract, [row for table in tables for row in table.rows()], columns, unknown + ignored)


def _rank(found: _Found) -> tuple[float, int]:
    """A full match with more columns before one with fewer; else the share of what is required."""
    return found.header.rank


def _check_header(found: _Found) -> None:
    if found.header.problem is not None:
        raise found.header.problem


def _no_match(best: _Found | None) -> Refusal:
    if best is None:
        contract = max((c for c, _ in _finders()), key=lambda c: c.suggested)
        columns = "、".join(field.label for field in contract.required_columns)
        return Refusal("unknown_layout", contract=contract.title_zh, columns=columns)
    columns = "、".join(_header_label(best.contract, field.name) for field in best.header.missing)
    rule = "missing_column" if best.header.share >= _NEAR else "unknown_layout"
    return Refusal(rule, contract=best.contract.title_zh, columns=columns)


def _header_label(contract: TableContract, name: str) -> str:
    field = contract.fields.field(name)
    return field.label if contract.columns is None else "/".join(contract.columns[name])
