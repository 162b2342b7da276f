from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from ingest.landing.bronze import bronze_schema
from ingest.schema.source import load_source
from ingest.shapes.contracts import load_contracts
from junheng.core.home import Home
from junheng.core.records import SCHEMAS
from junheng.core.settings import PROJECT_ROOT
from junheng.core.sql import records
from publish.build.build import UnknownRuleset, has_accepted, prepare
from tests.unit.publish.fake_home import commit_night, refused, submission, write_bronze

SOURCES = ("school_census", "county_items", "monitoring_result")


def build(home: Home, rulesets: tuple[str, ...] = ()) -> Path:
    path = home.warehouse / "build.duckdb"
    prepare(home, path, rulesets)
    return path


def test_an_empty_home_gives_every_view_with_its_columns(tmp_path: Path) -> None:
    with duckdb.connect(str(build(Home(tmp_path).create()))) as connection:
        for source in SOURCES:
            found = connection.execute(f"select * from bronze.{source}")
            assert [column[0] for column in found.description or ()] == bronze_schema(load_source(source)).names
            assert found.fetchall() == []
        for table in ("submissions", "coverage", "check_results", "quarantined_rows"):
            found = connection.execute(f"select * from ledger.{table}")
            assert [column[0] for column in found.description or ()] == SCHEMAS[table].names


def test_types_of_a_view_do_not_depend_on_files(tmp_path: Path, home: Home) -> None:
    def types(path: Path) -> list[tuple[str, str]]:
        with duckdb.connect(str(path)) as connection:
            return [(r["column_name"], r["column_type"]) for r in records(connection, "describe bronze.school_census")]

    assert types(build(home)) == types(build(Home(tmp_path / "other").create()))


def test_views_show_bronze_and_ledger(home: Home) -> None:
    write_bronze(home, rows=5, submission_id="c" * 16)
    commit_night(home, [refused()])
    with duckdb.connect(str(build(home))) as connection:
        assert connection.execute("select count(*) from bronze.school_census").fetchone() == (17,)
        assert connection.execute("select status from ledger.submissions order by night").fetchall() == [
            ("accepted",),
            ("refused",),
        ]


def test_rule_sets_of_the_run(home: Home) -> None:
    with duckdb.connect(str(build(home, ("national-2017", "alagoas-demo")))) as connection:
        assert connection.execute("from run.selected_ruleset order by 1").fetchall() == [
            ("alagoas-demo",),
            ("national-2017",),
        ]


def test_what_a_file_of_each_source_supersedes(home: Home) -> None:
    with duckdb.connect(str(build(home))) as connection:
        found = dict(connection.execute("from run.source").fetchall())
    assert found.keys() == {contract.source for contract in load_contracts()}
    assert (found["findings"], found["school_census"], found["inspection"]) == ("county", "school", "record")


def test_an_unknown_rule_set_is_refused_before_anything_is_written(home: Home) -> None:
    with pytest.raises(UnknownRuleset, match="national-2018"):
        build(home, ("national-2018",))
    assert not list(home.warehouse.iterdir())


def test_what_a_killed_build_left_is_gone(home: Home) -> None:
    path = build(home)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table run.half_done (x integer)")
    path.with_name("build.duckdb.wal").write_bytes(b"torn")
    build(home)
    with duckdb.connect(str(path)) as connection:
        names = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
    assert names == [("check",), ("correction",), ("night",), ("selected_ruleset",), ("source",), ("unit_alias",), ("unit_cost",)]


def test_has_accepted(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    assert not has_accepted(home)
    commit_night(home, [refused()])
    assert not has_accepted(home)
    commit_night(home, [submission()])
    commit_night(home, [])
    assert has_accepted(home)


STARTS_DBT = re.compile(
    r'with_name\("dbt"\)|"publish\.build\.dbt_process"|"dbt", "(build|parse|compile|run)"|'
    r"dbt\.cli\.main import cli; cli\(\)|dbtRunner"
)


def test_dbt_is_started_in_one_place() -> None:
    packages = ("bench", "dags", "devtools", "expectations", "ingest", "junheng", "planning", "publish", "samples")
    paths = [path for package in packages for path in sorted((PROJECT_ROOT / package).rglob("*.py"))]
    starting = [
        path.relative_to(PROJECT_ROOT).as_posix() for path in paths if STARTS_DBT.search(path.read_text(encoding="utf-8"))
    ]
    assert starting == ["publish/build/dbt.py"]
    assert "$(BIN)/dbt " not in (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
