from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from junheng.core.sql import (
    column_types,
    columns,
    create_models,
    file_glob,
    file_list,
    literal,
    model_query,
    read_parquet,
    records,
    scalar,
)

SCHEMA = pa.schema([("code", pa.string()), ("pupils", pa.int64()), ("area", pa.decimal128(18, 4))])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of three generations: as the schema says, without a column and with one it lacks, of another type."""
    folder = tmp_path / "a [b]'s"
    folder.mkdir()
    pq.write_table(pa.table({"code": ["a"], "pupils": [1], "area": [None]}, schema=SCHEMA), folder / "1.parquet")
    pq.write_table(pa.table({"pupils": [2], "gone": ["x"]}), folder / "2.parquet")
    pq.write_table(pa.table({"code": ["c"], "pupils": ["3"], "area": [1.5]}), folder / "3.parquet")
    return folder


def test_files_of_all_generations_are_read_as_the_schema_says(folder: Path) -> None:
    with duckdb.connect() as connection:
        typed = column_types(connection, SCHEMA)
        assert typed == [("code", "VARCHAR"), ("pupils", "BIGINT"), ("area", "DECIMAL(18,4)")]
        for files in (file_glob(folder, "*.parquet"), file_list(sorted(folder.iterdir()))):
            found = connection.sql(f"select * from {read_parquet(files, typed)} order by pupils")
            assert [str(dtype) for dtype in found.types] == [dtype for _, dtype in typed]
            assert found.fetchall() == [("a", 1, None), (None, 2, None), ("c", 3, pytest.approx(1.5))]


def test_no_file_is_opened_to_find_its_columns(folder: Path) -> None:
    with duckdb.connect() as connection:
        query = f"select * from {read_parquet(file_glob(folder, '*.parquet'), column_types(connection, SCHEMA))}"
        for path in folder.iterdir():
            path.write_bytes(b"not a Parquet file")
        assert len(connection.execute(f"explain {query}").fetchall()) == 1
        with pytest.raises(duckdb.Error):
            connection.execute(query).fetchall()


def test_records_and_scalar() -> None:
    with duckdb.connect() as connection:
        assert records(connection, "select ? as a, ? as b", 1, "x") == [{"a": 1, "b": "x"}]
        quoted = literal("it's")
        assert scalar(connection, f"select {quoted} || {literal(3)}") == "it's3"
        assert scalar(connection, "select 1 where false") is None


def test_a_table_says_its_columns_in_their_order() -> None:
    with duckdb.connect() as connection:
        connection.execute('create schema "a b"; create table "a b"."x.y" (pupils bigint, area decimal(18, 4), "Name" varchar)')
        found = columns(connection, "memory", "a b", "x.y")
        assert found == [("pupils", "BIGINT"), ("area", "DECIMAL(18,4)"), ("Name", "VARCHAR")]
        listed = "select column_name, data_type from duckdb_columns() where table_name = 'x.y' order by column_index"
        assert found == connection.execute(listed).fetchall()
        assert columns(connection, "memory", "a b", "z") == []


def test_a_model_is_asked_over_tables_of_the_names_of_its_inputs() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            """
            create table stg_ledger__submission (submission_id varchar, delivery_night int, night int, status varchar);
            insert into stg_ledger__submission values ('a', 1, 1, 'accepted'), ('a', 1, 2, 'refused'), ('b', 1, 1, 'accepted')
            """
        )
        create_models(connection, "int_ledger__delivery")
        served = records(connection, "select submission_id from int_ledger__delivery where is_served")
    assert served == [{"submission_id": "b"}]


def test_a_model_that_dbt_has_to_make_is_none() -> None:
    with pytest.raises(ValueError, match="int_census__reported_school is made of macros"):
        model_query("int_census__reported_school")
