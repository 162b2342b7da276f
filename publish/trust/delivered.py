"""Rows as they were delivered and are in force, with the cells their fields stand in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import duckdb

from ingest.inspect.original import FoundCell, Original
from ingest.schema.source import load_source
from ingest.values.cells import plain
from ingest.values.faults import Refusal
from junheng.core.home import Home
from junheng.core.sql import identifier, records
from junheng.core.typed import StrictModel, complete, load
from publish.tables.rows import DimCounty
from publish.trust.originals import Altered, File, open_original
from publish.trust.question import Row

_FILE = Path(__file__).with_name("explain.yml")

CENSUS = "school_census"


@dataclass(frozen=True)
class Input:
    """What was read somewhere: of which school or row, which field, and the cells it stands in."""

    owner: str
    label: str
    value: str
    """As it is used; empty: unknown."""
    cells: tuple[FoundCell, ...]
    file: File | None


class BesideRequirements(StrictModel):
    """``explain.yml``: fields that stand beside a requirement, by requirement, source or both."""

    schools: dict[str, dict[str, tuple[str, ...]]]
    county: Annotated[dict[str, tuple[str, ...]], complete("county_items", "survey", "monitoring_result")]
    names: dict[str, tuple[str, ...]]
    verdict_names: tuple[str, ...]


def settings() -> BesideRequirements:
    """Which fields stand beside a requirement."""
    return load(_FILE, BesideRequirements)


class DeliveredRows:
    """Delivered rows in force, with the cells their fields stand in."""

    def __init__(self, home: Home, models: duckdb.DuckDBPyConnection, county: DimCounty, originals: dict[str, Original]) -> None:
        self._home = home
        self._models = models
        self._county = county
        self._originals = originals
        self.problems: list[str] = []

    def of(self, source: str, school: str | None = None) -> list[Row]:
        """Rows of a source in force for the county and year; of one school, or (None) all."""
        by_school = "and given.school_code = ?" if school is not None else ""
        in_force = (
            "inner join intermediate.int_census__row_in_force as in_force on in_force.submission_id = given._submission_id"
            " and in_force.school_code = given.school_code and in_force.sheet is not distinct from given._sheet"
            " and in_force.row_number is not distinct from given._row"
            if source == CENSUS
            else "inner join intermediate.int_ledger__coverage_in_force as in_force on in_force.source = ?"
            " and in_force.submission_id = given._submission_id and in_force.county_code = given.county_code"
        )
        return records(
            self._models,
            f"""
            select given.*, files.file_name, files.sha256, files.delivery_night
            from bronze.{identifier(source)} as given
            {in_force}
            inner join intermediate.int_ledger__delivery as files
                on files.submission_id = given._submission_id and files.delivery_night = in_force.delivery_night
            left join intermediate.int_ledger__left_out_row as left_out
                on left_out.submission_id = given._submission_id and left_out.row_number = given._row
                and left_out.sheet is not distinct from given._sheet
            where left_out.submission_id is null and given.county_code = ? and in_force.school_year = ? {by_school}
            order by files.file_name, given._submission_id, given._sheet, given._row
            """,
            *([] if source == CENSUS else [source]),
            *(self._county["county_code"], self._county["school_year"]),
            *([school] if school is not None else []),
        )

    def named(self, source: str, submission_id: str, row_number: int | None) -> list[Row]:
        """A row by its place, whatever county and year it is in force for."""
        return records(
            self._models,
            f"""
            select given.*, files.file_name, files.sha256, files.delivery_night
            from bronze.{identifier(source)} as given
            inner join intermediate.int_ledger__delivery as files on files.submission_id = given._submission_id
            where given._submission_id = ? and given._row is not distinct from ? and files.is_served
            order by files.delivery_night desc limit 1
            """,
            *(submission_id, row_number),
        )

    def inputs(self, source: str, row: Row, fields: Iterable[str], owner: str = "") -> list[Input]:
        """What these fields of a row hold and where that stands; fields that say nothing are left out."""
        described = load_source(source)
        file = File(row["_submission_id"], row["sha256"], row["file_name"], row["delivery_night"])
        names = [self._written(file, row, name) for name in settings().names.get(source, ()) if row.get(name) is not None]
        inputs_of_row = []
        for name in fields:
            if row.get(name) is None:
                continue
            shown = plain(row[name]) if isinstance(row[name], Decimal) else str(row[name])
            label = described.field(name).zh
            if owner and names:
                label = f"{' '.join(names)} {label}"
            inputs_of_row.append(Input(owner or " ".join(names), label, shown, self._cells(file, row, name), file))
        return inputs_of_row

    def _written(self, file: File, row: Row, name: str) -> str:
        """A field as the file has it; where it has none, as it was read."""
        return " ".join(cell.text.strip() for cell in self._cells(file, row, name)) or str(row[name])

    def _cells(self, file: File, row: Row, name: str) -> tuple[FoundCell, ...]:
        addresses = json.loads(row["_cells"]) if row.get("_cells") else {}
        try:
            original = open_original(self._home, file, row["_contract"], self._originals)
            return tuple(original.cells(name, row["_sheet"], row["_row"], addresses))
        except (Refusal, Altered) as refusal:
            self.problems.append(f"{file.name}：{refusal.what}")
            return ()
