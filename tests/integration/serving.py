"""Releases made in no time, and readers who look at them while they are loaded into a PostgreSQL.

``python -m tests.integration.serving PUBLISHES READERS SCHOOLS`` is the load that docs/benchmarks.md tells of; SCHOOLS: of each
of three counties, in the releases that are loaded beside a bare COPY.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from publish.release.release import Release, read_release
from publish.serve.postgres import publish_to
from tests.integration.postgres import server

ADMIN = ("junheng", "for-this-test-only")
COUNTIES = ("990101", "990102", "990201")
SCHOOLS = 40
"""Of each county."""
FACTS = ("fct_school_indicator", "fct_school_verdict", "fct_county_contribution")
_GRAIN = ["county_code", "school_code"]


def make_release(folder: Path, number: int, *, wider: bool = False, schools: int = SCHOOLS) -> Release:
    """A release as it lies in a home, every row of which says its number; ``wider``: a fact has a column more."""
    path = folder / f"r{number:04d}-{number:012x}"
    path.mkdir(parents=True)
    marked = f"'{path.name}' as verdict"
    codes = ", ".join(f"('{county}')" for county in COUNTIES)
    counties = f"(values {codes}) as t(county_code)"
    files = counties.replace(") as", ", (null)) as")
    with duckdb.connect(str(path / "junheng.duckdb")) as made:
        made.execute("create schema marts")
        made.execute(f"create table marts.dim_code as select 'verdict' as list, 'met' as code, '达标' as label_zh, {marked}")
        made.execute(f"create table marts.dim_county as select county_code, 2025 as school_year, {marked} from {counties}")
        for fact in FACTS:
            more = ", 1.5::double as more" if wider and fact == FACTS[0] else ""
            made.execute(
                f"""
                create table marts.{fact} as
                select county_code, county_code || lpad(school::varchar, 6, '0') as school_code, {marked},
                    (school / 7)::decimal(24, 2) as value, case when school % 3 > 0 then '' end as note{more}
                from {counties} cross join range({schools}) as s(school)
                """
            )
        made.execute(
            f"""
            create table marts.aud_submission as
            select county_code as submission_id, county_code, 'a.csv' as file_name, {marked} from {files}
            """
        )
        made.execute(
            f"""
            create table marts.aud_quarantined_row as select submission_id, 1 as fault_number, {marked} from marts.aud_submission
            """
        )
        made.execute(f"comment on column marts.{FACTS[0]}.value is '数值：of the school'")
        tables = [row[0] for row in made.execute("select table_name from duckdb_tables()").fetchall()]
    grains = {"dim_code": ["list", "code"], "dim_county": ["county_code", "school_year"], "aud_submission": ["submission_id"]}
    grains |= {"aud_quarantined_row": ["submission_id", "fault_number"]}
    described = {
        table: {"grain": grains.get(table, _GRAIN), "required": [] if table.startswith("aud_") else grains.get(table, _GRAIN)}
        for table in tables
    }
    (path / "manifest.json").write_text(
        json.dumps(
            {
                "release_id": path.name,
                "content_hash": f"{number:064x}",
                "created_at": f"2026-03-01T01:00:{number % 60:02d}+08:00",
                "tables": described,
                "versions": {"marts": "2.0.0" if wider else "1.0.0"},
                "files": {f"parquet/{table}.parquet": f"{number:064x}" for table in tables},
            }
        )
    )
    return read_release(path)


@contextmanager
def database(disk_mb: int | None = None, log_mb: int | None = None) -> Iterator[str]:
    """The address of a PostgreSQL of its own; ``disk_mb``: on a disk of this size; ``log_mb``: its log of changes on one."""
    with server(*ADMIN, "junheng", disk_mb, log_mb) as address:
        yield f"postgresql://{':'.join(ADMIN)}@{address}/junheng"


def add_account(dsn: str, name: str, *roles: str) -> str:
    """Make an account that has these roles; its address."""
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute(f"create role {name} login password '{name}'".encode())
        for role in roles:
            admin.execute(f"grant {role} to {name}".encode())
    return dsn.replace(":".join(ADMIN), f"{name}:{name}")


def add_reader(dsn: str, name: str, areas: dict[str, tuple[str, ...]], *roles: str) -> str:
    """Make an account that may see these areas, by kind; its address."""
    address = add_account(dsn, name, *roles)
    with psycopg.connect(dsn, autocommit=True) as admin:
        for kind, codes in areas.items():
            for code in codes:
                admin.execute("insert into junheng_access.area_grant values (%s, %s, %s)", [name, code, kind])
    return address


_ASKED = [f"(select {what} from junheng.{fact})" for fact in FACTS for what in ("min(verdict)", "max(verdict)", "count(*)")]
ONE_RELEASE = f"""
    select (select release_id from junheng.release_in_force), {", ".join(_ASKED)}, (select max(verdict) from junheng.dim_code)
"""
"""Which release each of several tables says, and whether all rows are there."""


@dataclass
class Seen:
    """What readers saw."""

    seconds: dict[bool, list[float]] = field(default_factory=lambda: {True: [], False: []})
    """How long reads took, while a publish ran and while none did."""
    wrong: list[str] = field(default_factory=list)
    releases: Counter[str] = field(default_factory=Counter)


def _read(dsn: str, kind: int, rows: int, seen: Seen, stop: threading.Event, publishing: threading.Event, pause: float) -> None:
    """Read until told to stop: single queries, prepared ones, several in one transaction, each on one connection or a new one."""
    connection: psycopg.Connection[Any] | None = None
    while not stop.is_set():
        began, during = time.perf_counter(), publishing.is_set()
        try:
            if connection is None or kind == 3:
                if connection:
                    connection.close()
                connection = psycopg.connect(dsn, autocommit=True)
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            if kind == 2:
                with connection.transaction():
                    row = connection.execute(ONE_RELEASE.encode()).fetchone()
                    row = (*(row or ()), *(connection.execute(ONE_RELEASE.encode()).fetchone() or ()))
            else:
                row = connection.execute(ONE_RELEASE.encode(), prepare=kind == 1).fetchone()
            said = {value for value in row or () if isinstance(value, str)}
            counted = {value for value in row or () if isinstance(value, int)}
            if len(said) != 1 or counted != {rows} or None in (row or (None,)):
                seen.wrong.append(f"{kind}: {row}")
            seen.releases.update(said)
        except psycopg.Error as error:
            seen.wrong.append(f"{kind}: {type(error).__name__}: {error}")
            connection = None
        if during is publishing.is_set():
            seen.seconds[during].append(time.perf_counter() - began)
        time.sleep(pause)
    if connection:
        connection.close()


def load(dsn: str, folder: Path, publishes: int, readers: int, *, wider_each: int, pause: float = 0.0) -> Seen:
    """Publish again and again, with tables of another shape each so many times, while readers read."""
    publish_to(dsn, make_release(folder, 0), "unsigned")
    reader = add_reader(dsn, "reader", {"figures": ("9901",)}, "junheng_reader")
    seen, stop, publishing = Seen(), threading.Event(), threading.Event()
    arguments = (2 * SCHOOLS, seen, stop, publishing, pause)
    threads = [threading.Thread(target=_read, args=(reader, number % 4, *arguments)) for number in range(readers)]
    for thread in threads:
        thread.start()
    try:
        for number in range(1, publishes + 1):
            release = make_release(folder, number, wider=number % (2 * wider_each) >= wider_each)
            time.sleep(pause)
            publishing.set()
            publish_to(dsn, release, "unsigned")
            publishing.clear()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    return seen


def told(seen: Seen) -> str:
    """How long reads took, in a line."""
    quantiles = {during: statistics.quantiles(seconds, n=20)[-1] * 1000 for during, seconds in seen.seconds.items()}
    medians = {during: statistics.median(seconds) * 1000 for during, seconds in seen.seconds.items()}
    return (
        f"{sum(seen.releases.values())} reads of {len(seen.releases)} releases, {len(seen.wrong)} failed or mixed; "
        f"median / p95 {medians[True]:.1f} / {quantiles[True]:.1f} ms during a publish, "
        f"{medians[False]:.1f} / {quantiles[False]:.1f} ms between them"
    )


def beside_a_bare_copy(dsn: str, folder: Path, schools: int) -> Iterator[str]:
    """Seconds of publishes of large facts, and of a COPY of the same rows from files that are there already."""
    first = make_release(folder, 1, schools=schools)
    began = time.perf_counter()
    for fact in FACTS:
        with duckdb.connect(str(first.database), read_only=True) as source:
            source.execute(f"copy marts.{fact} to '{folder}/{fact}.csv' (header false)")
    yield f"{len(FACTS)} facts of {len(COUNTIES) * schools} rows; written as CSV {time.perf_counter() - began:.1f} s"
    with psycopg.connect(dsn) as bare:
        columns = "county_code text, school_code text, verdict text, value numeric(24, 2), note text"
        began = time.perf_counter()
        for fact in FACTS:
            bare.execute(f"create table {fact} ({columns})".encode())
            with bare.cursor() as cursor, cursor.copy(f"copy {fact} from stdin (format csv)".encode()) as copy:
                copy.write((folder / f"{fact}.csv").read_bytes())
        bare.commit()
        yield f"bare COPY without keys {time.perf_counter() - began:.1f} s"
    began = time.perf_counter()
    publish_to(dsn, first, "unsigned")
    yield f"tables made anew, with keys, comments, policies {time.perf_counter() - began:.1f} s"
    second = make_release(folder, 2, schools=schools)
    began = time.perf_counter()
    publish_to(dsn, second, "unsigned")
    yield f"every row replaced {time.perf_counter() - began:.1f} s"
    third = make_release(folder, 3, schools=schools)
    with duckdb.connect(str(third.database)) as made:
        for fact in FACTS:
            made.execute(f"update marts.{fact} set verdict = '{second.release_id}' where right(school_code, 2) <> '00'")
    began = time.perf_counter()
    publish_to(dsn, third, "unsigned")
    yield f"one row of a hundred replaced {time.perf_counter() - began:.1f} s"
    size = "select pg_size_pretty(sum(pg_total_relation_size(relid))) from pg_stat_user_tables where schemaname = 'junheng'"
    with psycopg.connect(dsn) as admin:
        yield f"size after that {(admin.execute(size.encode()).fetchone() or ('?',))[0]}"


def main(publishes: int, readers: int, schools: int) -> int:
    """Print what publishes of many rows take, and what readers saw."""
    with database() as dsn, tempfile.TemporaryDirectory() as folder:
        for line in beside_a_bare_copy(dsn, Path(folder), schools):
            print(line)
    with database() as dsn, tempfile.TemporaryDirectory() as folder:
        seen = load(dsn, Path(folder), publishes, readers, wider_each=20, pause=0.1)
    print(told(seen))
    for line in seen.wrong[:20]:
        print(line)
    return 1 if seen.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:4])))
