"""Records as found in a file: raw cells by canonical field, with their places, whatever kind of contract they came through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.values.address import Addresses
from ingest.values.columns import ABSENT
from ingest.values.faults import row_fault
from ingest.values.texts import row_place
from junheng.core.records import Fault


@dataclass
class RawRow:
    """One record as found: raw cells by canonical field."""

    sheet: str | None
    row: int | None
    raw: dict[str, object]
    columns: dict[str, str]
    """Header (or cell column) under which each field stands, for messages."""
    extra: dict[str, str] = field(default_factory=dict)
    """Cells of unknown columns by header."""
    cells: dict[str, Addresses] = field(default_factory=dict)
    """Cells that each field was read from, where the row does not say it."""
    faults: list[Fault] = field(default_factory=list)
    """Faults found while the row was cut out."""
    is_record: bool = True
    """False for a line that is no record at all, such as a total: its cells mean nothing."""


@dataclass(frozen=True)
class Records:
    """Raw records column by column, in the order in which they are kept."""

    columns: Mapping[str, Sequence[object]]
    """Cells by canonical field; :data:`ABSENT` for a record that does not have the column."""
    sheets: Sequence[str | None]
    numbers: Sequence[int | None]
    """Rows in the sheet, 1-based."""
    extra: Sequence[dict[str, str]] | None
    """Cells of unknown columns by header; None where there are none."""
    cells: Sequence[dict[str, Addresses]] | None
    """Origins of the fields; None where the rows say it."""
    faulty: frozenset[int]
    """Records with faults already, and lines that are none."""
    row: Callable[[int], RawRow]
    """One record by its place."""

    @classmethod
    def of(cls, rows: Sequence[RawRow]) -> Records:
        """Records that were cut out one by one."""
        names = dict.fromkeys(name for row in rows for name in row.raw)
        return cls(
            {name: [row.raw.get(name, ABSENT) for row in rows] for name in names},
            [row.sheet for row in rows],
            [row.row for row in rows],
            [row.extra for row in rows],
            [row.cells for row in rows],
            frozenset(n for n, row in enumerate(rows) if row.faults or not row.is_record),
            rows.__getitem__,
        )


def rows_joined(row: RawRow, others: Iterable[RawRow], school: str) -> Fault:
    """The note on rows of one school that are one record, with the place of each."""
    places = "、".join(row_place(other.sheet, other.row) for other in others)
    return row_fault("rows_joined", sheet=row.sheet, row=row.row, value=school, others=places)
