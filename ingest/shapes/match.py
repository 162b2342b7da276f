"""Matching: which contract a file follows. Content decides, never the name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import chain
from typing import TypeVar

from ingest.readers import text as text_reader
from ingest.readers.sheet import Sheet, without_pictures
from ingest.readers.text import BadByte, TextFile
from ingest.readers.workbook import Workbook
from ingest.schema.contract import (
    DELIMITERS,
    AnyContract,
    FormWorkbookContract,
    TableContract,
    TitledFormContract,
    WideTableContract,
    load_contracts,
)
from ingest.shapes.form import FormWorkbook, form_of
from ingest.shapes.header import Header, HeaderFinder
from ingest.shapes.lines import is_index
from ingest.shapes.rows import Records
from ingest.shapes.stage_sheets import join_stages
from ingest.shapes.table import Table, key_fields, tables_of
from ingest.shapes.titled import Section, TitledForm, find_sections
from ingest.shapes.vertical import VerticalForm, find_vertical, vertical_contracts
from ingest.shapes.wide import WideFinder, WideHeader, WideTable, joined
from ingest.values.cells import squeeze
from ingest.values.faults import Refusal
from junheng.core.records import Fault, LandedFile

_NEAR = 0.6
"""Share of required columns from which on a file is taken for a damaged copy of the contract's shape."""
_NEAREST = 3
"""Contracts named to whoever delivers a file that is like nothing known."""
_NAMED = 6
"""Missing columns named of each of them."""
_WIDE_HEAD = 60
"""Lines of a text that are searched for a stacked header."""


@dataclass(frozen=True)
class Match:
    """A file understood: its contract, its rows and what it holds besides."""

    contract: AnyContract
    records: list[Records]
    columns: list[frozenset[str]]
    """Of each of the records: fields that have a column (or form) beside them."""
    unknown_columns: list[str]
    left_out: list[str]
    """Lines that are no records, told by kind, and sheets without a table."""
    hidden: list[str] = field(default_factory=list)
    """What the file does not show of what was read."""
    notes: list[Fault] = field(default_factory=list)
    """What was taken and is worth a look."""
    refusal: Refusal | None = None
    """What speaks against this table as a whole."""
    others: Iterator[Way] = field(default_factory=lambda: iter(()))
    """Further contracts that the file fits, each to be read where this one finds a fault."""


Way = Callable[[], Match]
"""Reads a file through one of the contracts it fits; raises Refusal where that cannot be."""


@dataclass(frozen=True)
class _Found:
    contract: TableContract
    sheet: Sheet
    header: Header
    delimiter: str = ""


@dataclass(frozen=True)
class _FoundWide:
    contract: WideTableContract
    sheet: Sheet
    header: WideHeader


_Fit = TypeVar("_Fit", _Found, _FoundWide)


@dataclass(frozen=True)
class _Near:
    """How near a file is to a contract, and what it lacks."""

    contract: AnyContract
    share: float
    missing: list[str]


@lru_cache(maxsize=1)
def _finders() -> list[tuple[TableContract, HeaderFinder]]:
    return [(c, HeaderFinder(c)) for c in load_contracts() if isinstance(c, TableContract)]


@lru_cache(maxsize=1)
def _wide_finders() -> list[tuple[WideTableContract, WideFinder]]:
    return [(c, WideFinder(c)) for c in load_contracts() if isinstance(c, WideTableContract)]


def _find_wide(sheet: Sheet) -> list[_FoundWide]:
    """Wide tables a sheet may be, the likeliest first."""
    found = [_FoundWide(c, sheet, header) for c, finder in _wide_finders() if (header := finder.find(sheet))]
    return sorted(found, key=lambda item: -item.header.share)


def match_text(data: bytes, landed: LandedFile | None = None) -> Match:
    """Match delimited text. Raises Refusal."""
    file = TextFile(data)
    heads = _Heads()
    candidates: list[_Found] = []
    damaged: list[tuple[_Found, BadByte]] = []
    for contract, finder in _finders():
        decoded = file.decode(contract.encodings)
        text = decoded.beginning if isinstance(decoded, BadByte) else decoded
        found = _best_delimiter(contract, finder, text, heads)
        if isinstance(decoded, BadByte):
            if found is not None and found.header.share >= _NEAR:
                damaged.append((found, decoded))
        elif found is not None:
            candidates.append(found)
    candidates.sort(key=_rank, reverse=True)
    best = next(iter(candidates), None)
    _refuse_two_tables(candidates)
    tables: list[Way] = [partial(_match_whole, file, found) for found in candidates if found.header.share == 1]
    wide = _wide_text(file, landed)
    if match := _first(chain(tables, wide) if _holds_stage(best) else chain(wide, tables)):
        return match
    if landed and (vertical := _vertical_text(file, landed)):
        return vertical
    if damaged:
        raise max(damaged, key=lambda pair: _rank(pair[0]))[1].refusal()
    raise _other_delimiter(file, heads) or _no_match(candidates, [])


def _holds_stage(found: _Found | None) -> bool:
    """Whether a plain table fits and says for a stage what a wide table leaves to its file: then it is none."""
    if found is None or found.header.share < 1:
        return False
    return not found.contract.stage_columns or not found.header.columns.keys().isdisjoint(found.contract.stage_columns.values())


def _first(ways: Iterator[Way]) -> Match | None:
    """The first contract that the file can be read through, with those behind it; None without any.

    Raises the Refusal of the first.
    """
    refusal: Refusal | None = None
    for way in ways:
        try:
            return replace(way(), others=ways)
        except Refusal as refused:
            refusal = refusal or refused
    if refusal is not None:
        raise refusal
    return None


def _match_whole(file: TextFile, found: _Found) -> Match:
    """A text of which the head was looked at, read to its end."""
    sheet = _read(file, found.contract, found.delimiter)
    return _match_tables([replace(found, sheet=sheet)], [])


def _read(file: TextFile, contract: TableContract | WideTableContract, delimiter: str) -> Sheet:
    """The whole of a text that can be decoded; what was decoded is not kept beside its cells."""
    decoded = file.decode(contract.encodings)
    assert isinstance(decoded, str)
    file.forget()
    return text_reader.read(decoded, delimiter)


def _wide_text(file: TextFile, landed: LandedFile | None) -> Iterator[Way]:
    for contract, finder in _wide_finders():
        decoded = file.decode(contract.encodings)
        if isinstance(decoded, BadByte):
            continue
        for delimiter in contract.delimiters(text_reader.beginning(decoded)):
            header = finder.find(Sheet(None, text_reader.head(decoded, delimiter)[:_WIDE_HEAD]))
            if header is not None and header.share == 1:
                decoded = ""
                sheet = _read(file, contract, delimiter)
                exact = finder.find(sheet)
                if exact is not None:
                    yield partial(_match_wide, [_FoundWide(contract, sheet, exact)], [], landed)
                break


class _Heads:
    """First rows of a text by delimiter, read once for all contracts."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[list[object]]] = {}

    def read(self, text: str, delimiter: str) -> list[list[object]]:
        """The first rows."""
        key = text_reader.beginning(text), delimiter
        if key not in self._known:
            self._known[key] = text_reader.head(text, delimiter)
        return self._known[key]


def _best_delimiter(
    contract: TableContract, finder: HeaderFinder, text: str, heads: _Heads, delimiters: Sequence[str] = ()
) -> _Found | None:
    best: _Found | None = None
    for delimiter in delimiters or contract.delimiters(text_reader.beginning(text)):
        rows = heads.read(text, delimiter)
        header = finder.find(rows)
        if header is not None and (best is None or header.rank > best.header.rank):
            best = _Found(contract, Sheet(None, rows), header, delimiter)
    return best


def _other_delimiter(file: TextFile, heads: _Heads) -> Refusal | None:
    """Of a contract that insists on a delimiter: the file is its shape but for that."""
    for contract, finder in _finders():
        decoded = file.decode(contract.encodings)
        if contract.fixed_delimiter is None or isinstance(decoded, BadByte):
            continue
        found = _best_delimiter(contract, finder, decoded, heads, DELIMITERS)
        if found is not None and found.header.share == 1:
            fixed = contract.fixed_delimiter
            return Refusal(
                "other_delimiter",
                contract=contract.title_zh,
                found=_sign(found.delimiter),
                expected=_sign(fixed.sign),
                because=fixed.because,
            )
    return None


def _sign(delimiter: str) -> str:
    return "制表符" if delimiter == "\t" else f"“{delimiter}”"


def match_workbook(book: Workbook, landed: LandedFile) -> list[Match]:
    """Match a workbook: as forms by its sheet names or by titles, else each sheet as a table. Raises Refusal.

    Forms under titles may be several tables, each a match of its own.
    """
    for contract in load_contracts():
        if isinstance(contract, FormWorkbookContract) and _is_form(book, [n for n in book.names if form_of(contract, n)]):
            forms = FormWorkbook(contract, book, landed)
            return [Match(contract, [Records.of([forms.row()])], [forms.delivered], [], [])]
    tables: list[TableContract] = []
    sections = find_sections(book, lambda section: _is_table(section, tables))
    if sections:
        return _match_titled(book, sections, tables)
    vertical = [form for name in book.names if (form := find_vertical(book.sheet(name))) and form.header.share >= _NEAR]
    if vertical:
        others = [name for name in book.names if name not in {form.sheet.name for form in vertical} and book.sheet(name).rows]
        return [_match_vertical(vertical, _unread(others), landed)]
    return [_match_sheets(book, landed)]


def _match_vertical(found: list[VerticalForm], unread: list[str], landed: LandedFile) -> Match:
    """One record per sheet. Raises Refusal for a form that lacks an item."""
    contract = found[0].contract
    for form in found:
        if form.header.missing:
            missing = "、".join(field.label for field in form.header.missing)
            raise Refusal("missing_column", contract=contract.title_zh, columns=missing)
        if form.header.problem is not None:
            raise form.header.problem
    columns = frozenset.intersection(*(frozenset(form.header.columns) for form in found))
    unknown = list(dict.fromkeys(name for form in found for name in form.unknown_items))
    return Match(contract, [Records.of([form.row(landed) for form in found])], [columns], unknown, unread)


def _vertical_text(file: TextFile, landed: LandedFile) -> Match | None:
    for contract in vertical_contracts():
        decoded = file.decode(contract.encodings)
        if isinstance(decoded, BadByte):
            continue
        for delimiter in contract.delimiters(text_reader.beginning(decoded)):
            if find_vertical(Sheet(None, text_reader.head(decoded, delimiter))) is None:
                continue
            form = find_vertical(text_reader.read(decoded, delimiter))
            if form is not None and form.header.share >= _NEAR:
                return _match_vertical([form], [], landed)
    return None


@lru_cache(maxsize=1)
def _form_sources() -> frozenset[str]:
    return frozenset(contract.source for contract in load_contracts() if isinstance(contract, TitledFormContract))


def _is_table(section: Section, tables: list[TableContract]) -> bool:
    """Whether a plain table stands under a title, whole or lacking little; its contract is added to ``tables``.

    A list of a form has the columns of its own plain template as well and stays a form. Numbered cells say less: any
    table that holds all of its columns is one, whatever stands in its cells.
    """
    for contract, finder in _finders():
        header = finder.find(section.rows, section.merged)
        share = header.share if header else 0.0
        is_other = contract.source not in _form_sources()
        if (share == 1 and (is_other or section.contract.item)) or (share >= _NEAR and is_other):
            tables.append(contract)
            return True
    return False


def _match_titled(book: Workbook, sections: list[Section], tables: Sequence[TableContract]) -> list[Match]:
    """One match per contract; sheets without any of its forms are told, and refused where they are a table of another kind.

    ``tables``: contracts of what stands under titles in the same workbook and is no form.
    """
    contracts = {section.contract.id: section.contract for section in sections}
    others = [name for name in book.names if name not in {section.sheet.name for section in sections} and book.sheet(name).rows]
    titles = {c.workbook: c.title_zh for c in contracts.values()} | {
        c.id: c.title_zh for name in others for c, finder in _finders() if _is_full(finder, book.sheet(name))
    }
    titles |= {contract.id: contract.title_zh for contract in tables}
    if len(titles) > 1:
        raise Refusal("several_sources", contracts="、".join(titles.values()))
    found = []
    for number, contract in enumerate(contracts.values()):
        forms = [TitledForm(section) for section in sections if section.contract is contract]
        rows = {form: list(form.rows()) for form in forms}
        blank = [form.place for form, records in rows.items() if not records]
        unread = _unread(others) if number == 0 else []
        unknown = list(dict.fromkeys(name for form in forms for name in form.unknown_columns))
        left_out = _left_out(forms) + [f"{place}（空白表，未读入）" for place in blank]
        refusal = Refusal("blank_form", forms="、".join(blank)) if len(blank) == len(forms) else None
        records = Records.of([row for records in rows.values() for row in records])
        notes = [note for form in forms for note in form.notes]
        found.append(Match(contract, [records], [frozenset()], unknown, left_out + unread, notes=notes, refusal=refusal))
    return found


def _is_form(book: Workbook, names: list[str]) -> bool:
    """Whether sheets named after forms are such; a lone one may be a plain table that somebody named so."""
    return len(names) > 1 or (bool(names) and not any(_is_full(finder, book.sheet(names[0])) for _, finder in _finders()))


def _is_full(finder: HeaderFinder, sheet: Sheet) -> bool:
    header = finder.find(sheet.rows, sheet.merged)
    return header is not None and header.share == 1


def _match_sheets(book: Workbook, landed: LandedFile) -> Match:
    per_sheet: dict[str, list[_Found]] = {}
    wide: dict[str, list[_FoundWide]] = {}
    near_wide: list[_FoundWide] = []
    every: list[_Found] = []
    ignored: list[str] = []
    for name in book.names:
        sheet = book.sheet(name)
        if not sheet.rows:
            continue
        stacked = _find_wide(sheet)
        near_wide += stacked
        fits = [_Found(c, sheet, header) for c, finder in _finders() if (header := finder.find(sheet.rows, sheet.merged))]
        fits.sort(key=_rank, reverse=True)
        _refuse_two_tables(fits)
        best = next(iter(fits), None)
        if stacked and stacked[0].header.share == 1 and not _holds_stage(best):
            wide[name] = [found for found in stacked if found.header.share == 1]
            continue
        every += fits
        if best is None or best.header.share < _NEAR:
            ignored.append(name)
        if best is not None:
            per_sheet[name] = [best, *(found for found in fits[1:] if found.header.share == 1)]
    full = {name: found for name, found in per_sheet.items() if found[0].header.share == 1}
    near = [found[0] for found in per_sheet.values() if _NEAR <= found[0].header.share < 1]
    if not per_sheet and not wide and not ignored:
        raise Refusal("empty_file")
    if near or not (full or wide):
        raise _no_match(near or every, [] if near else near_wide)
    titles = {f[0].contract.id: f[0].contract.title_zh for f in full.values()} | {
        w[0].contract.id: w[0].contract.title_zh for w in wide.values()
    }
    if len(titles) > 1:
        raise Refusal("several_sources", contracts="、".join(titles.values()))
    _refuse_headless(book, ignored, [found[0] for found in full.values()])
    unread = _unread(ignored)
    if wide:
        ways: list[Way] = [partial(_match_wide, found, unread, landed) for found in _common(list(wide.values()))]
    else:
        ways = [partial(_match_named, book, list(full), found, unread) for found in _common(list(full.values()))]
    match = _first(iter(ways))
    assert match is not None
    return match


def _refuse_two_tables(fits: Sequence[_Found]) -> None:
    """Raise Refusal where tables of two subjects stand below each other: of one of them nothing would be read.

    Headers that share a row are one that fits both.
    """
    full = [found for found in fits if found.header.share == 1]
    for best in full[:1]:
        for other in full[1:]:
            is_elsewhere = other.header.row < best.header.first_row or best.header.row < other.header.first_row
            if other.contract.source != best.contract.source and is_elsewhere:
                first, second = sorted((best, other), key=lambda found: found.header.row)
                titles = f"{first.contract.title_zh}、{second.contract.title_zh}"
                raise Refusal("several_sources", contracts=titles)


def _refuse_headless(book: Workbook, unread: Sequence[str], tables: Sequence[_Found]) -> None:
    """Raise Refusal where an unread sheet goes on with the records of a table: nobody knows what its columns are.

    A record has all that is required where the table has it, and the code of a school; without codes only the tables of a
    document are asked, which a page may cut.
    """
    for found in tables:
        contract, columns = found.contract, found.header.columns
        required = [columns[field.name] for field in contract.required_columns if field.name in columns]
        schools = [field for field in key_fields(contract) if field.role == "school" and field.name in columns]
        keys = [columns[field.name] for field in schools]
        code = contract.school_code_pattern if keys else None
        for name in unread if not contract.edited and (code or book.numbered) else ():
            for number, row in enumerate(book.sheet(name).rows, 1):
                cells = [squeeze(cell) for cell in row]
                is_whole = all(column < len(cells) and cells[column] for column in required) and not is_index(row)
                is_like = any(re.fullmatch(code, cells[column]) for column in keys) if code and is_whole else not code
                if is_whole and is_like and (code or len(row) == len(found.header.texts)):
                    raise Refusal("records_without_header", place=f"工作表“{name}”第{number}行", table=contract.title_zh)


def _common(sheets: list[list[_Fit]]) -> list[list[_Fit]]:
    """For each contract that every sheet fits, in the order of the first sheet, what was found of it in each."""
    by_contract = [{found.contract.id: found for found in fits} for fits in sheets]
    return [[fits[name] for fits in by_contract] for name in by_contract[0] if all(name in fits for fits in by_contract)]


def _match_named(book: Workbook, names: list[str], found: list[_Found], notes: list[str]) -> Match:
    sheets = [replace(one, sheet=_with_formulas(book, name, one)) for name, one in zip(names, found, strict=True)]
    return _match_tables(sheets, notes)


def _with_formulas(book: Workbook, name: str, found: _Found) -> Sheet:
    """The sheet, with the places of its formulas where the contract wants none."""
    return replace(without_pictures(found.sheet), formulas=book.formulas(name)) if found.contract.edited else found.sheet


def _match_tables(found: list[_Found], unread: list[str]) -> Match:
    """The sheets of one contract. Raises Refusal for a header that cannot be used."""
    contract = found[0].contract
    finder = next(finder for each, finder in _finders() if each is contract)
    below = [part for one in found for part in tables_of(contract, one.sheet, one.header, finder)]
    tables = [table for table, _ in below]
    columns = [frozenset(header.columns) | frozenset(contract.constants) for _, header in below]
    unknown = list(dict.fromkeys(name for table in tables for name in table.unknown_columns))
    parts, joined_notes = join_stages(contract, tables, [(t.records(), own) for t, own in zip(tables, columns, strict=True)])
    notes = [note for table in tables for note in table.notes] + joined_notes
    records, columns = [records for records, _ in parts], [own for _, own in parts]
    return Match(contract, records, columns, unknown, _left_out(tables) + unread, notes=notes)


def _match_wide(found: list[_FoundWide], unread: list[str], landed: LandedFile | None) -> Match:
    tables = [WideTable(item.contract, item.sheet, item.header, landed) for item in found]
    columns = frozenset.union(*(table.columns for table in tables))
    rows, told = joined([(table.stage, row) for table in tables for row in table.rows()], key_fields(found[0].contract))
    notes = [note for table in tables for note in table.notes] + told
    return Match(found[0].contract, [Records.of(rows)], [columns], [], _left_out(tables) + unread, notes=notes)


def _unread(names: Iterable[str]) -> list[str]:
    return [f"工作表“{name}”（没有要读的表，未读入）" for name in names]


def _left_out(tables: Iterable[Table | WideTable | TitledForm]) -> list[str]:
    """Lines that are no records; to be called when the rows have been read."""
    return [text for table in tables for text in table.left_out.told()]


def _rank(found: _Found) -> tuple[float, int]:
    """A full match with more columns before one with fewer; else the share of what is required."""
    return found.header.rank


def _no_match(tables: list[_Found], wide: list[_FoundWide]) -> Refusal:
    """Why nothing fits: a shape that nearly does, else the nearest of those that share a column, and what each of them misses."""
    near = [_Near(f.contract, f.header.share, [_header_label(f.contract, m.name) for m in f.header.missing]) for f in tables]
    near += [_Near(w.contract, w.header.share, [_wide_label(w.contract, name) for name in w.header.missing]) for w in wide]
    best = max(near, key=lambda item: item.share, default=None)
    if best is not None and best.share >= _NEAR:
        is_ours = isinstance(best.contract, TableContract) and best.contract.edited
        return Refusal(
            "export_lost_columns" if is_ours else "missing_column",
            contract=best.contract.title_zh,
            columns="、".join(best.missing),
        )
    nearest: dict[str, _Near] = {}
    for item in sorted(near, key=lambda item: -item.share):
        if item.share > 0:
            nearest.setdefault(item.contract.id, item)
    told = [f"“{item.contract.title_zh}”（缺少列：{_few(item.missing)}）" for item in list(nearest.values())[:_NEAREST]]
    return Refusal("unknown_layout", nearest="最接近的是" + "、".join(told) if told else "表头里没有一列是认得的")


def _few(missing: list[str]) -> str:
    more = f"等{len(missing)}列" if len(missing) > _NAMED else ""
    return "、".join(missing[:_NAMED]) + more


def _header_label(contract: TableContract, name: str) -> str:
    field = contract.fields.field(name)
    return field.label if contract.columns is None else "/".join(contract.columns[name])


def _wide_label(contract: WideTableContract, name: str) -> str:
    entry = next(entry for entry in contract.wide_fields if entry.field == name)
    return "/".join(entry.first_of[0][0].path)
