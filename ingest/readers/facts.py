"""What a workbook says of its cells besides their values: errors, formulas, hidden lines, merged ranges.

The reader of cells gives a formula error as an empty text, and tells a formula that nobody has calculated from no other cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from ingest.readers.reply import Refused
from ingest.readers.sheet import Merge, Place
from ingest.readers.texts import TEXT
from ingest.values.texts import row_place

UNCALCULATED = TEXT("uncalculated")
UNNAMED_ERROR = "#ERROR!"
MOST_ROWS, MOST_COLUMNS = 1 << 20, 1 << 14

_SHOWS = re.compile(r"\s*(?:of:)?=?\s*(?:_xlfn\.)?(?:HYPERLINK|DISPIMG)\s*\(", re.IGNORECASE)


@dataclass
class Facts:
    """Of one sheet."""

    errors: dict[Place, str] = field(default_factory=dict)
    """Formula errors and formulas that hold no value at all."""
    formulas: list[Place] = field(default_factory=list)
    nothing: list[Place] = field(default_factory=list)
    """Formulas that hold what a program writes that does not calculate, and that a calculation may give as well."""
    is_calculated: bool = False
    """Whether a formula holds anything else."""
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    merged: list[Merge] | None = None
    """None where the reader of cells tells the merged ranges."""


def calculates(formula: str | None) -> bool:
    """Whether a formula gives a value of its own; a picture in a cell and a link are formulas by their form alone."""
    return not (formula and _SHOWS.match(formula))


def settle(sheets: Iterable[Facts]) -> None:
    """Decide on formulas that hold nothing, or zero: they have never been calculated where no formula of the workbook has."""
    known = list(sheets)
    if any(sheet.is_calculated for sheet in known):
        return
    for sheet in known:
        sheet.errors |= dict.fromkeys(sheet.nothing, UNCALCULATED)


class Telling(Protocol):
    """Tells the facts of the sheets of one workbook, by their place in it and by name."""

    def facts(self, number: int, name: str) -> Facts:
        """Facts of one sheet; its formulas may be left out."""
        ...

    def formulas(self, number: int, name: str) -> list[Place]:
        """Cells of one sheet with a formula."""
        ...


class Told:
    """Facts of all sheets at once, in the order of the workbook."""

    def __init__(self, sheets: Callable[[], Sequence[Facts]]) -> None:
        self._read = sheets

    @cached_property
    def _sheets(self) -> Sequence[Facts]:
        return self._read()

    def facts(self, number: int, name: str) -> Facts:
        """Facts of one sheet. Raises Refused where the workbook does not lead to it."""
        if number >= len(self._sheets):
            raise Refused("damaged_workbook", row_place(name))
        return self._sheets[number]

    def formulas(self, number: int, name: str) -> list[Place]:
        """Cells of one sheet with a formula."""
        return self.facts(number, name).formulas
