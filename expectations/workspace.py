"""The DuckDB database in which a night is judged: one table of rows per source, the code lists, the submissions."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from expectations.catalogue import ContractFacts, Rules
from ingest.source import ARROW_TYPES
from junheng.home import Home
from junheng.records import ParseResult

OPEN_ENDED = 9999
"""Last year of an area that still exists."""

_SQL_TYPES = {
    pa.string(): "varchar",
    pa.int64(): "bigint",
    pa.decimal128(18, 4): "decimal(18, 4)",
    pa.decimal128(28, 8): "decimal(28, 8)",
}
_PLACE = {
    "_submission_id": "varchar",
    "_contract": "varchar",
    "_sheet": "varchar",
    "_row": "bigint",
    "_cells": "varchar",
}
_DELIVERY = (
    "submission_id",
    "source",
    "delivery_night",
    "covers",
    "area_code",
    "area_system",
    "kind_system",
    "on_bad_row",
)


@dataclass(frozen=True)
class Delivery:
    """A parsed candidate: what ingest learned, its contract, and the night that delivered it."""

    result: ParseResult
    facts: ContractFacts
    delivery_night: int

    @property
    def id(self) -> str:
        """Submission id."""
        return self.result.submission_id

    @property
    def source(self) -> str:
        """Subject of the submission."""
        return self.facts.source


def rows_table(source: str) -> str:
    """Name of the table that holds the candidates' rows of a source."""
    return f"rows_{source}"


def load_codes(con: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """Create ``areas``, ``counties`` (areas a school can belong to: counties, and areas without any) and ``kinds``."""
    for table, file in (("areas_text", "areas.csv"), ("kinds_text", "school_kinds.csv")):
        con.execute(
            f"create table {table} as select * from read_csv(?, header = true, all_varchar = true)",
            [glob.escape(str(rules.codes / file))],
        )
    con.execute(
        f"""
        create table areas as
        select system, area_code, parent_code, name, level,
            valid_from_year::bigint as valid_from_year,
            coalesce(valid_to_year::bigint, {OPEN_ENDED}) as valid_to_year
        from areas_text
        """
    )
    con.execute(
        """
        create table counties as
        select a.* from areas as a
        where a.level = 'county'
            or not exists (select 1 from areas as c where c.system = a.system and c.parent_code = a.area_code)
        """
    )
    con.execute(
        """
        create table kinds as
        select system, kind_code, name_zh, sector,
            has_primary::bigint as has_primary, has_junior::bigint as has_junior, has_senior::bigint as has_senior,
            always_folds::bigint as always_folds
        from kinds_text
        """
    )
    con.execute("drop table areas_text")
    con.execute("drop table kinds_text")


def load_deliveries(con: duckdb.DuckDBPyConnection, deliveries: list[Delivery], table: str = "deliveries") -> None:
    """Create a table of deliveries, one row each."""
    rows = [
        {
            "submission_id": d.id,
            "source": d.source,
            "delivery_night": d.delivery_night,
            "covers": d.facts.covers,
            "area_code": d.result.area_code,
            "area_system": d.facts.area_system,
            "kind_system": d.facts.kind_system,
            "on_bad_row": d.facts.on_bad_row,
        }
        for d in deliveries
    ]
    fields = [pa.field(name, pa.int64() if name == "delivery_night" else pa.string()) for name in _DELIVERY]
    create_from_arrow(con, table, pa.Table.from_pylist(rows, schema=pa.schema(fields)))


def create_from_arrow(con: duckdb.DuckDBPyConnection, name: str, data: pa.Table) -> None:
    """Create a table from Arrow data."""
    con.register("arriving", data)
    con.execute(f"create or replace table {name} as select * from arriving")
    con.unregister("arriving")


def bronze_files(home: Home, source: str, submission_ids: list[str]) -> list[str]:
    """Bronze files that exist, of these submissions."""
    paths = (home.bronze_file(source, submission_id) for submission_id in submission_ids)
    return [str(path) for path in paths if path.is_file()]


def load_rows(
    con: duckdb.DuckDBPyConnection,
    rules: Rules,
    home: Home,
    source: str,
    submission_ids: list[str],
    *,
    table: str,
    deliveries: str = "deliveries",
) -> int:
    """Create the table of a source's rows, one set per delivery in the table ``deliveries``; returns their number.

    Every canonical column is there, whatever the contracts deliver (null where a file lacks it), and ``_rid`` numbers
    the rows in a stable order.
    """
    wanted = {**{f.name: _SQL_TYPES[ARROW_TYPES[f.type]] for f in rules.sources[source].fields}, **_PLACE}
    files = bronze_files(home, source, submission_ids)
    present: set[str] = set()
    bronze = "(select 1) where false"
    if files:
        listed = ", ".join(sql_text(glob.escape(file)) for file in files)
        bronze = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
        present = {row[0] for row in con.execute(f"describe select * from {bronze}").fetchall()}
    columns = ", ".join(f"cast({name if name in present else 'null'} as {dtype}) as {name}" for name, dtype in wanted.items())
    con.execute(
        f"""
        create or replace table {table} as
        with typed as (select {columns} from {bronze})
        select row_number() over (order by r._submission_id, d.delivery_night, r._sheet, r._row) as _rid, r.*,
            d.delivery_night as _delivery_night, d.covers as _covers, d.area_code as _area_code,
            d.area_system as _area_system, d.kind_system as _kind_system, d.on_bad_row as _on_bad_row
        from typed as r
        inner join {deliveries} as d on d.submission_id = r._submission_id and d.source = {sql_text(source)}
        order by _rid
        """
    )
    return scalar(con, f"select count(*) from {table}")


def sql_text(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def scalar(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number a query returns."""
    row = con.execute(query).fetchone()
    return int(row[0]) if row else 0


def records(con: duckdb.DuckDBPyConnection, query: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
    """Rows of a query by column name."""
    cursor = con.execute(query, parameters or [])
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
