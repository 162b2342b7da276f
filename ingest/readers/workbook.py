"""Workbooks and whatever else holds tables (see :mod:`ingest.readers.worker`), opened in a child process."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.cells import CellError
from ingest.faults import Refusal
from ingest.readers import sniff
from ingest.readers.child import Child
from ingest.readers.reply import EVERY_SHEET, Book, Cells, Refused
from ingest.readers.sheet import ColumnRows, Sheet

_SMALL = 1 << 18
"""Packed bytes up to which a workbook is read in one go."""
_child = Child("ingest.readers.worker")


class Workbook:
    """An open workbook; sheets are read on demand and kept."""

    def __init__(self, data: bytes) -> None:
        book = _opened(data)
        self._data = data
        self._given = book.sheets
        self._sheets: dict[str, Sheet] = {}
        self.names: list[str] = book.names

    def sheet(self, name: str) -> Sheet:
        """Cells of one sheet, from A1 on; formula errors as :class:`CellError`. Raises Refusal."""
        if name not in self._sheets:
            cells = self._given.pop(name, None) or _child.ask(self._data, name)
            if isinstance(cells, Refused):
                raise Refusal(cells.rule, detail=cells.detail)
            assert isinstance(cells, Cells)
            for (row, column), text in cells.errors.items():
                if row < len(cells.rows) and column < len(cells.rows[row]):
                    _put(cells.rows, row, column, CellError(text))
            self._sheets[name] = Sheet(name=name, rows=cells.rows, merged=tuple(cells.merged))
        return self._sheets[name]


def _put(rows: Sequence[list[object]], row: int, column: int, cell: object) -> None:
    if isinstance(rows, ColumnRows):
        rows.columns[column][row] = cell
    else:
        rows[row][column] = cell


def _opened(data: bytes) -> Book:
    """The names of the sheets, and of a small workbook the sheets as well: questions are most of what it costs."""
    if len(data) <= _SMALL:
        try:
            return _book(_child.ask(data, EVERY_SHEET))
        except Refusal as refusal:
            if refusal.rule != "too_large":
                raise  # else one sheet is too large for the child, and may be one that nobody reads
    return _book(_child.ask(data, None))


def _book(reply: object) -> Book:
    assert isinstance(reply, Book)
    return reply


def looks_like_workbook(data: bytes) -> bool:
    """Whether the bytes are a container of tables and not delimited text. Raises Refusal for anything else."""
    try:
        return sniff.container(data) is not None
    except Refused as refused:
        raise Refusal(refused.rule, detail=refused.detail) from refused


def open_workbook(data: bytes) -> Workbook:
    """Open a container of tables. Raises Refusal when it is encrypted, damaged, too large or holds no table."""
    return Workbook(data)
