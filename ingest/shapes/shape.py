"""What a kind of contract knows of files: the protocol that every module of :mod:`ingest.shapes.kinds` implements.

A shape finds its layout in a text or a workbook and reads it into records; asked again, it finds the cells of a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Protocol, TypeVar

from ingest.readers.sheet import Sheet
from ingest.readers.text import TextFile
from ingest.readers.workbook import Workbook
from ingest.schema.contract import Contract
from ingest.schema.source import Stage
from ingest.shapes.records import Records
from ingest.shapes.words import TEXT
from ingest.values.address import CellAddress
from ingest.values.cells import BadCell, number, show, squeeze, typed
from ingest.values.faults import Refusal
from ingest.values.texts import row_place
from junheng.core.records import Fault, LandedFile

NEAR = 0.6
"""Share of required columns from which on a file is taken for a damaged copy of the contract's shape."""
_NAME = "text"
_NAMED = 5
"""Counties and schools named in a sentence before it says how many more."""


@dataclass(frozen=True)
class Match:
    """A file understood: its contract, its rows and what it holds besides."""

    contract: Contract
    records: list[Records]
    columns: list[frozenset[str]]
    """Of each of the records: fields that have a column (or form) beside them."""
    unknown_columns: list[str]
    left_out: list[str]
    """Lines that are no records, told by kind, and sheets without a table."""
    hidden: list[str] = field(default_factory=list)
    """What the file does not show of what was read."""
    notes: list[Fault] = field(default_factory=list)
    """What was taken and is worth a look."""
    refusal: Refusal | None = None
    """What speaks against this table as a whole."""
    others: Iterator[Way] = field(default_factory=lambda: iter(()))
    """Further contracts that the file fits, each to be read where this one finds a fault."""


Way = Callable[[], Match]
"""Reads a file through one of the contracts it fits; raises Refusal where that cannot be."""

Trace = Callable[[str, int | None], Sequence[tuple[CellAddress, str]]]
"""Cells of a sheet that a field of a record (by its row, 1-based) was read from, each with its header."""

C = TypeVar("C", bound=Contract)


class Shape(Protocol[C]):
    """One kind of contract. What it does not say itself holds for a layout that states its fields in cells of their own."""

    contract: type[C]
    """Model of its contracts."""
    turn: int = 5
    """A workbook is offered by this, first to the shapes that ask most of it; a text the other way round."""

    def in_text(self, _file: TextFile, _landed: LandedFile | None) -> Match | Refusal | None:
        """The text as this shape reads it; a refusal says how near it is, should no other shape take it. Raises Refusal."""
        return None

    def in_workbook(self, _book: Workbook, _landed: LandedFile) -> list[Match]:
        """What of a workbook is this shape, each contract a match of its own; none where nothing is. Raises Refusal."""
        return []

    def trace(self, _contract: C, _sheet: Sheet, _landed: LandedFile) -> Trace:
        """How a record's cells are found again where bronze does not keep their addresses."""
        return lambda _field, _row: ()

    def likeness(self, _contract: C, _sheet: Sheet) -> tuple[float, int]:
        """How much of the contract's header stands in the beginning of a text."""
        return 0.0, 0

    def figure(self, contract: C, name: str, raw: object) -> tuple[Decimal | None, bool]:
        """The number a cell states of a field, and whether it is the contract's mark for "does not apply"."""
        mapping = {squeeze(key): value for key, value in contract.value_maps.get(name, {}).items()}
        try:
            value = typed(mapping.get(squeeze(raw), raw), contract.fields.field(name).type)
        except BadCell:
            return None, False
        value = contract.empty_is.get(name) if value is None else value
        return (Decimal(value) if isinstance(value, int | Decimal) else None), False

    def stage_missing(self, contract: C, schools: Mapping[Stage, Sequence[str]], several: bool) -> Refusal:
        """What is said of a stage without its column; ``schools`` have it, ``several``: tables in the file."""
        labels = {stage: contract.fields.field(contract.stage_columns[stage]).label for stage in schools}
        named = [TEXT("of_schools", column=labels[stage], schools="、".join(first[:_NAMED])) for stage, first in schools.items()]
        columns = "、".join(named if several else labels.values())
        return Refusal("missing_column", contract=contract.title_zh, columns=columns)


def marked_figure(marks: Sequence[str], raw: object) -> tuple[Decimal | None, bool]:
    """:meth:`Shape.figure` of a layout whose cells are numbers or one of its marks for "does not apply"."""
    if show(raw).strip() in marks or squeeze(raw) in marks:
        return None, True
    try:
        return number(raw), False
    except BadCell:
        return None, False


def addressable(sheet: Sheet) -> Sheet:
    """A text as a sheet with a name, which the cells of a record need for their addresses."""
    return replace(sheet, name=_NAME)


def first_of(ways: Iterator[Way]) -> Match | None:
    """The first contract that the file can be read through, with those behind it; None without any.

    Raises the Refusal of the first.
    """
    refusal: Refusal | None = None
    for way in ways:
        try:
            return replace(way(), others=ways)
        except Refusal as refused:
            refusal = refusal or refused
    if refusal is not None:
        raise refusal
    return None


def unread(names: Iterable[str]) -> list[str]:
    """What is told of sheets without a table."""
    return [TEXT("unread_sheet", place=row_place(name)) for name in names]
