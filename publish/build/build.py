"""A new DuckDB file for dbt to build in: views on bronze, quarantine and ledger; rule sets, checks, corrections."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from expectations.checks import check_table
from ingest.landing.bronze import LINK_SCHEMA, LINKS, bronze_schema, quarantine_schema
from ingest.schema.source import Source, load_source
from junheng.core.home import Home
from junheng.core.ledger import Ledger
from junheng.core.records import ISSUE_EVENTS, SCHEMAS, Status
from junheng.core.settings import SOURCES
from junheng.core.sql import column_types, file_glob, file_list, identifier, literal, select_parquet
from publish.build.corrections import correction_table
from publish.build.issues import event_files
from publish.words.seeds import ruleset_ids
from publish.words.texts import texts
from publish.words.unit_costs import unit_cost_table
from publish.words.units import alias_table

LEDGER_VIEWS = ("submissions", "coverage", "check_results", "quarantined_rows")


class UnknownRuleset(ValueError):
    """A rule set was asked for that no seed defines."""


def has_accepted(home: Home) -> bool:
    """Whether any submission was ever accepted, that is: whether there is anything to build from."""
    ledger = Ledger(home)
    return any(
        status == Status.ACCEPTED
        for number in reversed(ledger.numbers())
        for status in ledger.table("submissions", number).column("status").to_pylist()
    )


def remove_database(path: Path) -> None:
    """Remove a DuckDB file and its write-ahead log, if they are there."""
    for stray in (path, path.with_name(f"{path.name}.wal")):
        stray.unlink(missing_ok=True)


def _create_view(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, files: str | None) -> None:
    """View on ``files`` (SQL) with the columns of ``schema``; a column a file lacks is NULL, no file is no rows."""
    connection.execute(f"create or replace view {name} as {select_parquet(files, column_types(connection, schema))}")


def _create_links(connection: duckdb.DuckDBPyConnection, files: str) -> None:
    """Table ``person_link``: each pseudonym that has another one under another key, and the least of all of the same person."""
    connection.execute(
        f"""
        create or replace temp table person_link as
        with recursive link as ({select_parquet(files, column_types(connection, LINK_SCHEMA))}),
        edge as (select before as person, now as other from link union select now, before from link),
        reached as (
            select person, other from edge
            union
            select reached.person, edge.other from reached inner join edge on reached.other = edge.person
        )
        select person, min(other) as known_as from reached group by person
        """
    )


def _call_alike(connection: duckdb.DuckDBPyConnection, name: str, source: Source) -> None:
    """Put a table in the place of a view of persons, in which a person is called the same whatever key was in force."""
    persons = [identifier(field.name) for field in source.fields if field.type == "person"]
    called = ", ".join(f"coalesce(link_{n}.known_as, given.{person}) as {person}" for n, person in enumerate(persons))
    joined = " ".join(
        f"left join person_link as link_{n} on link_{n}.person = given.{person}" for n, person in enumerate(persons)
    )
    connection.execute(f"create temp table given as select given.* replace ({called}) from {name} as given {joined}")
    connection.execute(f"drop view {name}")
    connection.execute(f"create table {name} as from given")
    connection.execute("drop table given")


def _parsed(folder: Path) -> str | None:
    return file_glob(folder, "*/part-0.parquet") if next(folder.glob("*/part-0.parquet"), None) else None


def _ledger(home: Home, nights: Sequence[int], table: str) -> str | None:
    return file_list([home.nights / f"{number:06d}" / f"{table}.parquet" for number in nights]) if nights else None


def prepare(
    home: Home, build_db: Path, rulesets: Sequence[str], nights: Sequence[int] | None = None, *, is_new: bool = True
) -> None:
    """Create the build file: schemas ``bronze``, ``quarantine``, ``ledger``, ``run``. What a killed build left is removed.

    Not ``is_new``: these schemas are put into the file that is there, and its other ones stay.

    The build reads the nights committed by now, or those named (``run.night``), and the corrections, names of units and prices
    that lie in the home by now (``run.correction``, ``run.unit_alias``, ``run.unit_cost``); what comes later is no part of it.

    No rule set named means all that are enabled by default. Raises UnknownRuleset, CorrectionError, UnitListUnusable,
    UnitCostsUnusable.
    """
    known = sorted(ruleset_ids())
    unknown = [name for name in rulesets if name not in known]
    if unknown:
        message = texts()["build"]["unknown_rulesets"]
        raise UnknownRuleset(message.format(unknown="、".join(unknown), known="、".join(known)))
    corrections, units, costs = correction_table(home), alias_table(home), unit_cost_table(home)
    sources = sorted(path.stem for path in SOURCES.glob("*.yml"))
    nights = Ledger(home).numbers() if nights is None else nights
    if is_new:
        remove_database(build_db)
    build_db.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(build_db)) as connection:
        connection.begin()  # a hundred small statements that are written once
        connection.execute("drop schema if exists bronze cascade")  # what was a view there may become a table
        for schema in ("bronze", "quarantine", "ledger", "run"):
            connection.execute(f"create schema if not exists {schema}")
        links = _parsed(home.bronze / LINKS)
        if links:
            _create_links(connection, links)
        for name in sources:
            source = load_source(name)
            bronze = f"bronze.{identifier(name)}"
            _create_view(connection, bronze, bronze_schema(source), _parsed(home.bronze / name))
            quarantine = _parsed(home.quarantine / name)
            _create_view(connection, f"quarantine.{identifier(name)}", quarantine_schema(source), quarantine)
            if links and source.has_persons:
                _call_alike(connection, bronze, source)
        for table in LEDGER_VIEWS:
            _create_view(connection, f"ledger.{table}", SCHEMAS[table], _ledger(home, nights, table))
        _create_view(connection, "ledger.inventory", SCHEMAS["inventory"], _ledger(home, nights[-1:], "inventory"))
        events = event_files(home, nights)
        _create_view(connection, "ledger.issue_events", ISSUE_EVENTS, file_list(events) if events else None)
        connection.execute("create or replace table run.night (night bigint not null, as_of date not null)")
        for night in nights:
            connection.execute(f"insert into run.night values ({night}, {literal(Ledger(home).night(night)['as_of'])})")
        connection.execute("create or replace table run.selected_ruleset (ruleset_id varchar not null)")
        for name in rulesets:
            connection.execute(f"insert into run.selected_ruleset values ({literal(name)})")
        connection.execute("create or replace table run.source (source varchar not null, supersedes varchar not null)")
        for name in sources:
            connection.execute(f"insert into run.source values ({literal(name)}, {literal(load_source(name).supersedes)})")
        tables = {"correction": corrections, "check": check_table(), "unit_alias": units, "unit_cost": costs}
        for name, given in tables.items():
            connection.register("given", given)
            connection.execute(f'create or replace table run."{name}" as select * from given')
            connection.unregister("given")
        connection.commit()
