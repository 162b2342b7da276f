"""A nation as a home: bronze of one submission per county, and one committed night that accepted them all."""

from __future__ import annotations

import csv
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingest.bronze import bronze_schema
from ingest.source import load_source
from junheng.home import Home
from junheng.ledger import Ledger, atomic_parquet
from junheng.settings import DBT_PROJECT
from samples import area

SOURCE = "school_census"
CONTRACT = "school_census.template"
CHECKS_PER_SUBMISSION = 25
SEED = 20250901


@dataclass(frozen=True)
class Nation:
    """How large the benchmark is."""

    schools: int
    counties: int


def _to_bronze(table: pa.Table, schema: pa.Schema, submission_id: str) -> pa.Table:
    """One county's rows with every column of bronze; what the census leaves out is null."""
    rows = len(table)
    columns: dict[str, Any] = {
        "_submission_id": pa.array([submission_id] * rows),
        "_contract": pa.array([CONTRACT] * rows),
        "_sheet": pa.array(["Sheet1"] * rows),
        "_row": pa.array(range(2, rows + 2), pa.int64()),
    }
    columns |= {name: table.column(name) for name in table.column_names}
    return pa.table({f.name: columns[f.name] if f.name in columns else pa.nulls(rows, f.type) for f in schema}).cast(schema)


def _submission(county: str, digest: str, rows: int) -> dict[str, Any]:
    return {
        "night": 1,
        "delivery_night": 1,
        "submission_id": digest[:16],
        "sha256": digest,
        "file_name": f"{county}/{area.YEAR}/school_census.csv",
        "area_code": county,
        "folder_school_year": area.YEAR,
        "source": SOURCE,
        "contract": CONTRACT,
        "covers": "county",
        "status": "accepted",
        "reason": "",
        "fix": "",
        "refused_with": [],
        "rows_read": rows,
        "rows_accepted": rows,
        "rows_quarantined": 0,
        "rules_version": "bench",
    }


def _coverage(county: str, digest: str, rows: int) -> dict[str, Any]:
    return {
        "night": 1,
        "delivery_night": 1,
        "submission_id": digest[:16],
        "source": SOURCE,
        "covers": "county",
        "county_code": county,
        "school_year": area.YEAR,
        "rows": rows,
    }


def _checks(county: str, digest: str, rows: int) -> list[dict[str, Any]]:
    return [
        {
            "night": 1,
            "engine": "sql",
            "check_id": f"bench_check_{number:02d}",
            "source": SOURCE,
            "submission_id": digest[:16],
            "county_code": county,
            "school_year": area.YEAR,
            "severity": "error",
            "status": "pass",
            "observed": "0",
            "expected": "0",
            "rows_checked": rows,
            "rows_failed": 0,
        }
        for number in range(CHECKS_PER_SUBMISSION)
    ]


def one_file(home: Home) -> Path:
    """All of the nation's bronze once more as a single file: what the hand-written SQL costs without 2,850 files."""
    return home.path / "one_file.parquet"


def bronze_glob(home: Home) -> str:
    """The files of bronze, one per submission."""
    return (home.bronze / SOURCE / "*" / "part-0.parquet").as_posix()


def write_home(path: Path, nation: Nation, seed: int = SEED) -> Home:
    """Write the home of a nation; one school in a thousand has not reported its multimedia rooms."""
    home = Home(path).create()
    census = area.table(nation.counties, nation.schools, seed)
    position = census.schema.get_field_index("multimedia_rooms")
    rooms = [None if n % 1000 == 7 else v for n, v in enumerate(census.column(position).to_pylist())]
    census = census.set_column(position, "multimedia_rooms", pa.array(rooms, pa.int64()))
    schema = bronze_schema(load_source(SOURCE))
    parts: list[pa.Table] = []
    tables: dict[str, list[dict[str, Any]]] = {"submissions": [], "coverage": [], "check_results": []}
    counties = census.column("county_code").to_pylist()
    start = 0
    for county in area.county_codes(nation.counties):
        end = start
        while end < len(counties) and counties[end] == county:
            end += 1
        digest = hashlib.sha256(f"{county}:{seed}:{nation}".encode()).hexdigest()
        rows = end - start
        parts.append(_to_bronze(census.slice(start, rows), schema, digest[:16]))
        atomic_parquet(parts[-1], home.bronze_file(SOURCE, digest[:16]))
        tables["submissions"].append(_submission(county, digest, rows))
        tables["coverage"].append(_coverage(county, digest, rows))
        tables["check_results"] += _checks(county, digest, rows)
        start = end
    atomic_parquet(pa.concat_tables(parts), one_file(home))
    night = Ledger(home).open_next()
    for name, found in {**tables, "inventory": [], "quarantined_rows": []}.items():
        night.write_table(name, found)
    night.commit({"number": 1, "source": "bench"})
    return home


def copy_project(target: Path, nation: Nation) -> Path:
    """Copy the dbt project and add the nation's counties to its area codes."""
    shutil.copytree(DBT_PROJECT, target, ignore=shutil.ignore_patterns("target", "logs"))
    areas = target / "seeds" / "codes" / "areas.csv"
    with open(areas, encoding="utf-8", newline="") as handle:
        header = next(csv.reader(handle))
    codes = area.county_codes(nation.counties)
    cities = sorted({code[:4] for code in codes})
    lines = [("980000", "", "基准省", "province")]
    lines += [(f"{city}00", "980000", f"基准{city[2:]}市", "prefecture") for city in cities]
    lines += [(code, f"{code[:4]}00", f"基准{code[2:]}县", "county") for code in codes]
    with open(areas, "a", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, header, lineterminator="\n")
        for code, parent, name, level in lines:
            writer.writerow(
                {
                    "system": "gb2260",
                    "area_code": code,
                    "parent_code": parent,
                    "name": name,
                    "level": level,
                    "valid_from_year": 1980,
                    "valid_to_year": "",
                    "is_fictional": 1,
                }
            )
    return target
