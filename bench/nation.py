"""A nation as a home: bronze of one submission per county and source, and one committed night that accepted them all."""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench import persons
from ingest.landing.bronze import bronze_schema
from ingest.schema.source import load_source
from junheng.core.home import Home
from junheng.core.ledger import Ledger, atomic_parquet
from junheng.core.settings import DBT_PROJECT
from samples import area

SOURCE = "school_census"
CONTRACT = "school_census.template"
CHECKS_PER_SUBMISSION = 25
SEED = 20250901
_ROW_GROUP = 100_000
SOURCES = (SOURCE, persons.ROSTER, persons.CLASSES, *persons.CHILDREN, persons.PUPILS)


@dataclass(frozen=True)
class Nation:
    """How large the benchmark is."""

    schools: int
    counties: int
    teachers: int
    classes: int


@dataclass(frozen=True)
class _Delivery:
    """One county's file of one source."""

    county: str
    source: str
    contract: str
    covers: str
    columns: Mapping[str, Any]

    @property
    def rows(self) -> int:
        """Number of records."""
        return len(self.columns["county_code"])


def _to_bronze(given: _Delivery, schema: pa.Schema, submission_id: str) -> pa.Table:
    """The rows with every column of bronze; what was not given is null."""
    rows = given.rows
    columns: dict[str, Any] = {
        "_submission_id": pa.repeat(submission_id, rows),
        "_contract": pa.repeat(given.contract, rows),
        "_sheet": pa.repeat("Sheet1", rows),
        "_row": pa.array(np.arange(2, rows + 2)),
    }
    columns |= given.columns
    return pa.table({f.name: columns[f.name] if f.name in columns else pa.nulls(rows, f.type) for f in schema}).cast(schema)


def _submission(given: _Delivery, digest: str) -> dict[str, Any]:
    return {
        "night": 1,
        "delivery_night": 1,
        "submission_id": digest[:16],
        "sha256": digest,
        "file_name": f"{given.county}/{area.YEAR}/{given.source}.csv",
        "area_code": given.county,
        "folder_school_year": area.YEAR,
        "source": given.source,
        "contract": given.contract,
        "covers": given.covers,
        "status": "accepted",
        "reason": "",
        "fix": "",
        "refused_with": [],
        "rows_read": given.rows,
        "rows_accepted": given.rows,
        "rows_quarantined": 0,
        "rules_version": "bench",
    }


def _coverage(given: _Delivery, digest: str) -> dict[str, Any]:
    return {
        "night": 1,
        "delivery_night": 1,
        "submission_id": digest[:16],
        "source": given.source,
        "covers": given.covers,
        "county_code": given.county,
        "school_year": area.YEAR,
        "rows": given.rows,
    }


def _checks(given: _Delivery, digest: str) -> list[dict[str, Any]]:
    return [
        {
            "night": 1,
            "engine": "sql",
            "check_id": f"bench_check_{number:02d}",
            "source": given.source,
            "submission_id": digest[:16],
            "county_code": given.county,
            "school_year": area.YEAR,
            "severity": "error",
            "status": "pass",
            "observed": "0",
            "expected": "0",
            "rows_checked": given.rows,
            "rows_failed": 0,
        }
        for number in range(CHECKS_PER_SUBMISSION)
    ]


def one_file(home: Home, source: str = SOURCE) -> Path:
    """All of a source's bronze once more as a single file: what the hand-written SQL costs without thousands of files."""
    return home.path / f"one_file_{source}.parquet"


def bronze_glob(home: Home, source: str = SOURCE) -> str:
    """The files of bronze, one per submission."""
    return (home.bronze / source / "*" / "part-0.parquet").as_posix()


def _deliveries(nation: Nation, seed: int) -> Iterator[_Delivery]:
    """County by county: census, roster (of some with child tables), class list, and of some the pupils."""
    census = area.table(nation.counties, nation.schools, seed)
    position = census.schema.get_field_index("multimedia_rooms")
    rooms = [None if n % 1000 == 7 else v for n, v in enumerate(census.column(position).to_pylist())]
    census = census.set_column(position, "multimedia_rooms", pa.array(rooms, pa.int64()))
    codes = area.county_codes(nation.counties)
    county = np.searchsorted(codes, census.column("county_code").to_numpy(zero_copy_only=False))
    rng = np.random.default_rng(seed)
    teachers, classes = (persons.deal(census, county, total) for total in (nation.teachers, nation.classes))
    for number, code in enumerate(codes):
        start, end = np.searchsorted(county, [number, number + 1])
        rows = census.slice(start, end - start)
        yield _Delivery(code, SOURCE, CONTRACT, "county", {name: rows.column(name) for name in rows.column_names})
        roster = persons.teachers(census, teachers.of_county(number), rng)
        if number % persons.SYSTEM_EVERY:
            yield _Delivery(code, persons.ROSTER, persons.ROSTER_CONTRACT, "school", roster)
        else:
            for source, columns in persons.system(roster, rng).items():
                yield _Delivery(code, source, f"{source}.system", "county", columns)
        if not number % persons.PUPILS_EVERY:
            enrolled = persons.pupils(census, classes.of_county(number), rng)
            yield _Delivery(code, persons.PUPILS, persons.PUPILS_CONTRACT, "school", enrolled)
        listed = persons.classes(census, classes.of_county(number), rng)
        yield _Delivery(code, persons.CLASSES, persons.CLASSES_CONTRACT, "county", listed)


def write_home(path: Path, nation: Nation, seed: int = SEED) -> Home:
    """Write the home of a nation; one school in a thousand has not reported its multimedia rooms."""
    home = Home(path).create()
    schemas = {name: bronze_schema(load_source(name)) for name in SOURCES}
    whole = {
        name: pq.ParquetWriter(one_file(home, name), schema, compression="zstd", use_dictionary=False, write_statistics=False)
        for name, schema in schemas.items()
    }
    tables: dict[str, list[dict[str, Any]]] = {"submissions": [], "coverage": [], "check_results": []}
    waiting: dict[str, list[pa.Table]] = {name: [] for name in schemas}
    night = Ledger(home).open_next()
    for given in _deliveries(nation, seed):
        digest = hashlib.sha256(f"{given.county}:{given.source}:{seed}:{nation}".encode()).hexdigest()
        rows = _to_bronze(given, schemas[given.source], digest[:16])
        atomic_parquet(rows, night.rows.bronze_file(given.source, digest[:16]))
        waiting[given.source].append(rows)
        if sum(map(len, waiting[given.source])) >= _ROW_GROUP:
            whole[given.source].write_table(pa.concat_tables(waiting[given.source]))
            waiting[given.source] = []
        tables["submissions"].append(_submission(given, digest))
        tables["coverage"].append(_coverage(given, digest))
        tables["check_results"] += _checks(given, digest)
    for name, writer in whole.items():
        writer.write_table(pa.concat_tables([schemas[name].empty_table(), *waiting[name]]))
        writer.close()
    for name, entries in {**tables, "inventory": [], "quarantined_rows": []}.items():
        night.write_table(name, entries)
    night.commit({"number": 1, "source": "bench", "as_of": "2026-03-01"})
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
