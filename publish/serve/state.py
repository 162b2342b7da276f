"""What a database says of the release it serves, held against what really stands there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from psycopg import Connection
from psycopg.rows import TupleRow

from junheng.core.sql import identifier
from publish.serve.access import access_schema

_CATALOGUE = """
    with own as (
        select oid, relname, relkind, relowner, relrowsecurity, relforcerowsecurity, relacl
        from pg_catalog.pg_class where relnamespace = to_regnamespace(%(quoted)s)
    ), lines as (
        select concat_ws(' ', 'schema', nspowner::regrole, nspacl) as line from pg_catalog.pg_namespace where nspname = %(schema)s
        union all
        select concat_ws(' ', relname, relkind, relowner::regrole, relrowsecurity, relforcerowsecurity, relacl) from own
        union all
        select concat_ws(' ', relname, attname, format_type(atttypid, atttypmod), attnotnull, attacl)
        from own join pg_catalog.pg_attribute on attrelid = own.oid where attnum > 0 and not attisdropped
        union all
        select concat_ws(' ', tablename, policyname, permissive, roles, cmd, qual, with_check)
        from pg_catalog.pg_policies where schemaname = %(schema)s
        union all
        select concat_ws(' ', relname, tgname) from own join pg_catalog.pg_trigger on tgrelid = own.oid
        union all
        select concat_ws(' ', relname, rulename) from own join pg_catalog.pg_rewrite on ev_class = own.oid
    )
    select md5(string_agg(line, chr(10) order by line collate "C")) from lines
"""
"""One hash over tables, columns, owners, policies and grants of a schema."""


@dataclass(frozen=True)
class Served:
    """What was loaded last."""

    release_id: str
    shape: str
    """Hash over what was asked of the tables."""
    catalogue: str
    """Hash over what the database made of that."""
    tables: Mapping[str, str] = field(default_factory=dict)
    """Table → hash of what its rows were read from."""


def catalogue(connection: Connection[TupleRow], schema: str) -> str:
    """Hash over everything that stands in a schema but rows, comments and the content of indexes."""
    row = connection.execute(_CATALOGUE.encode(), {"schema": schema, "quoted": identifier(schema)}).fetchone()
    return str(row[0]) if row else ""


def exists(connection: Connection[TupleRow], schema: str) -> bool:
    """Whether there is a schema of this name."""
    return connection.execute("select to_regnamespace(%s)", [identifier(schema)]).fetchone() != (None,)


def read(connection: Connection[TupleRow], schema: str) -> Served | None:
    """What was loaded last; None before the first release."""
    connection.execute(f"create table if not exists {_table(schema)} (said jsonb not null)".encode())
    row = connection.execute(f"select said from {_table(schema)}".encode()).fetchone()
    return Served(**row[0]) if row else None


def write(connection: Connection[TupleRow], schema: str, served: Served) -> None:
    """Say what is loaded now."""
    connection.execute(f"delete from {_table(schema)}".encode())
    connection.execute(f"insert into {_table(schema)} values (%s)".encode(), [json.dumps(vars(served))])


def _table(schema: str) -> str:
    return f"{identifier(access_schema(schema))}.served"
