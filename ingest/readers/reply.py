"""What a child process answers (:mod:`ingest.readers.child`)."""

from __future__ import annotations

import marshal
from dataclasses import dataclass, field

from ingest.readers.sheet import Merge

_WITHOUT_REFERENCES = 2
"""Version of the format that does not look for objects it has written before."""


EVERY_SHEET = "\0"
"""Asks for all sheets of a workbook at once; no sheet can have this name."""


class Refused(Exception):
    """The file cannot be taken: a rule of ``faults.yml`` and what fills its sentence."""

    def __init__(self, rule: str, detail: str = "") -> None:
        super().__init__(rule, detail)
        self.rule = rule
        self.detail = detail


@dataclass
class Cells:
    """One sheet from A1 on, and its formula errors by row and column."""

    rows: list[list[object]]
    merged: list[Merge]
    errors: dict[tuple[int, int], str] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, object]:
        """Texts and numbers cross the pipe in the quick format of the interpreter, which knows no dates."""
        try:
            return self.__dict__ | {"rows": marshal.dumps(self.rows, _WITHOUT_REFERENCES)}
        except ValueError:
            return self.__dict__

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__ |= state
        if isinstance(self.rows, bytes):
            self.rows = marshal.loads(self.rows)


@dataclass
class Book:
    """An opened workbook: the names of its sheets, and the sheets themselves where all were asked for."""

    names: list[str]
    sheets: dict[str, Cells | Refused] = field(default_factory=dict)


@dataclass(frozen=True)
class Member:
    """One member of an envelope: what it holds, or the rule of ``faults.yml`` that speaks against it."""

    name: str
    size: int = 0
    sha256: str = ""
    rule: str = ""
    detail: str = ""
