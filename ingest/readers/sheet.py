"""A sheet of raw cells with their positions."""

from __future__ import annotations

from dataclasses import dataclass, field

Merge = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell (row, column) of a merged range, 0-based."""


@dataclass(frozen=True)
class Sheet:
    """Rows of raw cells from A1 on; ``name`` is None for delimited text."""

    name: str | None
    rows: list[list[object]]
    merged: tuple[Merge, ...] = field(default=())
    unterminated: bool = False
    """The text ends without a line break."""
    hidden_rows: tuple[int, ...] = ()
    """Rows and columns with content that the workbook does not show."""
    hidden_columns: tuple[int, ...] = ()


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
