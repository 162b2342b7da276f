"""A home with open nights for the tests of the gate: bronze and parse results written by hand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.gate import judge
from ingest.schema.source import ARROW_TYPES, load_source
from junheng.core.home import Home
from junheng.core.ledger import Candidate, Ledger, NightPlan, OpenNight, atomic_parquet
from junheng.core.records import Covered, Fault, LandedFile, ParseResult

TEMPLATE = "school_census.template"


def school(number: int, **values: Any) -> dict[str, Any]:
    """A complete, faultless primary school of the template."""
    return {
        "county_code": "990101",
        "school_year": 2024,
        "school_code": f"2199{number:06d}",
        "school_name": f"第{number}小学",
        "school_kind_code": "211",
        "pupils_primary": 300 + number,
        "teachers_primary": 20,
        "qualified_primary": 15,
        "backbone_primary": 3,
        "pe_art_primary": 4,
        "teaching_area_m2": 2000,
        "indoor_sports_area_m2": 100,
        "multimedia_rooms": 8,
        **values,
    }


@dataclass
class File:
    """One delivered file."""

    name: str
    rows: list[dict[str, Any]]
    contract: str = TEMPLATE
    area: str = "990101"
    year: int = 2024
    aside: int = 0
    """Rows that ingest put aside."""
    faults: list[Fault] = field(default_factory=list)
    refused: str = ""
    rows_read: int | None = None
    delivery_night: int | None = None

    @property
    def landed(self) -> LandedFile:
        sha = hashlib.sha256(self.name.encode()).hexdigest()
        return LandedFile(self.name, 1, self.area, self.year, sha)

    @property
    def id(self) -> str:
        return self.landed.submission_id

    @property
    def source(self) -> str:
        return self.contract.split(".")[0]


def bronze(file: File) -> pa.Table:
    """Typed rows as ingest writes them."""
    fields = [pa.field(f.name, ARROW_TYPES[f.type]) for f in load_source(file.source).fields]
    place = {
        "_submission_id": pa.string(),
        "_contract": pa.string(),
        "_sheet": pa.string(),
        "_row": pa.int64(),
        "_cells": pa.string(),
        "_extra": pa.string(),
    }
    schema = pa.schema([*fields, *place.items()])
    rows = []
    for number, row in enumerate(file.rows, start=2):
        rows.append({"_submission_id": file.id, "_contract": file.contract, "_sheet": "学校", "_row": number, **row})
    columns = [pa.array([_typed(row.get(f.name), f.type) for row in rows], type=f.type) for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _typed(value: Any, dtype: pa.DataType) -> Any:
    from decimal import Decimal

    return Decimal(str(value)) if value is not None and pa.types.is_decimal(dtype) else value


class Nights:
    """A home and its nights, one after the other."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path).create()

    def open(self, files: list[File], *, as_of: str = "2026-01-15", unreadable: list[ParseResult] | None = None) -> OpenNight:
        night = Ledger(self.home).open_next()
        night.write_plan(
            NightPlan(
                number=night.number,
                run_id="test",
                as_of=as_of,
                started_at="2026-01-15T01:00:00+00:00",
                landing="landing",
                school_years=None,
                rules_version="test",
                unreadable=unreadable or [],
                candidates=[Candidate(f.landed, f.delivery_night or night.number) for f in files],
            )
        )
        for file in files:
            self.write(night, file)
        return night

    def write(self, night: OpenNight, file: File) -> None:
        if not file.refused:
            atomic_parquet(bronze(file), night.rows.bronze_file(file.source, file.id))
        if file.aside:
            aside = pa.table({"_row": list(range(file.aside))})
            atomic_parquet(aside, night.rows.quarantine_file(file.source, file.id))
        covered: dict[tuple[str, int], int] = {}
        for row in file.rows:
            key = (row["county_code"], row.get("school_year") or row.get("monitoring_year"))
            covered[key] = covered.get(key, 0) + 1
        read = len(file.rows) + file.aside if file.rows_read is None else file.rows_read
        night.write_result(
            ParseResult(
                submission_id=file.id,
                sha256=file.landed.sha256,
                file_name=file.name,
                area_code=file.area,
                folder_school_year=file.year,
                source=file.source,
                contract=file.contract,
                covers="county",
                rows_read=read,
                rows_parsed=len(file.rows),
                covered=[Covered(c, y, n) for (c, y), n in covered.items()],
                faults=file.faults,
                refused=bool(file.refused),
                reason=file.refused,
                fix="请改正。" if file.refused else "",
            )
        )

    def judged(self, files: list[File], **options: Any) -> Judged:
        night = self.open(files, **options)
        judge(self.home, night)
        return Judged(night)

    def commit(self, files: list[File], **options: Any) -> Judged:
        judged = self.judged(files, **options)
        tables = {name: judged.rows(name) for name in ("submissions", "coverage", "check_results", "quarantined_rows")}
        judged.night.write_table("inventory", [])
        judged.night.commit({"as_of": judged.night.plan.as_of, "school_years": None})
        judged.tables = tables
        return judged


class Judged:
    """The tables of a judged night."""

    def __init__(self, night: OpenNight) -> None:
        self.night = night
        self.tables: dict[str, list[dict[str, Any]]] = {}

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.tables.get(table) or self.night.read_table(table).to_pylist()

    def submission(self, file: File) -> dict[str, Any]:
        (row,) = [r for r in self.rows("submissions") if r["submission_id"] == file.id]
        return row

    def status(self, file: File) -> str:
        return str(self.submission(file)["status"])

    def check(self, file: File, check_id: str) -> dict[str, Any]:
        (row,) = [r for r in self.rows("check_results") if (r["submission_id"], r["check_id"]) == (file.id, check_id)]
        return row

    def faults(self, file: File) -> list[dict[str, Any]]:
        return [r for r in self.rows("quarantined_rows") if r["submission_id"] == file.id]
