"""Addresses of cells: the one way in which a place in a file is written down, taken apart and said to a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.values.texts import named_cells, row_place

_WRITTEN = re.compile(r"(?:'(?P<quoted>(?:[^']|'')*)'|(?P<plain>.*?))!(?P<column>[A-Z]+)(?P<row>[0-9]+)(?:\+|$)", re.DOTALL)
_QUOTED = re.compile(r"[+!']")
"""Signs of a sheet's name that would be taken for a part of the address."""


@dataclass(frozen=True)
class CellAddress:
    """One cell; ``row`` is 1-based, ``sheet`` None in delimited text."""

    sheet: str | None
    column: str
    """Letter of the column."""
    row: int

    def __str__(self) -> str:
        sheet = self.sheet or ""
        if _QUOTED.search(sheet):
            sheet = "'" + sheet.replace("'", "''") + "'"
        return f"{sheet}!{self.column}{self.row}"

    @property
    def cell(self) -> str:
        """Column and row, ``C7``."""
        return f"{self.column}{self.row}"


Addresses = tuple[CellAddress, ...]
"""The cells a value is the sum of."""


def written(addresses: Iterable[CellAddress]) -> str:
    """Addresses as bronze keeps them: ``表!C7+表!D7``, a sheet's name in quotes where it needs them."""
    return "+".join(map(str, addresses))


def read(text: str) -> Addresses:
    """The addresses in a text of :func:`written`, also of homes in which no name was quoted."""
    return tuple(_each(text))


def _each(text: str) -> Iterator[CellAddress]:
    for match in _WRITTEN.finditer(text):
        sheet = match["plain"] if match["quoted"] is None else match["quoted"].replace("''", "'")
        yield CellAddress(sheet or None, match["column"], int(match["row"]))


def told(addresses: Sequence[CellAddress]) -> str:
    """The cells in a sentence, sheet by sheet: 工作表“表”单元格C7、D7."""
    sheets: dict[str | None, list[str]] = {address.sheet: [] for address in addresses}
    for address in addresses:
        sheets[address.sheet].append(address.cell)
    return "、".join(row_place(sheet) + named_cells(cells) for sheet, cells in sheets.items())
