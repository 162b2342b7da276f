"""Small helpers for SQL text sent to DuckDB."""

from __future__ import annotations

import glob
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from junheng.core.settings import DBT_PROJECT

_REFERENCE = re.compile(r"\{\{ ref\('(\w+)'\) \}\}")


def identifier(name: str) -> str:
    """Quote a name."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | int) -> str:
    """A text (quoted) or whole number as SQL."""
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def file_glob(folder: Path, pattern: str) -> str:
    """The files below ``folder`` for ``read_parquet``; special characters in the folder's own name stay plain."""
    return literal(f"{glob.escape(str(folder))}/{pattern}")


def file_list(paths: Sequence[Path]) -> str:
    """Exactly these files for ``read_parquet``."""
    return "[" + ", ".join(literal(glob.escape(str(path))) for path in paths) + "]"


def read_parquet(files: str, columns: Sequence[tuple[str, str]]) -> str:
    """``read_parquet`` with these columns (name, type): cast where a file has another type, NULL where it has none.

    Saying the schema means that no file is opened to find it: with thousands of files that alone takes seconds.
    """
    entries = (
        f"{literal(name)}: {{name: {literal(name)}, type: {literal(dtype)}, default_value: null}}" for name, dtype in columns
    )
    return f"read_parquet({files}, schema = map {{{', '.join(entries)}}}, hive_partitioning = false)"


def select_parquet(files: str | None, columns: Sequence[tuple[str, str]]) -> str:
    """SELECT of these columns (name, type) over ``read_parquet``; without files, of no rows."""
    if files is None:
        return f"select {', '.join(f'null::{dtype} as {identifier(name)}' for name, dtype in columns)} where false"
    return f"select * from {read_parquet(files, columns)}"


@cache
def model_query(model: str) -> str:
    """Query of an intermediate model of the dbt project over tables named like its inputs: a rule needed before a build too.

    Raises ValueError for a model that needs dbt: one with macros.
    """
    (path,) = DBT_PROJECT.glob(f"models/intermediate/*/{model}.sql")
    query = _REFERENCE.sub(r"\1", path.read_text(encoding="utf-8"))
    if "{" in query:
        raise ValueError(f"{model} is made of macros")
    return query


def create_models(connection: duckdb.DuckDBPyConnection, *models: str) -> None:
    """Create models as views, each over tables and views that are there. Raises as :func:`model_query`."""
    for model in models:
        connection.execute(f"create or replace temp view {model} as {model_query(model)}")


def column_types(connection: duckdb.DuckDBPyConnection, schema: pa.Schema) -> list[tuple[str, str]]:
    """Names of an Arrow schema with the SQL types DuckDB gives them."""
    relation = connection.from_arrow(schema.empty_table())
    return [(name, str(dtype)) for name, dtype in zip(relation.columns, relation.types, strict=True)]


def records(connection: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[dict[str, Any]]:
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
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = ? and schema_name = ? order by 1",
        [catalog, schema],
    ).fetchall()
    return [row[0] for row in rows]


def columns(connection: duckdb.DuckDBPyConnection, catalog: str, schema: str, table: str) -> list[tuple[str, str]]:
    """Names and types of the columns of a table, in their order; of one that is not there, none.

    The table itself is asked: duckdb_columns() lists every column of every table first, thirty times the work.
    """
    name = ".".join(identifier(part) for part in (catalog, schema, table))
    try:
        rows = connection.execute(f"describe {name}").fetchall()
    except duckdb.CatalogException:
        return []
    return [(row[0], row[1]) for row in rows]


def catalog(connection: duckdb.DuckDBPyConnection) -> str:
    """Name of the database the connection was opened on."""
    return str(scalar(connection, "select current_database()"))
