"""A home with one committed night, for the tests of publish."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingest.landing.bronze import bronze_schema
from ingest.schema.source import load_source
from junheng.core.home import Home, move
from junheng.core.ledger import Ledger, atomic_parquet
from publish.build.build import prepare, remove_database
from tests.unit.publish.fake_marts import Shape, write_marts

ACCEPTED = "a" * 16
REFUSED = "b" * 16
REASON = "第 14 行“小学在校生”填写为“约300”，不是数字。"
FIX = "请填写实际在校生数（整数）。"


def submission(**changed: Any) -> dict[str, Any]:
    row = {
        "night": 1,
        "delivery_night": 1,
        "submission_id": ACCEPTED,
        "sha256": ACCEPTED * 4,
        "file_name": "990101/2025/census.csv",
        "area_code": "990101",
        "folder_school_year": 2025,
        "source": "school_census",
        "contract": "school_census.template",
        "covers": "county",
        "status": "accepted",
        "reason": "",
        "fix": "",
        "rows_read": 12,
        "rows_parsed": 12,
        "rows_accepted": 12,
        "rows_quarantined": 0,
    }
    return row | changed


def refused(**changed: Any) -> dict[str, Any]:
    return submission(
        submission_id=REFUSED,
        sha256=REFUSED * 4,
        file_name="990101/2025/third.xlsx",
        status="refused",
        reason=REASON,
        fix=FIX,
        rows_accepted=0,
        rows_quarantined=12,
        **changed,
    )


def check(engine: str, **changed: Any) -> dict[str, Any]:
    row = {"night": 1, "engine": engine, "check_id": "census.pupils", "source": "school_census", "status": "pass"}
    return row | changed


def landed(row: dict[str, Any]) -> dict[str, Any]:
    """The file of a submission in landing."""
    keep = {"file_name": "path", "folder_school_year": "school_year"}
    keep |= {name: name for name in ("sha256", "submission_id", "area_code")}
    return {column: row[name] for name, column in keep.items()} | {"present": True}


def commit_night(
    home: Home,
    submissions: Sequence[dict[str, Any]],
    *,
    inventory: Sequence[dict[str, Any]] | None = None,
    engines: Sequence[tuple[str, str]] = (("sql", "pass"), ("gx", "pass")),
    county: str | None = "990101",
    quarantined: Sequence[dict[str, Any]] = (),
) -> int:
    """Commit a night; by default its landing holds exactly the files judged."""
    night = Ledger(home).open_next()
    rows = [{**s, "night": night.number} for s in submissions]
    files = inventory if inventory is not None else [landed(s) for s in submissions]
    night.write_table("inventory", list(files))
    night.write_table("submissions", rows)
    covered = [
        {key: s[key] for key in ("submission_id", "source", "delivery_night")} | {"county_code": county, "school_year": 2025}
        for s in rows
        if s["status"] == "accepted"
    ]
    night.write_table("coverage", [{**c, "night": night.number, "rows": 12} for c in covered])
    night.write_table("check_results", [check(engine, night=night.number, status=status) for engine, status in engines])
    night.write_table("quarantined_rows", [{**row, "night": night.number} for row in quarantined])
    for row in rows:
        written = home.bronze_file(row["source"] or "", row["submission_id"])
        if written.exists():
            move(written, night.rows.bronze_file(row["source"], row["submission_id"]))
    night.commit({"night": night.number, "as_of": f"2026-11-2{night.number}", "school_years": None, "landing": str(home.landing)})
    return night.number


def write_bronze(home: Home, rows: int = 12, submission_id: str = ACCEPTED) -> None:
    schema = bronze_schema(load_source("school_census"))
    table = pa.Table.from_pylist(
        [
            {"county_code": "990101", "school_year": 2025, "_submission_id": submission_id, "_row": number}
            for number in range(2, rows + 2)
        ],
        schema=schema,
    )
    atomic_parquet(table, home.bronze_file("school_census", submission_id))


def make_home(path: Path) -> Home:
    """Home with bronze and one night that accepted a county's census."""
    home = Home(path).create()
    write_bronze(home)
    commit_night(home, [submission()])
    return home


def make_build(home: Home, shape: Shape | None = None, tables: dict[str, list[tuple[Any, ...]]] | None = None) -> Path:
    """A build file as dbt leaves it."""
    build_db = home.warehouse / "build" / "junheng_build.duckdb"
    build_db.parent.mkdir(parents=True, exist_ok=True)
    remove_database(build_db)
    write_marts(build_db, shape or Shape(), tables)
    prepare(home, build_db, ["national-2017"], is_new=False)
    return build_db
