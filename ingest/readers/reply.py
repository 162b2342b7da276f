"""What a child process answers (:mod:`ingest.readers.child`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.readers.sheet import Merge


class Refused(Exception):
    """The file cannot be taken: a rule of ``faults.yml`` and what fills its sentence."""

    def __init__(self, rule: str, detail: str = "") -> None:
        super().__init__(rule, detail)
        self.rule = rule
        self.detail = detail


@dataclass
class Book:
    """Names of the sheets of an opened workbook, and which of them it hides."""

    names: list[str]
    hidden: list[str] = field(default_factory=list)


@dataclass
class Cells:
    """One sheet from A1 on, its formula errors by row and column, and the rows and columns that it hides."""

    rows: list[list[object]]
    merged: list[Merge]
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Member:
    """One member of an envelope: what it holds, or the rule of ``faults.yml`` that speaks against it."""

    name: str
    size: int = 0
    sha256: str = ""
    rule: str = ""
    detail: str = ""
