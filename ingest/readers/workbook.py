"""Workbooks and whatever else holds tables (see :mod:`ingest.readers.worker`), opened in a child process."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.readers import sniff
from ingest.readers.child import Child
from ingest.readers.reply import EVERY_SHEET, FORMULAS, Book, Cells, Refused
from ingest.readers.sheet import PICTURE, ColumnRows, Sheet, column_letter
from ingest.readers.texts import TEXT
from ingest.values.cells import CellError
from ingest.values.faults import Refusal
from ingest.values.persons import masked
from ingest.values.texts import few, row_place

_NAMED = 5
_LAST_COLUMN = 16383
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
        self._real = _known_as(book.names)
        self.names: list[str] = list(self._real)
        """Names of the sheets, without numbers of persons: they are recorded."""
        self.numbered = book.numbered
        """The names are none of the file: its tables were counted."""
        self._hidden = [name for name, real in self._real.items() if real in book.hidden]

    def sheet(self, name: str) -> Sheet:
        """Cells of one sheet, from A1 on; formula errors as :class:`CellError`. Raises Refusal."""
        if name not in self._sheets:
            real = self._real[name]
            cells = self._given.pop(real, None) or _child.ask(self._data, real)
            if isinstance(cells, Refused):
                raise Refusal(cells.rule, detail=cells.detail)
            assert isinstance(cells, Cells)
            if cells.errors:  # a formula without a value may stand beyond the last cell that has one
                _lengthen(cells, max(row for row, _ in cells.errors) + 1)
            for (row, column), text in cells.errors.items():
                _put(cells.rows, row, min(column, _LAST_COLUMN), "" if text == PICTURE else CellError(text))
            self._sheets[name] = Sheet(
                name=name,
                rows=cells.rows,
                merged=tuple(cells.merged),
                pictures=frozenset(place for place, text in cells.errors.items() if text == PICTURE),
                misfits=frozenset(cells.misfits),
                hidden_rows=tuple(
                    row for row in cells.hidden_rows if row < len(cells.rows) and any(map(_holds, cells.rows[row]))
                ),
                hidden_columns=tuple(
                    column
                    for column in cells.hidden_columns
                    if any(column < len(row) and _holds(row[column]) for row in cells.rows)
                ),
            )
        return self._sheets[name]

    def formulas(self, name: str) -> frozenset[tuple[int, int]]:
        """Cells of a sheet with a formula, whatever it gave. Raises Refusal."""
        return frozenset(_child.ask(self._data, FORMULAS + self._real[name]))

    @property
    def pictures(self) -> list[tuple[str, int, int]]:
        """Sheet, row and column (0-based) of the pictures in cells of the sheets that were read."""
        return [(name, row, column) for name, sheet in self._sheets.items() for row, column in sorted(sheet.pictures)]

    def hidden_texts(self) -> list[str]:
        """What the sheets that were read hide: whole sheets, else rows and columns with content."""
        texts = []
        for name, sheet in self._sheets.items():
            if not sheet.rows:
                continue
            if name in self._hidden:
                texts.append(row_place(name))
            if sheet.hidden_rows:
                rows = few([str(row + 1) for row in sheet.hidden_rows], _NAMED)
                texts.append(TEXT("hidden_rows", place=row_place(name), rows=rows))
            if sheet.hidden_columns:
                columns = few([column_letter(column) for column in sheet.hidden_columns], _NAMED)
                texts.append(TEXT("hidden_columns", place=row_place(name), columns=columns))
        return texts


def _known_as(names: list[str]) -> dict[str, str]:
    """The names under which sheets are recorded, and their own."""
    known: dict[str, str] = {}
    for name in names:
        shown = masked(name)
        known[shown if shown not in known else f"{shown}({len(known) + 1})"] = name
    return known


def _holds(cell: object) -> bool:
    return cell is not None and cell != ""


def _lengthen(cells: Cells, rows: int) -> None:
    if isinstance(cells.rows, ColumnRows):
        for column in cells.rows.columns:
            column += [None] * (rows - len(column))
    else:
        cells.rows = [*cells.rows, *([] for _ in range(rows - len(cells.rows)))]


def _put(rows: Sequence[list[object]], row: int, column: int, cell: object) -> None:
    if isinstance(rows, ColumnRows):
        lacking = column + 1 - len(rows.columns)
        rows.columns.extend([None] * len(rows) for _ in range(lacking))
        rows.columns[column][row] = cell
    else:
        rows[row].extend([None] * (column + 1 - len(rows[row])))
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
