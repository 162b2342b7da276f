"""The content hash of a build: what its marts say, whatever the order of rows and the time of the run.

A row is encoded column by column as ``n`` (NULL) or ``<bytes>:<text>``, which no other row shares, and hashed with
SHA-256. The hash of a table covers its name, its columns with their types, and the sorted hashes of its rows.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

from junheng.core.sql import catalog, columns, identifier, tables
from publish.tables.artifacts import MARTS, Manifest, read_manifest

_BATCH = 200_000


@dataclass(frozen=True)
class TableContent:
    """Rows and hash of one table."""

    rows: int
    sha256: str


class Content(NamedTuple):
    """Hash over all tables of schema ``marts``, the tables' own hashes and their row counts."""

    hash: str
    tables: dict[str, str]
    counts: dict[str, int]


def _encoded(column: str) -> str:
    name = identifier(column)
    return f"case when {name} is null then 'n' else concat(strlen({name}::varchar), ':', {name}::varchar) end"


def table_content(connection: duckdb.DuckDBPyConnection, database: str, table: str, skip: frozenset[str]) -> TableContent:
    """Hash one table without the columns in ``skip``."""
    kept = sorted((n, t) for n, t in columns(connection, database, MARTS, table) if n not in skip)
    digest = hashlib.sha256(repr((table, kept)).encode())
    encoded = " || ".join(_encoded(name) for name, _ in kept) or "''"
    source = f"{identifier(database)}.{MARTS}.{identifier(table)}"
    reader = connection.execute(f"select sha256({encoded}) as h from {source} order by h").to_arrow_reader(_BATCH)
    count = 0
    for batch in reader:
        count += batch.num_rows
        digest.update("".join(str(row) for row in batch.column(0).to_pylist()).encode())
    return TableContent(count, digest.hexdigest())


def connection_content(connection: duckdb.DuckDBPyConnection, manifest: Manifest) -> Content:
    """Content of the database a connection is opened on."""
    database = catalog(connection)
    contents = {}
    for table in tables(connection, database, MARTS):
        mart = manifest.marts.get(table)
        contents[table] = table_content(connection, database, table, mart.volatile if mart else frozenset())
    digest = hashlib.sha256("".join(f"{name}={content.sha256}\n" for name, content in contents.items()).encode())
    return Content(
        digest.hexdigest(),
        {name: content.sha256 for name, content in contents.items()},
        {name: content.rows for name, content in contents.items()},
    )


def content_hash(build_db: Path, manifest: Path) -> Content:
    """Content of a build file: (hash, hash per table, rows per table)."""
    with duckdb.connect(str(build_db), read_only=True) as connection:
        return connection_content(connection, read_manifest(manifest))
