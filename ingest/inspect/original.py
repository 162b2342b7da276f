"""An original read again: the text that stands in one cell of it, and what ingest makes of that text.

For whoever has to show where a figure comes from. The place is found anew: by the addresses that bronze keeps (``_cells``), else
by looking for the header once more, so that bronze is confirmed and not repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from ingest.readers import text as text_reader
from ingest.readers.sheet import Sheet, column_index, column_letter
from ingest.readers.text import BadByte, TextFile
from ingest.readers.workbook import Workbook, looks_like_workbook, open_workbook
from ingest.schema.contract import AnyContract, TableContract, VerticalFormContract, WideTableContract
from ingest.shapes.header import Header, HeaderFinder
from ingest.shapes.rows import RawRow
from ingest.shapes.vertical import find_vertical
from ingest.shapes.wide import WideFinder, WideTable
from ingest.values import address
from ingest.values.address import Addresses
from ingest.values.cells import BadCell, number, show, squeeze, typed
from ingest.values.faults import Refusal
from junheng.core.records import LandedFile

_TEXT = "text"
"""Name that delimited text is given where an address needs one."""
DelimitedContract = TableContract | WideTableContract | VerticalFormContract

_STEP = Decimal("0.0001")
"""Decimals of an amount in bronze."""


@dataclass(frozen=True)
class FoundCell:
    """One cell of an original."""

    sheet: str | None
    row: int
    """1-based."""
    column: str
    """Letter of the column."""
    header: str
    """Header of the column; empty in forms, whose cells have an address of their own."""
    text: str
    """As a person would read it, before any cleaning."""
    value: Decimal | None
    """None: nothing is stated."""
    is_absent_mark: bool = False
    """The contract's mark for "does not apply": of a stage that the school does not have, 0."""


def agree(cells: Sequence[FoundCell], used: Decimal | None) -> bool:
    """Whether these cells say what bronze holds of them."""
    stated = [cell.value for cell in cells if cell.value is not None]
    if not stated:
        return used is None or (used == 0 and any(cell.is_absent_mark for cell in cells))
    return used is not None and sum(stated, Decimal(0)).quantize(_STEP, ROUND_HALF_UP) == used.quantize(_STEP)


class Original:
    """The bytes of an accepted file with the contract it was read through."""

    def __init__(self, data: bytes, contract: AnyContract, landed: LandedFile) -> None:
        self._data = data
        self._contract = contract
        self._landed = landed
        self._in_text: dict[int | None, dict[str, Addresses]] | None = None
        self._book: Workbook | None = None
        self._sheets: dict[str | None, Sheet] = {}
        self._headers: dict[str | None, Header | None] = {}

    def cells(self, field: str, sheet: str | None, row: int | None, addresses: Mapping[str, str]) -> list[FoundCell]:
        """The cells a field of one record was read from; none where the file has no place for it. Raises Refusal."""
        places = {name: address.read(text) for name, text in addresses.items()}
        if not places and sheet is None and isinstance(self._contract, WideTableContract | VerticalFormContract):
            places = self._addresses_in_text().get(row, {})
        if field in places:
            return [self._at(field, cell.sheet, cell.row, cell.column) for cell in places[field]]
        if row is None or not isinstance(self._contract, TableContract):
            return []
        header = self._header(sheet)
        if header is None or field not in header.columns:
            return []
        column = header.columns[field]
        return [self._at(field, sheet, row, column_letter(column), header.texts[column])]

    def _at(self, field: str, sheet: str | None, row: int, column: str, header: str = "") -> FoundCell:
        rows = self._sheet(sheet).rows
        cells = rows[row - 1] if row <= len(rows) else []
        index = column_index(column)
        raw = cells[index] if index < len(cells) else None
        if self._is_absent_mark(raw):
            return FoundCell(sheet, row, column, header, show(raw), None, is_absent_mark=True)
        return FoundCell(sheet, row, column, header, show(raw), self._value(field, raw))

    def _is_absent_mark(self, raw: object) -> bool:
        if isinstance(self._contract, TableContract | VerticalFormContract):
            return False
        return show(raw).strip() in self._contract.absent_marks or squeeze(raw) in self._contract.absent_marks

    def _value(self, field: str, raw: object) -> Decimal | None:
        contract = self._contract
        try:
            if not isinstance(contract, TableContract | VerticalFormContract):
                return number(raw)
            mapping = {squeeze(key): value for key, value in contract.value_maps.get(field, {}).items()}
            value = typed(mapping.get(squeeze(raw), raw), contract.fields.field(field).type)
        except BadCell:
            return None
        value = contract.empty_is.get(field) if value is None else value
        return Decimal(value) if isinstance(value, int | Decimal) else None

    def _addresses_in_text(self) -> dict[int | None, dict[str, Addresses]]:
        """Addresses by row of a wide table or a vertical form in delimited text: for such a one bronze keeps none."""
        if self._in_text is None:
            sheet = replace(self._sheet(None), name=_TEXT)
            self._in_text = {row.row: _nameless(row.cells) for row in self._rows_of_text(sheet)}
        return self._in_text

    def _rows_of_text(self, sheet: Sheet) -> Iterator[RawRow]:
        if isinstance(self._contract, WideTableContract):
            header = WideFinder(self._contract).find(sheet)
            yield from WideTable(self._contract, sheet, header, self._landed).rows() if header else ()
        elif form := find_vertical(sheet):
            yield replace(form.row(self._landed), row=None)

    def _header(self, sheet: str | None) -> Header | None:
        assert isinstance(self._contract, TableContract)
        if sheet not in self._headers:
            found = self._sheet(sheet)
            self._headers[sheet] = HeaderFinder(self._contract).find(found.rows, found.merged)
        return self._headers[sheet]

    def _sheet(self, name: str | None) -> Sheet:
        if name not in self._sheets:
            self._sheets[name] = self._text() if name is None else self._named(name)
        return self._sheets[name]

    def _named(self, name: str) -> Sheet:
        """A sheet of the workbook; without a row where it has none of this name."""
        return self._workbook().sheet(name) if name in self._workbook().names else Sheet(name, [])

    def _workbook(self) -> Workbook:
        self._book = self._book or open_workbook(self._data)
        return self._book

    def _text(self) -> Sheet:
        assert isinstance(self._contract, TableContract | WideTableContract | VerticalFormContract)
        return _text_sheet(self._data, self._contract)


def _nameless(cells: Mapping[str, Addresses]) -> dict[str, Addresses]:
    return {name: tuple(replace(cell, sheet=None) for cell in addresses) for name, addresses in cells.items()}


def _text_sheet(data: bytes, contract: DelimitedContract) -> Sheet:
    """Delimited text as the contract reads it: with the delimiter that finds most of its header, else most columns.

    Wrong bytes are replaced. Raises Refusal where no delimiter goes with the quotes.
    """
    decoded = TextFile(data).decode(contract.encodings)
    text = decoded.lenient if isinstance(decoded, BadByte) else decoded
    finder = HeaderFinder(contract) if isinstance(contract, TableContract) else None

    def rank(delimiter: str) -> tuple[float, int, int]:
        sheet = Sheet(None, text_reader.head(text, delimiter))
        vertical = find_vertical(sheet) if isinstance(contract, VerticalFormContract) else None
        header = finder.find(sheet.rows) if finder else vertical and vertical.header
        width = max((len(row) for row in sheet.rows), default=0)
        return (*header.rank, width) if header else (0.0, 0, width)

    refusal: Refusal | None = None
    for delimiter in sorted(contract.delimiters(text_reader.beginning(text)), key=rank, reverse=True):
        try:
            return text_reader.read(text, delimiter)
        except Refusal as refused:
            refusal = refusal or refused
    assert refusal is not None
    raise refusal


def sheets_of(data: bytes, contract: TableContract) -> list[Sheet]:
    """Every sheet of a file; of text the one that fits the contract best. Raises Refusal when the file cannot be read."""
    if looks_like_workbook(data):
        book = open_workbook(data)
        return [book.sheet(name) for name in book.names]
    return [_text_sheet(data, contract)]
