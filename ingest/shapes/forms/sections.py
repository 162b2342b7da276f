"""What stands under a title: a form ends where the next title begins. Titles decide, else the name of a sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.readers.sheet import Merge, Place, Sheet, column_letter
from ingest.readers.workbook import Workbook
from ingest.schema.titled_form import TitledFormContract
from ingest.shapes.contracts import contracts_of
from ingest.shapes.header import SEARCHED_ROWS, normalise
from ingest.shapes.words import LAYOUT, TEXT
from ingest.values.address import Addresses, CellAddress
from ingest.values.cells import BadCell, CellError, number, squeeze
from ingest.values.texts import row_place

_LONGEST_TITLE = 60
_TITLE_TEXTS = 2
"""Texts of a line with a title: itself, and a unit or a date beside it."""
LONGEST_LINE = 8
LINE = re.compile(r"l(\d{1,2})")
PERCENT = re.compile(r"([+-]?[\d.,]+)%")


@dataclass(frozen=True)
class Section:
    """A form found in a sheet: its title, and its lines from ``first`` to before ``end`` (0-based)."""

    contract: TitledFormContract
    form: str
    title: str
    sheet: Sheet
    first: int
    end: int

    @property
    def rows(self) -> Sequence[list[object]]:
        """Lines of the form."""
        return self.sheet.rows[self.first : self.end]

    @property
    def merged(self) -> list[Merge]:
        """Merged ranges within it, counted from its first line."""
        return [
            ((top - self.first, left), (bottom - self.first, right))
            for (top, left), (bottom, right) in self.sheet.merged
            if self.first <= top and bottom < self.end
        ]

    @property
    def place(self) -> str:
        """Where the form stands, for messages."""
        place = row_place(self.sheet.name)
        return TEXT("from_row", place=place, row=self.first) if self.first > 1 else place

    def number(self, index: int) -> int:
        """A line of the form as a row of the sheet, 1-based."""
        return self.first + index + 1

    def address(self, index: int, column: int) -> Addresses:
        """The cell of a line of the form."""
        return (CellAddress(self.sheet.name, column_letter(column), self.number(index)),)


class FilledLines:
    """Lines of a section whose cells merged over lines hold the text of their range.

    A range of several columns is filled in the columns of ``read``.
    """

    def __init__(self, section: Section, read: frozenset[int] = frozenset()) -> None:
        self._rows = section.rows
        self._ranges: dict[Place, tuple[int, int]] = {}
        for (top, left), (bottom, right) in section.merged:
            above = self._rows[top]
            if (left == right or left in read) and left < len(above) and squeeze(above[left]):
                below = range(top + 1, min(bottom + 1, len(self._rows)))
                blank = [row for row in below if not squeeze(next(iter(self._rows[row][left : left + 1]), ""))]
                self._ranges |= {(row, left): (top, bottom) for row in blank}
        self._columns = sorted({left for _, left in self._ranges})

    def range_of(self, index: int, column: int) -> tuple[int, int] | None:
        """First and last line of the range whose text fills a cell below its first."""
        return self._ranges.get((index, column))

    def cells(self, index: int) -> list[object]:
        """Cells of a line."""
        cells = list(self._rows[index])
        for left in self._columns:
            if (lines := self.range_of(index, left)) is not None:
                cells.extend([None] * (left + 1 - len(cells)))
                cells[left] = self._rows[lines[0]][left]
        return cells


@lru_cache(maxsize=1)
def _titles() -> tuple[tuple[re.Pattern[str], str, TitledFormContract], ...]:
    return tuple(
        (re.compile(pattern), form, contract)
        for contract in contracts_of(TitledFormContract)
        for form, patterns in contract.titles.items()
        for pattern in patterns
    )


def sections(book: Workbook) -> Iterator[Section]:
    """Whatever stands under the title of a form, in order."""
    for name in book.names:
        yield from _sections(book.sheet(name), name_says=not book.numbered)


def _sections(sheet: Sheet, name_says: bool) -> Iterator[Section]:
    """Whatever stands under a title of this sheet; a sheet without one near its top may be one form, by a name of its own."""
    titles = [(row, *known) for row in range(min(SEARCHED_ROWS, len(sheet.rows))) if (known := _title(sheet.rows[row]))]
    if titles:
        rest = range(SEARCHED_ROWS, len(sheet.rows))
        titles += [(row, *known) for row in rest if (known := _title(sheet.rows[row]))]
    elif sheet.rows and name_says and (named := _title([sheet.name])):
        titles = [(-1, *named)]
    ends = [row for row, *_ in titles[1:]] + [len(sheet.rows)]
    for (row, form, contract, text), end in zip(titles, ends, strict=False):
        yield Section(contract, form, text, sheet, row + 1, end)


def _title(cells: Sequence[object]) -> tuple[str, TitledFormContract, str] | None:
    first = next((cell for cell in cells if isinstance(cell, str) and cell.strip()), "")
    if LAYOUT.title not in first or len(first) > _LONGEST_TITLE or len(set(filter(None, map(squeeze, cells)))) > _TITLE_TEXTS:
        return None
    text = normalise(first)
    return next(((form, contract, text) for pattern, form, contract in _titles() if pattern.match(text)), None)


def line_number(cell: object) -> str | None:
    """The number of a cell or column, ``L7``; None for any other text."""
    if not isinstance(cell, str) or len(cell) > LONGEST_LINE or not LINE.fullmatch(squeeze(cell).casefold()):
        return None
    return squeeze(cell).upper()


def number_in(cell: object) -> object:
    """The number a cell holds, a percentage too; None for anything else."""
    try:
        return None if isinstance(cell, CellError) else number(PERCENT.sub(r"\1", cell) if isinstance(cell, str) else cell)
    except BadCell:
        return None
