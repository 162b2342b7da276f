"""The marts of a build copied into a release: sorted, commented tables and Parquet beside them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from junheng.core.home import Home
from junheng.core.sql import catalog, columns, identifier, literal, tables
from publish.release.release import DATABASE, RESTRICTED
from publish.tables.artifacts import MARTS, Manifest

Finish = Callable[[duckdb.DuckDBPyConnection], None]


def copy_marts(home: Home, build_db: Path, target: Path, manifest: Manifest, finish: Finish = lambda _connection: None) -> None:
    """Copy schema ``marts`` as sorted, commented tables and as Parquet files; what is restricted into a folder of its own.

    ``finish`` gets the tables that every reader sees before their Parquet files are written.
    """
    with duckdb.connect(str(build_db), read_only=True) as connection:
        marts = tables(connection, catalog(connection), MARTS)
    shown = [table for table in marts if table not in manifest.restricted]
    _copy_tables(home, build_db, target / DATABASE, shown, manifest, finish)
    apart = target / RESTRICTED
    apart.mkdir(mode=0o700)
    _copy_tables(
        home, build_db, apart / f"{RESTRICTED}.duckdb", [table for table in marts if table in manifest.restricted], manifest
    )


def _copy_tables(
    home: Home,
    build_db: Path,
    database: Path,
    copied: list[str],
    manifest: Manifest,
    finish: Finish = lambda _connection: None,
) -> None:
    """Copy these marts into a new database, and as Parquet beside it."""
    parquet = database.parent / "parquet"
    parquet.mkdir()
    written = database if home.work == home.warehouse else home.work / database.name
    with duckdb.connect(str(written)) as connection:
        connection.execute(f"attach {literal(str(build_db))} as build (read_only)")
        connection.execute(f"create schema {MARTS}")
        for table in copied:
            name = f"{MARTS}.{identifier(table)}"
            connection.execute(f"create table {name} as select * from build.{name} order by all")
        connection.execute("detach build")
        finish(connection)
        for table in copied:
            name = f"{MARTS}.{identifier(table)}"
            file = literal(str(parquet / f"{table}.parquet"))
            connection.execute(f"copy {name} to {file} (format parquet, compression zstd)")
        connection.begin()
        for table in copied:
            _comment(connection, table, manifest)
        connection.commit()
    if written != database:
        shutil.move(written, database)


def _comment(connection: duckdb.DuckDBPyConnection, table: str, manifest: Manifest) -> None:
    mart = manifest.marts.get(table)
    if mart is None:
        return
    name = f"{MARTS}.{identifier(table)}"
    connection.execute(f"comment on table {name} is {literal(mart.comment)}")
    for column, _ in columns(connection, catalog(connection), MARTS, table):
        described = mart.columns.get(column)
        if described and described.comment:
            connection.execute(f"comment on column {name}.{identifier(column)} is {literal(described.comment)}")
