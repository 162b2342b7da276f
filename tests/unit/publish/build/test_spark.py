"""What a build on Spark is handed, and what is taken from it; no Spark is started."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from junheng.core.settings import BUILD_DB, Settings
from publish.build import spark


@pytest.fixture
def build_db(tmp_path: Path) -> Path:
    """A build file: bronze over the files of two submissions, and a table of the run."""
    path = tmp_path / BUILD_DB
    with duckdb.connect(str(path)) as connection:
        for submission in ("a", "b"):
            (tmp_path / "bronze" / submission).mkdir(parents=True)
            file = tmp_path / "bronze" / submission / "part-0.parquet"
            connection.execute(
                f"copy (select '{submission}' as school, 1.5::decimal(18, 4) as area) to '{file}' (format parquet)"
            )
        connection.execute("create schema bronze")
        connection.execute("create schema run")
        connection.execute(f"create view bronze.census as select * from read_parquet('{tmp_path}/bronze/*/part-0.parquet')")
        connection.execute("create table run.night as select 1::bigint as night, date '2026-03-01' as as_of, ['x'] as words")
    return path


def test_bronze_stays_where_it_lies_and_the_rest_is_copied(build_db: Path, tmp_path: Path) -> None:
    census, night = spark.hand_over(build_db, tmp_path / "inputs")
    assert census == {
        "name": "bronze.`census`",
        "columns": [("school", "string"), ("area", "decimal(18,4)")],
        "folder": str(tmp_path / "bronze"),
        "files": "part-0.parquet",
    }
    assert night["columns"] == [("night", "bigint"), ("as_of", "date"), ("words", "array<string>")]
    assert [path.name for path in (tmp_path / "inputs").iterdir()] == ["run.night"]
    assert duckdb.sql(f"select night from '{night['folder']}/{night['files']}'").fetchall() == [(1,)]


def test_tables_of_spark_come_into_the_build_file(build_db: Path, tmp_path: Path) -> None:
    made = tmp_path / "warehouse" / "marts.db" / "dim_school"
    made.mkdir(parents=True)
    duckdb.sql(f"copy (select 1 as n) to '{made}/part-1.parquet'; copy (select 2 as n) to '{made}/part-2.parquet'")
    with duckdb.connect(str(build_db)) as connection:
        connection.execute("create schema marts; create table marts.dim_school as select 9 as n")
    assert spark.take_back(tmp_path / "warehouse", build_db) == 1
    with duckdb.connect(str(build_db), read_only=True) as connection:
        assert connection.execute("select n from marts.dim_school order by n").fetchall() == [(1,), (2,)]


def test_settings_follow_the_size_of_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(Settings.spark_conf.name, "spark.executor.memory=3g spark.ui.enabled=true")
    small, large = spark.settings_for(1 << 20), spark.settings_for(1 << 33, 4.16)
    assert (small["spark.sql.adaptive.enabled"], large["spark.sql.adaptive.enabled"]) == ("false", "true")
    assert (small["spark.sql.shuffle.partitions"], large["spark.sql.shuffle.partitions"]) == ("2", "256")
    assert large["spark.sql.sources.fileCompressionFactor"] == "4.2"
    assert "spark.sql.codegen.wholeStage" not in large
    for settings in (small, large):
        assert settings["spark.sql.ansi.enabled"] == "true"
        assert settings["spark.executor.memory"] == "3g"
        assert settings["spark.ui.enabled"] == "true"


def test_the_input_is_measured(build_db: Path, tmp_path: Path) -> None:
    files = list((tmp_path / "bronze").rglob("*.parquet"))
    size, rows = spark.measured([tmp_path / "bronze"])
    assert size == sum(path.stat().st_size for path in files)
    assert rows > 0
    assert spark.measured([tmp_path / "nothing"]) == (0, 1.0)
