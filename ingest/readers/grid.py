"""A sheet put together cell by cell, with cells that reach over several rows and columns."""

from __future__ import annotations

from ingest.readers.reply import Cells, Refused
from ingest.readers.sheet import MAX_CELLS, PICTURE, Merge, is_picture
from ingest.readers.texts import TEXT

MAX_ROWS = 1 << 20
MAX_COLUMNS = 1 << 14


class Grid:
    """Cells by place; a spread cell keeps its value once, at its first place."""

    def __init__(self) -> None:
        self._values: dict[tuple[int, int], object] = {}
        self._covered: dict[int, int] = {}
        """By column, the row up to which a cell from above reaches (exclusive)."""
        self.errors: dict[tuple[int, int], str] = {}
        self._spread: list[tuple[int, int, int, int]] = []

    def free(self, row: int, column: int) -> int:
        """The first column from here on that no cell from above covers."""
        while self._covered.get(column, 0) > row:
            column += 1
        return column

    def put(self, row: int, column: int, value: object, height: int = 1, width: int = 1) -> None:
        """Place one cell. Raises Refused beyond the size of a sheet."""
        if row >= MAX_ROWS or column + width > MAX_COLUMNS:
            raise Refused("too_large", TEXT("cell", row=row + 1, column=column + width))
        if value != "":
            self._values[row, column] = value
        if is_picture(value):
            self.errors[row, column] = PICTURE
        if height > 1:
            for position in range(column, column + width):
                self._covered[position] = row + height
        if height > 1 or width > 1:
            self._spread.append((row, column, height, width))

    @property
    def is_empty(self) -> bool:
        """Whether no cell holds anything."""
        return not self._values

    def cells(self) -> Cells:
        """The sheet; spread cells end with its last filled row. Raises Refused when it spreads too far."""
        rows = max((row for row, _ in self._values), default=-1) + 1
        columns = max((column for _, column in self._values), default=-1) + 1
        if rows * columns > MAX_CELLS:
            raise Refused("too_large", TEXT("extent", rows=rows, columns=columns))
        table: list[list[object]] = [[""] * columns for _ in range(rows)]
        for (row, column), value in self._values.items():
            table[row][column] = value
        merged: list[Merge] = []
        for row, column, height, width in self._spread:
            last = min(row + height, rows) - 1, column + width - 1
            if row < rows and last != (row, column):
                merged.append(((row, column), last))
        return Cells(table, merged, self.errors)
