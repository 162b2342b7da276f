"""What a child process answers (:mod:`ingest.readers.child`)."""

from __future__ import annotations

import marshal
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.readers.sheet import ColumnRows, Merge

_WITHOUT_REFERENCES = 2
"""Version of the format that does not look for objects it has written before."""


_MANY_ROWS = 256
EVERY_SHEET = "\0"
"""Asks for all sheets of a workbook at once; no sheet can have this name."""


FORMULAS = "\0="
"""Before the name of a sheet: asks for the places of its formulas."""


class Refused(Exception):
    """The file cannot be taken: a rule of ``faults.yml`` and what fills its sentence."""

    def __init__(self, rule: str, detail: str = "") -> None:
        super().__init__(rule, detail)
        self.rule = rule
        self.detail = detail


@dataclass
class Cells:
    """One sheet from A1 on, its formula errors by row and column, and the rows and columns that it hides."""

    rows: Sequence[list[object]]
    merged: list[Merge]
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    misfits: list[tuple[int, int]] = field(default_factory=list)
    """Cells whose content is none of what their column is declared to hold."""

    def __getstate__(self) -> dict[str, object]:
        """A large sheet crosses the pipe by columns, whose cells then lie side by side in memory."""
        if len(self.rows) < _MANY_ROWS or len(set(map(len, self.rows))) > 1 or not self.rows[0]:
            return self.__dict__
        return self.__dict__ | {"rows": [_packed(list(column)) for column in zip(*self.rows, strict=True)], "by_column": True}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if state.pop("by_column", False):
            columns = [marshal.loads(column) if isinstance(column, bytes) else column for column in state["rows"]]
            state["rows"] = ColumnRows(columns)
        self.__dict__ |= state


def _packed(column: list[object]) -> bytes | list[object]:
    """Texts and numbers in the quick format of the interpreter, which knows no dates."""
    try:
        return marshal.dumps(column, _WITHOUT_REFERENCES)
    except ValueError:
        return column


@dataclass
class Book:
    """An opened workbook: the names of its sheets, which of them it hides, and the sheets themselves where all were asked for."""

    names: list[str]
    sheets: dict[str, Cells | Refused] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)
    numbered: bool = False
    """The names are none of the file: its tables were counted."""


@dataclass(frozen=True)
class Member:
    """One member of an envelope: what it holds, or the rule of ``faults.yml`` that speaks against it."""

    name: str
    size: int = 0
    sha256: str = ""
    rule: str = ""
    detail: str = ""
