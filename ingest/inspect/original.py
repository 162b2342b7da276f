"""An original read again: the text that stands in one cell of it, and what ingest makes of that text.

For whoever has to show where a figure comes from. The place is found anew: by the addresses that bronze keeps (``_cells``), else
by looking for the header once more, so that bronze is confirmed and not repeated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ingest.readers import text as text_reader
from ingest.readers.sheet import Sheet, column_index
from ingest.readers.text import BadByte, TextFile
from ingest.readers.workbook import Workbook, open_workbook
from ingest.schema.contract import Contract, TextContract
from ingest.shapes.match import shape_of
from ingest.shapes.shape import Trace
from ingest.values import address
from ingest.values.address import CellAddress
from ingest.values.cells import show
from ingest.values.faults import Refusal
from junheng.core.records import LandedFile

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

    def __init__(self, data: bytes, contract: Contract, landed: LandedFile) -> None:
        self._data = data
        self._contract = contract
        self._shape = shape_of(contract)
        self._landed = landed
        self._book: Workbook | None = None
        self._sheets: dict[str | None, Sheet] = {}
        self._traces: dict[str | None, Trace] = {}

    def cells(self, field: str, sheet: str | None, row: int | None, addresses: Mapping[str, str]) -> list[FoundCell]:
        """The cells a field of one record was read from; none where the file has no place for it. Raises Refusal."""
        if field in addresses:
            return [self._at(field, cell) for cell in address.read(addresses[field])]
        return [self._at(field, cell, header) for cell, header in self._trace(sheet)(field, row)]

    def _trace(self, sheet: str | None) -> Trace:
        if sheet not in self._traces:
            self._traces[sheet] = self._shape.trace(self._contract, self._sheet(sheet), self._landed)
        return self._traces[sheet]

    def _at(self, field: str, cell: CellAddress, header: str = "") -> FoundCell:
        rows = self._sheet(cell.sheet).rows
        cells = rows[cell.row - 1] if cell.row <= len(rows) else []
        index = column_index(cell.column)
        raw = cells[index] if index < len(cells) else None
        value, is_absent_mark = self._figure(field, raw)
        return FoundCell(cell.sheet, cell.row, cell.column, header, show(raw), value, is_absent_mark)

    def _figure(self, field: str, raw: object) -> tuple[Decimal | None, bool]:
        return self._shape.figure(self._contract, field, raw)

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
        """Delimited text as the contract reads it: with the delimiter that finds most of its header, else most columns.

        Wrong bytes are replaced. Raises Refusal where no delimiter goes with the quotes.
        """
        contract, shape = self._contract, self._shape
        assert isinstance(contract, TextContract)
        decoded = TextFile(self._data).decode(contract.encodings)
        text = decoded.lenient if isinstance(decoded, BadByte) else decoded

        def rank(delimiter: str) -> tuple[float, int, int]:
            sheet = Sheet(None, text_reader.head(text, delimiter))
            return (*shape.likeness(contract, sheet), max((len(row) for row in sheet.rows), default=0))

        refusal: Refusal | None = None
        for delimiter in sorted(contract.delimiters(text_reader.beginning(text)), key=rank, reverse=True):
            try:
                return text_reader.read(text, delimiter)
            except Refusal as refused:
                refusal = refusal or refused
        assert refusal is not None
        raise refusal
