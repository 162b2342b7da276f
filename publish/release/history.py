"""The history by release: what every release said of a county, carried from one to the next outside of the content hash."""

from __future__ import annotations

import duckdb

from junheng.core.sql import catalog, identifier, literal, tables
from publish.release.release import Release
from publish.tables.artifacts import MARTS

TABLE = "fct_release_figure"
_EARLIER = "earlier"


def fill(connection: duckdb.DuckDBPyConnection, release_id: str, created_at: str, before: Release | None) -> int:
    """Give the history of a release that is being written its rows, after those of the release before it.

    Returns how many it has then.
    """
    if before is not None:
        connection.execute(f"attach {literal(str(before.database))} as {_EARLIER} (read_only)")
        if TABLE in tables(connection, _EARLIER, MARTS):
            _insert(connection, f"from {_EARLIER}.{MARTS}.{TABLE}")
        else:
            _insert(connection, _figures(_EARLIER, before.release_id, before.created_at))
        connection.execute(f"detach {_EARLIER}")
    _insert(connection, _figures(catalog(connection), release_id, created_at))
    return int((connection.execute(f"select count(*) from {MARTS}.{TABLE}").fetchone() or (0,))[0])


def _insert(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    connection.execute(f"insert into {MARTS}.{TABLE} by name {query}")


def _figures(database: str, release_id: str, created_at: str) -> str:
    """What a database says of the counties, as rows of the history."""
    return f"""
        select {literal(release_id)} as release_id, cast({literal(created_at[:19])} as timestamp) as published_at,
            county_code, school_year, stage, indicator_code, ruleset_id,
            cast(county_mean as double) as value, cast(difference_coefficient as double) as difference_coefficient, verdict
        from {identifier(database)}.{MARTS}.fct_county_indicator order by all
    """
