"""The tables of a release as PostgreSQL is to have them: types, keys, comments, who may read them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from junheng.core.sql import catalog, columns, identifier, literal, records, tables
from publish.release.release import Release, read_manifest_of
from publish.serve.access import access, is_placed, protection, readers_of, rows_of
from publish.tables.artifacts import MARTS
from publish.tables.mart_docs import questions
from publish.words.texts import texts

IN_FORCE = "release_in_force"
"""Table that says which release readers see."""
_TYPES = {"VARCHAR": "text", "INTEGER": "integer", "BIGINT": "bigint", "BOOLEAN": "boolean", "DATE": "date"}
_TYPES |= {"DOUBLE": "double precision", "TIMESTAMP": "timestamp", "HUGEINT": "numeric(38, 0)"}
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


@dataclass(frozen=True)
class ServedColumn:
    """A column."""

    name: str
    type: str
    comment: str
    is_required: bool


@dataclass(frozen=True)
class ServedTable:
    """A table that readers see."""

    name: str
    query: str
    """Of DuckDB, over the release: its rows."""
    columns: tuple[ServedColumn, ...]
    key: tuple[str, ...]
    """Columns that name a row; empty where some of them may be empty, or nothing names it."""
    grain: tuple[str, ...]
    comment: str
    sha256: str
    """Of what the rows are read from."""

    @property
    def column_list(self) -> str:
        """Names of the columns, quoted."""
        return ", ".join(identifier(column.name) for column in self.columns)


class NotServable(ValueError):
    """A mart of which it is not known whose its rows are, or a type that has no counterpart; the message names it."""


def _type(duckdb_type: str) -> str:
    decimal = _DECIMAL.fullmatch(duckdb_type)
    if decimal:
        return f"numeric({decimal[1]}, {decimal[2]})"
    try:
        return _TYPES[duckdb_type]
    except KeyError:
        raise NotServable(duckdb_type) from None


def served_tables(connection: duckdb.DuckDBPyConnection, release: Release, decision: str) -> list[ServedTable]:
    """The tables of a release, opened as ``connection``, and the one that says which release it is.

    What a release says of its grain is believed; ``decision`` is what was decided about it. Raises NotServable.
    """
    described = read_manifest_of(release.path)
    comments = _comments(connection)
    served = [_in_force(release, decision, described["versions"].get("marts", ""))]
    for name in tables(connection, catalog(connection), MARTS):
        typed = columns(connection, catalog(connection), MARTS, name)
        if not is_placed(name, [column for column, _ in typed]):
            raise NotServable(name)
        published = described["tables"][name]
        grain, required = tuple(published["grain"]), set(published.get("required", []))
        asked = questions().get(name)
        served.append(
            ServedTable(
                name,
                f"select * from {MARTS}.{identifier(name)}",
                tuple(ServedColumn(c, _type(t), comments.get((name, c), ""), c in required) for c, t in typed),
                grain if set(grain) <= required and name not in access().without_key else (),
                grain,
                " ".join(part for part in (asked.question_zh if asked else "", comments.get((name, ""), "")) if part),
                described.get("files", {}).get(f"parquet/{name}.parquet", release.release_id),
            )
        )
    return served


def _comments(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    rows = records(connection, f"select table_name, comment from duckdb_tables() where schema_name = '{MARTS}'")
    known = {(row["table_name"], ""): row["comment"] or "" for row in rows}
    rows = records(connection, f"select table_name, column_name, comment from duckdb_columns() where schema_name = '{MARTS}'")
    return known | {(row["table_name"], row["column_name"]): row["comment"] or "" for row in rows}


def _in_force(release: Release, decision: str, version: str) -> ServedTable:
    facts = {
        "release_id": release.release_id,
        "content_hash": release.content_hash,
        "created_at": release.created_at,
        "marts_version": version,
        "decision": decision,
    }
    query = "select " + ", ".join(f"{literal(value)} as {name}" for name, value in facts.items())
    labels: dict[str, str] = texts()["serve"]
    described = tuple(ServedColumn(name, "text", labels[name], True) for name in facts)
    digest = hashlib.sha256(query.encode()).hexdigest()
    return ServedTable(IN_FORCE, query, described, ("release_id",), ("release_id",), labels[IN_FORCE], digest)


def create_table(within: str, table: ServedTable) -> str:
    """Statement that makes a table without keys, which are faster made when it is full."""
    lines = [f"{identifier(c.name)} {c.type}{' not null' if c.is_required else ''}" for c in table.columns]
    return f"create table {identifier(within)}.{identifier(table.name)} ({', '.join(lines)})"


def finish_table(schema: str, within: str, table: ServedTable) -> Iterator[str]:
    """Statements after which a filled table has its keys, comments and readers. ``within``: schema in which it is being made."""
    name = f"{identifier(within)}.{identifier(table.name)}"
    if table.key:
        yield f"alter table {name} add primary key ({', '.join(map(identifier, table.key))})"
    if table.key[:1] != ("county_code",) and "county_code" in (column.name for column in table.columns):
        yield f"create index on {name} (county_code)"
    yield f"comment on table {name} is {literal(table.comment)}"
    for column in table.columns:
        if column.comment:
            yield f"comment on column {name}.{identifier(column.name)} is {literal(column.comment)}"
    readers = readers_of(table.name)
    yield from protection(name, rows_of(schema, table.name, within), readers)
    yield f"grant select on {name} to {readers}"


def shape_digest(schema: str, served: Sequence[ServedTable]) -> str:
    """Hash over everything that is asked of the tables but their rows."""
    statements = [line for table in served for line in (create_table(schema, table), *finish_table(schema, schema, table))]
    return hashlib.sha256("\n".join(statements).encode()).hexdigest()
