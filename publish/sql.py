"""Small helpers for SQL text sent to DuckDB."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb


def identifier(name: str) -> str:
    """Quote a name."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text value."""
    return "'" + text.replace("'", "''") + "'"


def parquet_glob(folder: Path, pattern: str) -> str:
    """``read_parquet`` over the files below ``folder``; special characters in the folder's own name stay plain."""
    return _read_parquet(literal(f"{glob.escape(str(folder))}/{pattern}"))


def parquet_files(paths: Sequence[Path]) -> str:
    """``read_parquet`` over exactly these files."""
    return _read_parquet("[" + ", ".join(literal(glob.escape(str(path))) for path in paths) + "]")


def _read_parquet(files: str) -> str:
    return f"read_parquet({files}, union_by_name = true, hive_partitioning = false)"


def rows(connection: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[dict[str, Any]]:
    """Run a query and return its rows as dictionaries."""
    cursor = connection.execute(query, list(parameters))
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def scalar(connection: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> Any:
    """First column of the first row."""
    row = connection.execute(query, list(parameters)).fetchone()
    return row[0] if row else None


def tables(connection: duckdb.DuckDBPyConnection, catalog: str, schema: str) -> list[str]:
    """Names of the tables of a schema, sorted."""
    found = connection.execute(
        "select table_name from duckdb_tables() where database_name = ? and schema_name = ? order by 1",
        [catalog, schema],
    ).fetchall()
    return [row[0] for row in found]


def columns(connection: duckdb.DuckDBPyConnection, catalog: str, schema: str, table: str) -> list[tuple[str, str]]:
    """Names and types of the columns of a table, in their order."""
    found = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = ? and schema_name = ? and table_name = ? order by column_index",
        [catalog, schema, table],
    ).fetchall()
    return [(row[0], row[1]) for row in found]


def catalog(connection: duckdb.DuckDBPyConnection) -> str:
    """Name of the database the connection was opened on."""
    return str(scalar(connection, "select current_database()"))
