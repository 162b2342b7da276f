"""Marts for tests: tables as their contracts have them, with the rows a test gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import duckdb
import pyarrow as pa

from junheng.core.sql import identifier
from publish.tables.mart_docs import DescribedColumn, marts


@lru_cache(maxsize=1)
def contracts() -> dict[str, dict[str, DescribedColumn]]:
    """Columns of every mart by name."""
    return {mart.name: {column.name: column for column in mart.columns} for mart in marts()}


def create_mart(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Mapping[str, object]] = ()) -> None:
    """Create a mart as its contract has it, but for what may not be null, and insert rows; a column that is not given is null.

    Raises KeyError for a mart or column that no contract knows.
    """
    columns = contracts()[name]
    described = ", ".join(f"{identifier(column.name)} {column.data_type}" for column in columns.values())
    connection.execute(f"create schema if not exists marts; create table marts.{name} ({described})")
    if unknown := {key for row in rows for key in row} - columns.keys():
        raise KeyError(f"{name}: {', '.join(sorted(unknown))}")
    if rows:
        given = list(dict.fromkeys(key for row in rows for key in row))
        texts = {key: [None if row.get(key) is None else str(row[key]) for row in rows] for key in given}
        connection.register("given", pa.table({key: pa.array(texts[key], pa.string()) for key in given}))
        connection.execute(f"insert into marts.{name} by name select * from given")
        connection.unregister("given")
