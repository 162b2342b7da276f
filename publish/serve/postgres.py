"""A release loaded into PostgreSQL: the whole of it in one transaction, so that readers see one release and never fail.

Where the tables are what the release needs, their rows are replaced: readers go on with those that they began with, and nobody
waits for anybody. Where they are not (the first release, another version of the marts, grants or policies that somebody
changed), new tables are made beside them and take their place while no reader holds the old ones. Whatever ends the process, the
server or the connection in between leaves what was there before, because nothing else was ever committed.
"""

from __future__ import annotations

import io
import random
import re
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
from psycopg import Connection, Cursor, errors
from psycopg.rows import TupleRow

from junheng.core.sql import identifier
from publish.release.release import Release
from publish.serve import access, state
from publish.serve.shape import ServedTable, create_table, finish_table, served_tables, shape_digest

SCHEMA = "junheng"
_ROWS = 50_000
"""Rows of a batch that is sent."""
_DRIVER = re.compile(r"^postgres(ql)?(\+\w+)?://")
_ANOTHER_SECONDS = 30
"""How long a publish waits for another one to the same schema."""
_TRY_SECONDS = 0.1
"""How long readers may have to wait for a change of tables at a time; less than what a server takes for a deadlock (1 s)."""
_PAUSE_SECONDS = 0.25
PATIENCE_SECONDS = 600.0
"""How long a change of tables waits for readers that hold the old ones."""


class Loaded(StrEnum):
    """What a publish did."""

    UNCHANGED = "unchanged"
    FILLED = "filled"
    """Rows were replaced."""
    MADE = "made"
    """Tables were made anew."""


class AnotherPublish(RuntimeError):
    """Another publish to the same schema is running."""


class ForeignSchema(RuntimeError):
    """There is a schema of the name that no publish made; the message is its name."""


class ReadersInTheWay(RuntimeError):
    """The tables have to be made anew, and readers held the old ones all the time; the message names their sessions."""


def publish_to(dsn: str, release: Release, decision: str, schema: str = SCHEMA, patience: float = PATIENCE_SECONDS) -> Loaded:
    """Load a release. ``dsn``: as libpq or SQLAlchemy have it. ``decision``: what was decided about the release.

    Raises psycopg.Error, AnotherPublish, ForeignSchema, ReadersInTheWay, RolesMissing, NotServable: what is served stays.
    """
    with (
        duckdb.connect(str(release.database), read_only=True) as source,
        psycopg.connect(_DRIVER.sub("postgresql://", dsn), application_name="junheng publish", connect_timeout=30) as connection,
    ):
        tables = served_tables(source, release, decision)
        _hold(connection, schema)
        access.prepare(connection, schema)
        served = state.read(connection, schema)
        if served is None and state.exists(connection, schema):
            raise ForeignSchema(schema)
        now = state.Served(release.release_id, shape_digest(schema, tables), "", {table.name: table.sha256 for table in tables})
        stands = state.catalogue(connection, schema)
        if served is None or (served.shape, served.catalogue) != (now.shape, stands):
            outcome, changed = Loaded.MADE, tables
            _make(connection, source, schema, tables, patience if state.exists(connection, schema) else None)
        else:
            changed = [table for table in tables if served.tables.get(table.name) != table.sha256]
            outcome = Loaded.FILLED if changed else Loaded.UNCHANGED
            for table in changed:
                _fill(connection, source, schema, table)
        if outcome is not Loaded.UNCHANGED:
            made = state.catalogue(connection, schema)
            state.write(connection, schema, state.Served(now.release_id, now.shape, made, now.tables))
        connection.commit()
        connection.autocommit = True
        # what was copied into new tables left nothing dead
        tidy = "analyze" if outcome is Loaded.MADE else "vacuum (analyze, truncate false)"
        for table in changed:
            _run(connection, f"{tidy} {_name(schema, table)}")
    return outcome


def _run(connection: Connection[TupleRow], statement: str) -> Cursor[TupleRow]:
    return connection.execute(statement.encode())


def _name(schema: str, table: ServedTable) -> str:
    return f"{identifier(schema)}.{identifier(table.name)}"


def _hold(connection: Connection[TupleRow], schema: str) -> None:
    """Begin the transaction and keep other publishes away until it ends. Raises AnotherPublish."""
    _run(connection, "set search_path = pg_catalog")
    _run(connection, f"set lock_timeout = '{_ANOTHER_SECONDS}s'")
    try:
        connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [f"junheng publish {schema}"])
    except errors.LockNotAvailable as error:
        raise AnotherPublish(schema) from error
    connection.commit()


def _make(
    connection: Connection[TupleRow],
    source: duckdb.DuckDBPyConnection,
    schema: str,
    tables: Sequence[ServedTable],
    patience: float | None,
) -> None:
    """Make all tables in a schema of their own and put it in the place of the served one (patience None: there is none)."""
    new = f"{schema}_new"
    _run(connection, f"create schema {identifier(new)}")
    for table in tables:
        _run(connection, create_table(new, table))
        _copy(connection, source, table, _name(new, table), "format csv, freeze")
    for table in tables:
        _run(connection, "; ".join(finish_table(schema, new, table)))
    _run(connection, f"grant usage on schema {identifier(new)} to {access.READER}, {access.AUDITOR}")
    if patience is not None:
        _take(connection, schema, patience)
        _run(connection, f"drop schema {identifier(schema)} cascade")
    _run(connection, f"alter schema {identifier(new)} rename to {identifier(schema)}")


def _take(connection: Connection[TupleRow], schema: str, patience: float) -> None:
    """Lock every table of a schema as soon as no reader holds any. Raises ReadersInTheWay.

    Names are found one by one while a query begins: only where nobody is among them can none see tables of both schemas. A
    reader who holds one table and waits for another one that is taken ends the attempt; each takes them in another order.
    """
    query = "select relname from pg_class where relnamespace = to_regnamespace(%s) and relkind in ('r', 'p') order by relname"
    names = [f"{identifier(schema)}.{identifier(row[0])}" for row in connection.execute(query, [identifier(schema)]).fetchall()]
    end = time.monotonic() + patience
    _run(connection, f"set lock_timeout = '{int(_TRY_SECONDS * 1000)}ms'")
    while names:
        _run(connection, "savepoint take")
        try:
            _run(connection, f"lock table {', '.join(random.sample(names, len(names)))} in access exclusive mode")
            break
        except errors.LockNotAvailable as error:
            _run(connection, "rollback to savepoint take")
            if time.monotonic() > end:
                raise ReadersInTheWay("; ".join(_holders(connection, schema))) from error
            time.sleep(random.uniform(0, 2 * _PAUSE_SECONDS))


def _holders(connection: Connection[TupleRow], schema: str) -> Iterator[str]:
    """Sessions that hold tables of a schema."""
    query = """
        select distinct pid, usename, application_name from pg_locks join pg_stat_activity using (pid)
        join pg_class on relation = pg_class.oid where relnamespace = to_regnamespace(%s) and pid <> pg_backend_pid() order by pid
    """
    for pid, user, application in connection.execute(query, [identifier(schema)]).fetchall():
        yield f"{pid} {user} {application}".strip()


def _fill(connection: Connection[TupleRow], source: duckdb.DuckDBPyConnection, schema: str, table: ServedTable) -> None:
    """Replace the rows of a table. Where a key names them, only those that differ are touched."""
    name, new = _name(schema, table), f"pg_temp.{identifier(table.name)}"
    _run(connection, f"create temp table {identifier(table.name)} (like {name}) on commit drop")
    _copy(connection, source, table, new, "format csv")
    if table.key:
        _run(connection, f"analyze {new}")
        same_key = " and ".join(f"n.{column} = o.{column}" for column in map(identifier, table.key))
        _run(
            connection, f"delete from {name} as o where not exists (select 1 from {new} as n where {same_key} and {_same(table)})"
        )
        query = f"from {new} as n where not exists (select 1 from {name} as o where {same_key})"
        columns = ", ".join(f"n.{identifier(column.name)}" for column in table.columns)
        _run(connection, f"insert into {name} ({table.column_list}) select {columns} {query}")
    else:
        _run(connection, f"delete from {name}")
        _run(connection, f"insert into {name} ({table.column_list}) select {table.column_list} from {new}")
    _run(connection, f"drop table {new}")


def _same(table: ServedTable) -> str:
    sides = (f"({', '.join(f'{side}.{identifier(column.name)}' for column in table.columns)})" for side in "no")
    return " is not distinct from ".join(f"row{side}" for side in sides)


def _copy(
    connection: Connection[TupleRow], source: duckdb.DuckDBPyConnection, table: ServedTable, name: str, options: str
) -> None:
    """Copy the rows of a table as CSV: a text is quoted, an empty one too, and nothing is unknown."""
    reader = source.execute(table.query).to_arrow_reader(_ROWS)
    without_header = pa_csv.WriteOptions(include_header=False)
    with connection.cursor() as cursor, cursor.copy(f"copy {name} ({table.column_list}) from stdin ({options})".encode()) as copy:
        for batch in reader:
            buffer = io.BytesIO()
            pa_csv.write_csv(pa.Table.from_batches([batch]), buffer, without_header)
            copy.write(buffer.getbuffer())
