"""Who reads which rows: ``access.yml`` as roles, grants and policies of PostgreSQL.

A reader logs in with a role of his own. What he may see is said in two places, and both have to say it: he is a member of
``junheng_reader`` or ``junheng_auditor``, which may read tables at all, and a row of ``<schema>_access.area_grant`` names him,
or a role that he is a member of, with an area. No setting that he can change takes part.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from psycopg import Connection, errors
from psycopg.rows import TupleRow

from junheng.core.sql import identifier, literal
from junheng.core.typed import StrictModel, load

READER, AUDITOR = "junheng_reader", "junheng_auditor"
"""Roles that may read figures, and what the audit looks at."""
FIGURES, AUDIT = "figures", "audit"
_FILE = Path(__file__).with_name("access.yml")
_OWN_ROLES = "select 1 from pg_catalog.pg_roles as r"
_IS_MEMBER = "pg_catalog.pg_has_role(r.oid, 'usage')"
"""Of role ``r``, by its number: a name that is no role any more would be an error for every reader."""


class Through(StrictModel):
    """A mart whose rows are those of what may be seen of another one."""

    column: str
    table: str


class Access(StrictModel):
    """``access.yml``."""

    open: list[str]
    audit: list[str]
    through: dict[str, Through]
    without_key: list[str]


class RolesMissing(RuntimeError):
    """The publisher may not make the roles of the readers; the message is the SQL that somebody else has to run."""


@cache
def access() -> Access:
    """Who may see what."""
    return load(_FILE, Access)


def is_placed(table: str, columns: list[str]) -> bool:
    """Whether it is known whose the rows of a mart are."""
    return table in access().open or table in access().through or "county_code" in columns


def access_schema(schema: str) -> str:
    """Schema that holds who may see what; a publish never replaces it."""
    return f"{schema}_access"


def grants_table(schema: str) -> str:
    """Name of the table of grants, quoted."""
    return f"{identifier(access_schema(schema))}.area_grant"


def prepare(connection: Connection[TupleRow], schema: str) -> None:
    """Make the roles and the table of grants where they are missing. Raises RolesMissing."""
    for role in (READER, AUDITOR):
        if not connection.execute("select 1 from pg_catalog.pg_roles where rolname = %s", [role]).fetchone():
            _create_role(connection, role)
    if connection.execute("select to_regclass(%s)", [grants_table(schema)]).fetchone() != (None,):
        return
    grants = grants_table(schema)
    for statement in (
        f"create schema {identifier(access_schema(schema))}",
        f"grant usage on schema {identifier(access_schema(schema))} to {READER}, {AUDITOR}",
        f"""create table {grants} (
            role_name name not null,
            area_code text not null check (area_code ~ '^[0-9]{{2,}}$'),
            kind text not null default {literal(FIGURES)} check (kind in ({literal(FIGURES)}, {literal(AUDIT)})),
            primary key (role_name, area_code, kind)
        )""",
        *protection(grants, f"exists ({_OWN_ROLES} where r.rolname = role_name and {_IS_MEMBER})", f"{READER}, {AUDITOR}"),
        f"grant select on {grants} to {READER}, {AUDITOR}",
    ):
        connection.execute(statement.encode())


def _create_role(connection: Connection[TupleRow], role: str) -> None:
    try:
        connection.execute(f"create role {role} nologin".encode())
    except errors.InsufficientPrivilege as error:
        raise RolesMissing("; ".join(f"create role {name} nologin" for name in (READER, AUDITOR))) from error


def protection(name: str, rows: str, readers: str) -> list[str]:
    """Statements after which a table shows these readers these rows, its publisher all of them, and nobody else any."""
    return [
        f"alter table {name} enable row level security",
        f"alter table {name} force row level security",
        f"create policy publisher on {name} to current_user using (true) with check (true)",
        f"create policy readers on {name} for select to {readers} using ({rows})",
    ]


def readers_of(table: str) -> str:
    """Roles that may read a table at all."""
    if table in access().open:
        return f"{READER}, {AUDITOR}"
    return AUDITOR if table in access().audit else READER


def rows_of(schema: str, table: str, within: str) -> str:
    """Condition on the rows of a table that a reader may see. ``within``: schema in which the table is being made."""
    through = access().through.get(table)
    if through:
        other = f"{identifier(within)}.{identifier(through.table)}"
        return f"{identifier(through.column)} in (select o.{identifier(through.column)} from {other} as o)"
    if table in access().open:
        return f"exists ({_granted(schema, '1', (FIGURES, AUDIT))})"
    kind = AUDIT if table in access().audit else FIGURES
    areas = _granted(schema, "g.area_code || '%'", (kind,))
    return f"county_code like any (array({areas}))"


def _granted(schema: str, what: str, kinds: tuple[str, ...]) -> str:
    """Query of the grants of the reader; it asks nothing of a row, so that it runs once in a query."""
    return (
        f"select {what} from {grants_table(schema)} as g join pg_catalog.pg_roles as r on r.rolname = g.role_name "
        f"where g.kind in ({', '.join(map(literal, kinds))}) and {_IS_MEMBER}"
    )
