"""A sheet of raw cells with their positions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import overload

MAX_CELLS = 20_000_000
"""Cells of the largest sheet that is read."""

PICTURE = "=DISPIMG"
"""Stands for a picture in a cell among the texts of formula errors."""
_PICTURE = re.compile(r"\s*(?:of:)?=?\s*(?:_xlfn\.)?DISPIMG\s*\(", re.IGNORECASE)

Place = tuple[int, int]
"""Row and column of a cell, 0-based."""

Merge = tuple[Place, Place]
"""First and last cell of a merged range."""


class ColumnRows(Sequence[list[object]]):
    """Rows of a large sheet that is kept by columns, made when they are asked for.

    ``lengths`` are the cells of each row, where rows may end before the last column; the columns hold anything there.
    """

    def __init__(self, columns: list[list[object]], lengths: Sequence[int] | None = None) -> None:
        self.columns = columns
        self._lengths = lengths if lengths is not None and min(lengths) < len(columns) else None

    def __len__(self) -> int:
        return len(self._lengths if self._lengths is not None else self.columns[0])

    @overload
    def __getitem__(self, index: int) -> list[object]: ...

    @overload
    def __getitem__(self, index: slice) -> list[list[object]]: ...

    def __getitem__(self, index: int | slice) -> list[object] | list[list[object]]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        columns = self.columns if self._lengths is None else self.columns[: self._lengths[index]]
        return [column[index] for column in columns]

    def __iter__(self) -> Iterator[list[object]]:
        return map(self.__getitem__, range(len(self)))

    def filled(self, start: int, filling: object) -> list[Sequence[object]]:
        """Columns from a row on; ``filling`` stands where a row ends before."""
        columns = [column[start:] for column in self.columns]
        for row, length in enumerate(self._lengths[start:] if self._lengths is not None else ()):
            for column in columns[length:]:
                column[row] = filling
        return list(columns)


@dataclass(frozen=True)
class Sheet:
    """Rows of raw cells from A1 on; ``name`` is None for delimited text."""

    name: str | None
    rows: Sequence[list[object]]
    merged: tuple[Merge, ...] = field(default=())
    unterminated: bool = False
    """The text ends without a line break."""
    hidden_rows: tuple[int, ...] = ()
    """Rows and columns with content that the workbook does not show."""
    hidden_columns: tuple[int, ...] = ()
    pictures: frozenset[tuple[int, int]] = frozenset()
    """Cells (row, column) that hold a picture, 0-based; they are blank."""
    misfits: frozenset[tuple[int, int]] = frozenset()
    """Cells (row, column) whose content is none of what a file of typed columns declares for theirs, 0-based."""
    formulas: frozenset[tuple[int, int]] = frozenset()
    """Cells (row, column) with a formula, 0-based, where somebody asked for them."""

    def columns(self, start: int, filling: object) -> list[Sequence[object]]:
        """Columns from a row on, as long as each other; ``filling`` stands where a row ends before."""
        if isinstance(self.rows, ColumnRows):
            return self.rows.filled(start, filling)
        return list(zip_longest(*self.rows[start:], fillvalue=filling))


def is_picture(text: object) -> bool:
    """Whether a formula, or the text it leaves behind, is a picture in a cell as WPS writes it."""
    return isinstance(text, str) and _PICTURE.match(text) is not None


def without_pictures(sheet: Sheet) -> Sheet:
    """The sheet with the cells blank that hold the text of a picture's formula, as a sheet pasted as text does."""
    pictures = {(r, c) for r, row in enumerate(sheet.rows) for c, cell in enumerate(row) if is_picture(cell)}
    if not pictures:
        return sheet
    rows = [["" if (r, c) in pictures else cell for c, cell in enumerate(row)] for r, row in enumerate(sheet.rows)]
    return replace(sheet, rows=rows, pictures=sheet.pictures | pictures)


def column_letter(index: int) -> str:
    """Name of a 0-based column: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_index(letters: str) -> int:
    """Inverse of :func:`column_letter`."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
