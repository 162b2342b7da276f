"""Records typed: those without faults as columns, the others one by one, each with where it stood."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from ingest.schema.source import Field
from ingest.shapes.records import RawRow
from ingest.values.address import Addresses, written
from ingest.values.cells import Typed, show
from ingest.values.persons import masked
from ingest.values.quotes import quotable
from junheng.core.records import Fault

PLACE = (("_sheet", pa.string()), ("_row", pa.int64()), ("_cells", pa.string()), ("_extra", pa.string()))
"""Columns that say where in its file a record stood (docs/adr/0001-spine.md)."""


@dataclass
class TypedRow:
    """One record with faults typed; it does not go to bronze."""

    source: RawRow
    values: dict[str, Typed]
    faults: list[Fault]
    of_person: bool = False
    """About a person: a cell that could not be read may hold anybody's name and stays here."""

    def text(self, entry: Field) -> str | None:
        """A field as text for quarantine: its value, or the cell where that could not be read; without facts about persons."""
        value = self.values[entry.name]
        if self.of_person:
            return None if value is None else quotable(str(value), entry) if entry.type == "code" else masked(str(value))
        return quotable(str(value) if value is not None else show(self.source.raw.get(entry.name)), entry) or None

    @property
    def extra_json(self) -> str | None:
        """Unknown columns as JSON."""
        return None if self.of_person else as_json(self.source.extra)

    @property
    def cells_json(self) -> str | None:
        """Origins of the values as JSON."""
        return cells_as_json(self.source.cells)


def as_json(entries: dict[str, str]) -> str | None:
    """Texts by name as JSON; None without any."""
    return json.dumps(entries, ensure_ascii=False) if entries else None


def cells_as_json(cells: Mapping[str, Addresses]) -> str | None:
    """Origins of values by field as JSON."""
    return as_json({name: written(addresses) for name, addresses in cells.items()})


@dataclass(frozen=True)
class TypedRecords:
    """Records typed: those without faults as columns, the others one by one."""

    good: pa.Table
    """The source's fields, then ``_sheet``, ``_row``, ``_cells``, ``_extra``."""
    bad: list[TypedRow]
    parts: tuple[TypedRecords, ...] = ()
    """The records of each table of the file, where there are several."""
    links: Mapping[str, str] = field(default_factory=dict)
    """What persons of these records were called under earlier keys → what they are called now."""

    def __len__(self) -> int:
        return self.good.num_rows + len(self.bad)

    @property
    def faults(self) -> list[Fault]:
        """Everything found wrong, in the order of the rows."""
        return [fault for row in self.bad for fault in row.faults]

    def values(self, name: str) -> set[Typed]:
        """What the records hold of a field."""
        return {*self.good.column(name).unique().to_pylist(), *(row.values[name] for row in self.bad if row.source.is_record)}
