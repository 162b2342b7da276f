"""A scenario tried: the models of the project over a copy of the last build, with the measures laid over the census.

The home is read and never written. What comes out is marked as a simulation and is no release.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
from rich.console import Console

from junheng.core.home import Home
from junheng.core.settings import BUILD_DB, DBT_PROJECT
from junheng.core.sql import catalog, columns, identifier, literal, tables
from junheng.core.typed import StrictModel, load
from junheng.core.wrapping import say_line
from planning.grouping import BRIDGE, has_groups
from planning.opening import CENSUS_MODEL
from planning.overlay import LaidOver, lay_over
from planning.scenario import Scenario
from publish.build import build, dbt, ground
from publish.build.code import code_hashes
from publish.release.due import database_of
from publish.release.release import DATABASE, Release, read_current, read_manifest_of
from publish.tables.artifacts import MARTS, Manifest, read_manifest
from publish.words.unit_costs import unit_cost_table

_DECIDING = ("codes", "rules", "dbt_project")
"""Parts of the project that a build's tables rest on (``publish.build.code``)."""
_BELOW = "source:run.correction+"
_LAST_LINES = 12
_MEASURE: dict[str, pa.DataType] = {
    "row": pa.int32(),
    "measure": pa.string(),
    "school_code": pa.string(),
    "item": pa.string(),
    "field": pa.string(),
    "amount": pa.decimal128(18, 4),
    "to_school_code": pa.string(),
    "year": pa.string(),
    "cost_wan_yuan": pa.decimal128(18, 6),
    "note": pa.string(),
}
MEASURES = pa.schema(_MEASURE)
"""Columns of ``simulation.measure``."""


class SimulationTexts(StrictModel):
    """``simulation.yml``."""

    mark: str
    comment: str
    columns: list[str]
    kinds: dict[str, str]
    changed: str
    same: str
    opened: str
    closed: str
    no_value: str
    absent: str
    """Stands for a figure that is not there at all: a school out of scope."""
    known_cost: str
    unknown_cost: str
    texts: dict[str, str]

    def say(self, key: str, /, **values: object) -> str:
        """A sentence with its places filled."""
        return self.texts[key].format(**values)


@cache
def simulation_texts() -> SimulationTexts:
    """``simulation.yml``."""
    return load(Path(__file__).with_suffix(".yml"), SimulationTexts)


class NotSimulated(ValueError):
    """Nothing could be tried and nothing was written; the message is a Chinese sentence."""


class NothingPublished(NotSimulated):
    """There is no release yet to simulate upon."""


@dataclass(frozen=True)
class Base:
    """What is simulated upon: a database of our own with all that a build holds, and the release that it came to."""

    release: Release
    database: Path
    manifest: Manifest
    is_last_build: bool
    """False: built anew, because the project changed since the release, or the last build was not kept."""


@dataclass(frozen=True)
class Simulated:
    """A scenario after its build."""

    base: Base
    scenario: Scenario
    laid: LaidOver
    seconds: float


def release_of(home: Home) -> Release:
    """The release that readers see. Raises NothingPublished."""
    release = read_current(home)
    if release is None or not release.database.exists():
        raise NothingPublished(simulation_texts().say("no_release", home=home.path))
    return release


def folder_for(home: Home, out: Path) -> Path:
    """The folder to write to, made where it is missing. Raises NotSimulated."""
    place, texts = out.expanduser().resolve(), simulation_texts()
    if place == home.path or place.is_relative_to(home.path):
        raise NotSimulated(texts.say("inside", out=out))
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotSimulated(texts.say("not_a_folder", out=out, cause=error.strerror)) from error
    if not os.access(place, os.W_OK):
        raise NotSimulated(texts.say("not_a_folder", out=out, cause=os.strerror(13)))
    return place


@contextmanager
def base_of(home: Home, out: Path) -> Iterator[Base]:
    """A database of our own below ``out``, gone afterwards. Raises NotSimulated, UnitCostsUnusable."""
    release = release_of(home)
    with tempfile.TemporaryDirectory(prefix=".simulate-", dir=out) as folder:
        work = Path(folder)
        database = work / BUILD_DB
        dbt.make_target(work)
        kept = database_of(home, release.release_id) if _is_of_this_project(release) else None
        if kept is not None:
            shutil.copyfile(kept, database)
            _take_prices(home, database)
        else:
            is_begun = ground.lay(work, database)
            build.prepare(home, database, (), is_new=not is_begun)
            chosen = ["--select", ground.ABOVE] if is_begun else []
            _run(work, database, ["build", "--exclude-resource-type", "unit_test", "test", *chosen])
        manifest = read_manifest(DBT_PROJECT / "target" / "manifest.json")
        yield Base(release, database, manifest, kept is not None)


@contextmanager
def base_told(home: Home, out: Path, console: Console) -> Iterator[Base]:
    """As :func:`base_of`; says so where the base is not the build that was published last."""
    with base_of(home, out) as base:
        if not base.is_last_build:
            say_line(console, simulation_texts().say("other_code"))
        yield base


def _take_prices(home: Home, database: Path) -> None:
    """The county's prices as they are now: they decide no verdict, and who has just written them wants to plan with them."""
    with duckdb.connect(str(database)) as connection:
        connection.register("given", unit_cost_table(home))
        connection.execute("create or replace table run.unit_cost as select * from given")
        connection.unregister("given")


def _is_of_this_project(release: Release) -> bool:
    published, now = read_manifest_of(release.path).get("code", {}), code_hashes()
    return all(published.get(part) == now[part] for part in _DECIDING)


@contextmanager
def own_copy(base: Base) -> Iterator[Base]:
    """The same base in a copy, for one of several scenarios; gone afterwards."""
    with tempfile.TemporaryDirectory(dir=base.database.parent) as folder:
        dbt.make_target(Path(folder))
        copy = Path(folder) / BUILD_DB
        shutil.copyfile(base.database, copy)
        yield replace(base, database=copy)


def simulate(base: Base, scenario: Scenario) -> Simulated:
    """Lay a scenario over the base and build what lies below. Raises ScenarioUnusable, NotSimulated."""
    began = time.monotonic()
    with duckdb.connect(str(base.database)) as connection:
        laid = lay_over(connection, scenario, simulation_texts().mark)
    _run(base.database.parent, base.database, ["run", *_models(scenario)])
    return Simulated(base, scenario, laid, time.monotonic() - began)


def _models(scenario: Scenario) -> list[str]:
    """Words that choose the models below what a scenario lays over; the tables that it adds rows to stay."""
    words, laid = ["--select", _BELOW], list[str]()
    if any(measure.kind == "open" for measure in scenario.measures):
        laid.append(CENSUS_MODEL)
    if has_groups(scenario):
        laid.append(BRIDGE)
    words += [f"{model}+" for model in laid]
    return [*words, "--exclude", *laid] if laid else words


def _run(work: Path, database: Path, words: list[str]) -> None:
    done = dbt.run(["--no-use-colors", "--log-level-file", "info", *words], work, database)
    if done.returncode:
        end = " ".join(line.strip() for line in done.stdout.splitlines()[-_LAST_LINES:])
        raise NotSimulated(simulation_texts().say("failed", end=end))


def write_marts(simulated: Simulated, out: Path) -> Path:
    """``junheng.duckdb`` with schema ``marts`` as it would be, each table marked, and the measures in schema ``simulation``."""
    base, texts = simulated.base, simulation_texts()
    unfinished = base.database.with_name(DATABASE)
    with duckdb.connect(str(unfinished)) as connection:
        connection.execute(f"attach {literal(str(base.database))} as build (read_only)")
        connection.execute(f"create schema {MARTS}")
        for table in tables(connection, "build", MARTS):
            if table in base.manifest.restricted:
                continue
            name = f"{MARTS}.{identifier(table)}"
            connection.execute(f"create table {name} as select * from build.{name} order by all")
            mart = base.manifest.marts.get(table)
            comment = texts.comment.format(comment=mart.comment if mart else "")
            connection.execute(f"comment on table {name} is {literal(comment)}")
            present = [column for column, _ in columns(connection, catalog(connection), MARTS, table)]
            for column in present if mart else ():
                if (described := mart.columns.get(column) if mart else None) and described.comment:
                    connection.execute(f"comment on column {name}.{identifier(column)} is {literal(described.comment)}")
        connection.execute("detach build")
        connection.execute("create schema simulation")
        rows = [{name: getattr(measure, name) for name in MEASURES.names} for measure in simulated.scenario.measures]
        connection.register("given", pa.Table.from_pylist(rows, schema=MEASURES))
        release, mark = literal(base.release.release_id), literal(texts.mark)
        connection.execute(f"create table simulation.measure as select {mark} as kind, {release} as release_id, * from given")
    target = out / DATABASE
    unfinished.replace(target)
    return target
