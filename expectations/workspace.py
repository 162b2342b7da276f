"""The DuckDB database in which a night is judged: one table of rows per source, the code lists, the submissions."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from expectations.catalogue import ContractFacts, Rules
from ingest.landing.bronze import bronze_schema
from ingest.schema.areas import area_prefix
from junheng.core.home import Home
from junheng.core.records import ParseResult
from junheng.core.sql import column_types, file_list, literal, model_query, scalar, select_parquet

_DELIVERY = (
    "submission_id",
    "source",
    "delivery_night",
    "covers",
    "area_prefix",
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
    """Create ``areas`` and ``counties`` (:func:`load_counties`) and ``kinds``."""
    load_counties(con, rules.codes)
    _load_seed(con, "kinds_text", rules.codes / "school_kinds.csv")
    con.execute(
        """
        create table kinds as
        select system, kind_code, name_zh, sector,
            has_primary::bigint as has_primary, has_junior::bigint as has_junior, has_senior::bigint as has_senior,
            always_folds::bigint as always_folds
        from kinds_text
        """
    )
    con.execute("drop table kinds_text")


def load_counties(con: duckdb.DuckDBPyConnection, codes: Path) -> None:
    """Create ``areas`` as the seed has them, and ``counties``: what a school can belong to, and in which years.

    Which areas those are is said by a model of the dbt project alone.
    """
    _load_seed(con, "areas", codes / "areas.csv")
    con.execute("alter table areas alter valid_from_year type bigint; alter table areas alter valid_to_year type bigint")
    con.execute(f"create table counties as {model_query('int_census__county_code')}")


def _load_seed(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    """Create a table of texts; an empty cell is null."""
    con.execute(f"create table {table} as select * from read_csv(?, header = true, all_varchar = true)", [glob.escape(str(path))])


def load_deliveries(con: duckdb.DuckDBPyConnection, deliveries: list[Delivery], table: str = "deliveries") -> None:
    """Create a table of deliveries, one row each."""
    rows = [
        {
            "submission_id": d.id,
            "source": d.source,
            "delivery_night": d.delivery_night,
            "covers": d.facts.covers,
            "area_prefix": area_prefix(d.result.area_code or "", d.facts.area_system),
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


def bronze_files(home: Home, source: str, submission_ids: list[str]) -> list[Path]:
    """Bronze files that exist, of these submissions."""
    paths = (home.bronze_file(source, submission_id) for submission_id in submission_ids)
    return [path for path in paths if path.is_file()]


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
    columns = [(name, dtype) for name, dtype in column_types(con, bronze_schema(rules.sources[source])) if name != "_extra"]
    files = bronze_files(home, source, submission_ids)
    typed = select_parquet(file_list(files) if files else None, columns)
    con.execute(
        f"""
        create or replace table {table} as
        with typed as ({typed})
        select row_number() over (order by r._submission_id, d.delivery_night, r._sheet, r._row) as _rid, r.*,
            d.delivery_night as _delivery_night, d.covers as _covers, d.area_prefix as _area_prefix,
            d.area_system as _area_system, d.kind_system as _kind_system, d.on_bad_row as _on_bad_row
        from typed as r
        inner join {deliveries} as d on d.submission_id = r._submission_id and d.source = {literal(source)}
        order by _rid
        """
    )
    return int(scalar(con, f"select count(*) from {table}"))
