"""Build marts from Python rows: a build database with bronze and ledger made by hand, then `dbt build` on it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from expectations.checks import check_table
from ingest.landing.bronze import bronze_schema, quarantine_schema
from ingest.schema.source import load_source
from junheng.core.records import ISSUE_EVENTS, SCHEMAS
from junheng.core.settings import BUILD_DB, SOURCES
from publish.build import dbt
from publish.build.corrections import SCHEMA as CORRECTIONS
from publish.words.unit_costs import SCHEMA as UNIT_COSTS
from publish.words.units import SCHEMA as UNIT_ALIASES
from tests import dbt_ready

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"

_STAGES = ("primary", "junior")
_BANDS = ("le25", "26_30", "31_35", "36_40", "41_45", "46_50", "51_55", "56_60", "61_65", "ge66")
_STAFF = (
    *("staff", "teachers", "qualified", "backbone", "pe_art", "visiting_pe_art", "certified", "midtitle"),
    *("trained360", "exchange_eligible", "exchanged", "exchanged_backbone"),
)
_CODES = (
    *("county_code", "school_code", "school_name", "school_kind_code", "township", "urban_rural_code", "sponsor_code"),
    *("main_school_code", "operating_status_code", "music_room_areas_m2", "art_room_areas_m2"),
)
_COUNTS = (
    *("school_year", "sequence", "counts_as_school", "is_boarding", "is_dense_centre", "built_year"),
    *("pupils_primary", "pupils_junior", "pupils_senior", "pupils_kindergarten", "migrant_pupils"),
    *("catchment_primary", "catchment_junior", "grades_primary", "grades_junior"),
    *("classes_primary", "classes_junior", "classes_senior", "classes_over_primary", "classes_over_junior"),
    *("largest_class_primary", "largest_class_junior"),
    *(f"classes_{stage}_{band}" for stage in _STAGES for band in _BANDS),
    *(f"{item}_{stage}" for stage in _STAGES for item in _STAFF),
    *("multimedia_rooms", "computers", "books", "music_rooms", "art_rooms"),
)
_AMOUNTS = (
    *("teaching_area_m2", "indoor_sports_area_m2", "outdoor_sports_area_m2", "leased_sports_area_m2"),
    *("converted_sports_area_m2", "equipment_value_wan_yuan"),
    *("public_funds_budget_yuan", "public_funds_allocated_yuan", "training_budget_yuan"),
)
CENSUS = pa.schema(
    [
        *((name, pa.string()) for name in _CODES),
        *((name, pa.int64()) for name in _COUNTS),
        *((name, pa.decimal128(18, 4)) for name in _AMOUNTS),
        ("_submission_id", pa.string()),
        ("_contract", pa.string()),
        ("_sheet", pa.string()),
        ("_row", pa.int64()),
        ("_cells", pa.string()),
        ("_extra", pa.string()),
    ]
)
"""Bronze of the school census: the plain template in bronze types (design 6.4)."""

_QUARANTINED = ("teacher_roster", "pupil_registry", "class_list")
"""Sources whose rows set aside leave their school undecided."""

_OTHER_BRONZE = {
    name: bronze_schema(load_source(name))
    for name in sorted(path.stem for path in SOURCES.glob("*.yml"))
    if name != "school_census"
}

Row = dict[str, Any]
AS_OF = "2026-03-01"
"""Day of every night that is not given one."""


def submission(submission_id: str, night: int = 1, **given: Any) -> Row:
    """A ledger row of an accepted county submission; ``given`` overrides."""
    row: Row = {
        "night": night,
        "delivery_night": night,
        "submission_id": submission_id,
        "sha256": submission_id * 4,
        "file_name": f"{submission_id}.csv",
        "area_code": None,
        "source": "school_census",
        "contract": "school_census.template",
        "covers": "county",
        "status": "accepted",
        "refused_with": [],
        "rows_read": 0,
        "rows_accepted": 0,
        "rows_quarantined": 0,
        "rules_version": "test",
    }
    return row | given


def coverage_of(submissions: Iterable[Row], census: Iterable[Row]) -> list[Row]:
    """The coverage rows that the ledger holds for these submissions; monitoring results cover their monitoring year."""
    counts: dict[tuple[str, str, int], int] = {}
    for row in census:
        key = (row["_submission_id"], row["county_code"], row["school_year"] if "school_year" in row else row["monitoring_year"])
        counts[key] = counts.get(key, 0) + 1
    return [
        {
            **{name: judged[name] for name in ("night", "delivery_night", "submission_id", "source", "covers")},
            "county_code": county,
            "school_year": year,
            "rows": rows,
        }
        for judged in submissions
        for (submission_id, county, year), rows in counts.items()
        if submission_id == judged["submission_id"]
    ]


def make_build_db(
    folder: Path,
    census: Sequence[Row],
    submissions: Sequence[Row] | None = None,
    *,
    coverage: Sequence[Row] | None = None,
    check_results: Sequence[Row] = (),
    quarantined_rows: Sequence[Row] = (),
    inventory: Sequence[Row] = (),
    rulesets: Sequence[str] = (),
    corrections: Sequence[Row] = (),
    others: Mapping[str, Sequence[Row]] | None = None,
    issue_events: Sequence[Row] = (),
    nights: Mapping[int, str] | None = None,
    unit_aliases: Sequence[Row] = (),
    unit_costs: Sequence[Row] = (),
) -> Path:
    """A build database in ``folder`` as the runner makes it.

    ``others``: bronze rows of further sources; ``nights``: the day of each.
    Without ``submissions`` all rows of the census belong to one of them, accepted in night 1.
    """
    if submissions is None:
        submissions = [submission("0000000000000001")]
        census = [{"_submission_id": "0000000000000001", "_row": number, **row} for number, row in enumerate(census, 2)]
    if coverage is None:
        coverage = coverage_of(submissions, census)
    ledger = {
        "submissions": submissions,
        "coverage": coverage,
        "check_results": check_results,
        "quarantined_rows": quarantined_rows,
        "inventory": inventory,
    }
    tables = {("bronze", "school_census"): (CENSUS, census)}
    quarantine = pa.schema([*((field.name, pa.string()) for field in CENSUS), ("_rules", pa.string())])
    tables |= {("quarantine", "school_census"): (quarantine, ())}
    tables |= {("quarantine", name): (quarantine_schema(load_source(name)), ()) for name in _QUARANTINED}
    tables |= {("bronze", name): (schema, (others or {}).get(name, ())) for name, schema in _OTHER_BRONZE.items()}
    tables |= {("ledger", name): (SCHEMAS[name], rows) for name, rows in ledger.items()}
    tables |= {("run", "selected_ruleset"): (pa.schema([("ruleset_id", pa.string())]), [{"ruleset_id": r} for r in rulesets])}
    tables |= {("run", "correction"): (CORRECTIONS, corrections)}
    tables |= {("run", "unit_alias"): (UNIT_ALIASES, unit_aliases)}
    tables |= {("run", "unit_cost"): (UNIT_COSTS, unit_costs)}
    tables |= {("ledger", "issue_events"): (ISSUE_EVENTS, issue_events)}
    days = dict.fromkeys(range(1, max((row["night"] for row in submissions), default=1) + 1), AS_OF)
    dated = [{"night": number, "as_of": date.fromisoformat(day)} for number, day in (nights or days).items()]
    tables |= {("run", "night"): (pa.schema([("night", pa.int64()), ("as_of", pa.date32())]), dated)}
    declared = [{"source": path.stem, "supersedes": load_source(path.stem).supersedes} for path in sorted(SOURCES.glob("*.yml"))]
    tables |= {("run", "source"): (pa.schema([("source", pa.string()), ("supersedes", pa.string())]), declared)}
    checks = check_table()
    tables |= {("run", "check"): (checks.schema, checks.to_pylist())}
    path = folder / BUILD_DB
    with duckdb.connect(str(path)) as connection:
        for (schema, name), (columns, rows) in tables.items():
            connection.register("rows", pa.Table.from_pylist(list(rows), schema=columns))
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(f'create table {schema}."{name}" as select * from rows')
            connection.unregister("rows")
    return path


def run_dbt(
    path: Path,
    *arguments: str,
    project: Path = PROJECT,
    work: Path | None = None,
    check: bool = True,
    artefacts: bool = False,
    log_level: str = "info",
) -> subprocess.CompletedProcess[str]:
    """Run dbt on a build database, with target and logs beside it (or in ``work``).

    ``artefacts``: with manifest.json and run_results.json, which cost as much as fifty models.
    """
    work = work or path.parent
    if not (work / "target").exists():
        dbt.make_target(work)
    words = ["--no-use-colors", "--log-level-file", log_level, "--write-json" if artefacts else "--no-write-json", *arguments]
    result = dbt_ready.run(dbt.arguments(words, project), os.environ | dbt.environment(work, path))
    if check and result.returncode:
        raise AssertionError(f"dbt {arguments}:\n{result.stdout}\n{result.stderr}")
    return result


def build(path: Path, **options: Any) -> Path:
    """`dbt build` as a night runs it: every seed, model and data test, no unit tests."""
    run_dbt(path, *dbt.BUILD, **options)
    return path


def query(path: Path, sql: str) -> list[Row]:
    """Rows of a query on a finished build."""
    with duckdb.connect(str(path), read_only=True) as connection:
        cursor = connection.execute(sql)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
