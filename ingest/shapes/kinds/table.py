"""Plain tables: the delimited text or the sheets of a workbook that follow one contract, and wide tables held against them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from ingest.readers import text as text_reader
from ingest.readers.sheet import Sheet, column_letter, without_pictures
from ingest.readers.text import BadByte, TextFile
from ingest.readers.workbook import Workbook
from ingest.schema.contract import TextContract
from ingest.schema.table import TableContract
from ingest.shapes import fits
from ingest.shapes.fits import Heads, TableFit, WideFit
from ingest.shapes.header import HeaderFinder
from ingest.shapes.kinds.wide_table import match_wide
from ingest.shapes.lines import is_index
from ingest.shapes.nearest import no_match, other_delimiter
from ingest.shapes.shape import NEAR, Match, Shape, Trace, Way, first_of, unread
from ingest.shapes.stage_sheets import join_stages
from ingest.shapes.table import tables_of
from ingest.values.address import CellAddress
from ingest.values.cells import squeeze
from ingest.values.faults import Refusal
from ingest.values.texts import row_place
from junheng.core.records import LandedFile

_WIDE_HEAD = 60
"""Lines of a text that are searched for a stacked header."""


class PlainTable(Shape[TableContract]):
    """A header row and one record per row. Wide tables are found here as well: a sheet may look like both."""

    contract = TableContract
    turn = 9

    def in_text(self, file: TextFile, landed: LandedFile | None) -> Match | Refusal | None:
        """The text as a plain or a wide table; else why it is none, should no other shape take it. Raises Refusal."""
        heads = Heads()
        candidates: list[TableFit] = []
        damaged: list[tuple[TableFit, BadByte]] = []
        for contract, finder in fits.table_finders():
            decoded = file.decode(contract.encodings)
            fit = heads.best(contract, finder, decoded.beginning if isinstance(decoded, BadByte) else decoded)
            if isinstance(decoded, BadByte):
                if fit is not None and fit.header.share >= NEAR:
                    damaged.append((fit, decoded))
            elif fit is not None:
                candidates.append(fit)
        candidates.sort(key=lambda fit: fit.rank, reverse=True)
        fits.refuse_two_tables(candidates)
        tables: list[Way] = [partial(_match_whole, file, fit) for fit in candidates if fit.header.share == 1]
        wide = _wide_text(file, landed)
        is_plain = fits.holds_stage(next(iter(candidates), None))
        if match := first_of(chain(tables, wide) if is_plain else chain(wide, tables)):
            return match
        if damaged:
            return max(damaged, key=lambda pair: pair[0].rank)[1].refusal()
        return other_delimiter(file, heads) or no_match(candidates)

    def in_workbook(self, book: Workbook, landed: LandedFile) -> list[Match]:
        """The sheets that follow one contract. Raises Refusal."""
        return [_match_sheets(book, landed)]

    def trace(self, contract: TableContract, sheet: Sheet, _landed: LandedFile) -> Trace:
        """Cells by the header, looked for once more."""
        header = HeaderFinder(contract).find(sheet.rows, sheet.merged)

        def cells(name: str, row: int | None) -> list[tuple[CellAddress, str]]:
            if header is None or row is None or name not in header.columns:
                return []
            column = header.columns[name]
            return [(CellAddress(sheet.name, column_letter(column), row), header.texts[column])]

        return cells

    def likeness(self, contract: TableContract, sheet: Sheet) -> tuple[float, int]:
        """How much of the contract's header stands in the beginning of a text."""
        header = HeaderFinder(contract).find(sheet.rows)
        return header.rank if header else (0.0, 0)


SHAPE = PlainTable()


def _match_whole(file: TextFile, fit: TableFit) -> Match:
    """A text of which the head was looked at, read to its end."""
    sheet = _read(file, fit.contract, fit.delimiter)
    return _match_tables([replace(fit, sheet=sheet)], [])


def _read(file: TextFile, contract: TextContract, delimiter: str) -> Sheet:
    """The whole of a text that can be decoded; what was decoded is not kept beside its cells."""
    decoded = file.decode(contract.encodings)
    assert isinstance(decoded, str)
    file.forget()
    return text_reader.read(decoded, delimiter)


def _wide_text(file: TextFile, landed: LandedFile | None) -> Iterator[Way]:
    for contract, finder in fits.wide_finders():
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
                    yield partial(match_wide, [WideFit(contract, sheet, exact)], [], landed)
                break


def _match_sheets(book: Workbook, landed: LandedFile) -> Match:
    plain: dict[str, list[TableFit]] = {}
    wide: dict[str, list[WideFit]] = {}
    every: list[TableFit] = []
    every_wide: list[WideFit] = []
    ignored: list[str] = []
    for name in book.names:
        sheet = book.sheet(name)
        if not sheet.rows:
            continue
        stacked = fits.wide_fits(sheet)
        every_wide += stacked
        tables = fits.table_fits(sheet)
        best = next(iter(tables), None)
        if stacked and stacked[0].header.share == 1 and not fits.holds_stage(best):
            wide[name] = [fit for fit in stacked if fit.header.share == 1]
            continue
        every += tables
        if best is None or best.header.share < NEAR:
            ignored.append(name)
        if best is not None:
            plain[name] = [best, *(fit for fit in tables[1:] if fit.header.share == 1)]
    full = {name: tables for name, tables in plain.items() if tables[0].header.share == 1}
    near = [tables[0] for tables in plain.values() if NEAR <= tables[0].header.share < 1]
    if not plain and not wide and not ignored:
        raise Refusal("empty_file")
    if near or not (full or wide):
        raise no_match(near or every, [] if near else every_wide)
    contracts = [tables[0].contract for tables in full.values()] + [tables[0].contract for tables in wide.values()]
    titles = {contract.id: contract.title_zh for contract in contracts}
    if len(titles) > 1:
        raise Refusal("several_sources", contracts="、".join(titles.values()))
    _refuse_headless(book, ignored, [tables[0] for tables in full.values()])
    notes = unread(ignored)
    if wide:
        ways: list[Way] = [partial(match_wide, sheets, notes, landed) for sheets in fits.common(list(wide.values()))]
    else:
        ways = [partial(_match_named, book, list(full), sheets, notes) for sheets in fits.common(list(full.values()))]
    match = first_of(iter(ways))
    assert match is not None
    return match


def _refuse_headless(book: Workbook, names: Sequence[str], tables: Sequence[TableFit]) -> None:
    """Raise Refusal where an unread sheet goes on with the records of a table: nobody knows what its columns are.

    A record has all that is required where the table has it, and the code of a school; without codes only the tables of a
    document are asked, which a page may cut.
    """
    for table in tables:
        contract, columns = table.contract, table.header.columns
        required = [columns[field.name] for field in contract.required_columns if field.name in columns]
        schools = [field for field in contract.key_fields if field.role == "school" and field.name in columns]
        keys = [columns[field.name] for field in schools]
        code = contract.school_code_pattern if keys else None
        for name in names if not contract.is_ours and (code or book.numbered) else ():
            for number, row in enumerate(book.sheet(name).rows, 1):
                cells = [squeeze(cell) for cell in row]
                is_whole = all(column < len(cells) and cells[column] for column in required) and not is_index(row)
                is_like = any(re.fullmatch(code, cells[column]) for column in keys) if code and is_whole else not code
                if is_whole and is_like and (code or len(row) == len(table.header.texts)):
                    raise Refusal("records_without_header", place=row_place(name, number), table=contract.title_zh)


def _match_named(book: Workbook, names: list[str], tables: list[TableFit], notes: list[str]) -> Match:
    sheets = [replace(fit, sheet=_with_formulas(book, name, fit)) for name, fit in zip(names, tables, strict=True)]
    return _match_tables(sheets, notes)


def _with_formulas(book: Workbook, name: str, fit: TableFit) -> Sheet:
    """The sheet, with the places of its formulas where the contract wants none."""
    return replace(without_pictures(fit.sheet), formulas=book.formulas(name)) if fit.contract.is_ours else fit.sheet


def _match_tables(sheets: list[TableFit], notes_of_sheets: list[str]) -> Match:
    """The sheets of one contract. Raises Refusal for a header that cannot be used."""
    contract = sheets[0].contract
    finder = next(finder for each, finder in fits.table_finders() if each is contract)
    below = [part for fit in sheets for part in tables_of(contract, fit.sheet, fit.header, finder)]
    tables = [table for table, _ in below]
    columns = [frozenset(header.columns) | frozenset(contract.constants) for _, header in below]
    unknown = list(dict.fromkeys(name for table in tables for name in table.unknown_columns))
    records = [(table.records(), names) for table, names in zip(tables, columns, strict=True)]
    parts, joined = join_stages(contract, tables, records)
    notes = [note for table in tables for note in table.notes] + joined
    left_out = [text for table in tables for text in table.left_out.sentences()]
    return Match(
        contract,
        [records for records, _ in parts],
        [names for _, names in parts],
        unknown,
        left_out + notes_of_sheets,
        notes=notes,
    )
