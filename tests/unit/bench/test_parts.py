"""The benchmark's own parts on a small nation: the same figures from both baselines, and a difference is noticed."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import duckdb
import pytest

from bench import agree, frames, limit, measure, persons
from bench.nation import SOURCES, Nation, copy_project, write_home
from junheng.core.home import Home
from junheng.core.ledger import Ledger
from samples import area
from tests.marts import create_mart
from tests.unit.samples import sample_oracle as oracle

NATION = Nation(schools=240, counties=3, teachers=12_000, classes=5_000)
SOME = {*persons.CHILDREN, persons.PUPILS}
"""Sources that of these counties the first alone delivers."""
MODELS = {
    "int_roster__school_stage": "teacher_stage",
    "int_classes__school_stage": "class_stage",
    "int_pupils__school_grade": "pupil_grade",
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("bench")
    home = write_home(root / "home", NATION)
    limit.run(home, root / "limit.duckdb")
    frames.run(home, root / "frames")
    # what a build would hold: here a copy of the limit's own tables
    with duckdb.connect(str(root / "build.duckdb")) as connection:
        connection.execute(f"attach '{root / 'limit.duckdb'}' as limits (read_only)")
        for mart, table in (
            ("fct_school_indicator", "(select *, verdict as verdict_strict from limits.school_indicator)"),
            ("fct_county_indicator", "limits.county_indicator"),
            ("dim_indicator", "(select distinct indicator_code, false as is_composite from limits.county_indicator)"),
        ):
            create_mart(connection, mart)
            connection.execute(f"insert into marts.{mart} by name select *, 'r' as ruleset_id from {table}")
        # what the limit does not compute is left out
        connection.execute(
            "insert into marts.dim_indicator (indicator_code, is_composite, ruleset_id) values ('composite', true, 'r')"
        )
        connection.execute(
            "insert into marts.fct_county_indicator by name"
            " select county_code, school_year, stage, 'composite' as indicator_code, 'r' as ruleset_id"
            " from limits.county_indicator where indicator_code = 'L1'"
        )
        connection.execute("create schema intermediate")
        for model, table in MODELS.items():
            connection.execute(f"create table intermediate.{model} as from limits.{table}")
    return root


def test_the_home_is_one_committed_night(results: Path) -> None:
    ledger = Ledger(Home(results / "home"))
    assert ledger.numbers() == [1]
    files = NATION.counties * (len(SOURCES) - len(SOME)) + len(SOME)
    assert len(ledger.table("submissions")) == len(ledger.table("coverage")) == files
    rows = dict.fromkeys(SOURCES, 0)
    for coverage in ledger.table("coverage").to_pylist():
        rows[coverage["source"]] += coverage["rows"]
    assert rows["school_census"] == NATION.schools
    assert NATION.teachers <= rows["teacher_roster"] <= NATION.teachers + 2 * NATION.schools
    assert NATION.classes <= rows["class_list"] <= NATION.classes + 2 * NATION.schools
    assert all(rows[source] for source in SOME)


def test_child_tables_and_registry_say_something_of_everybody(results: Path) -> None:
    with duckdb.connect(str(results / "limit.duckdb"), read_only=True) as connection:
        told = "certified > 0 and trained_360h > 0 and above_degree > 0 and exchange_eligible > 0"
        schools, known, all_told, elsewhere = connection.execute(
            f"select count(*) filter (county_code = '980101'), count(certified), count(*) filter ({told}),"
            " count(exchanged) filter (county_code <> '980101') from teacher_stage where teachers > 20"
        ).fetchall()[0]
        assert schools == known > 0
        assert all_told > known / 2
        assert elsewhere == 0
        pupils = connection.execute("select sum(pupils), sum(boarders) > 0, max(largest_class) from pupil_grade").fetchall()[0]
    census = [row for row in area.generate(NATION.counties, NATION.schools, 20250901) if row["county_code"] == "980101"]
    assert pupils[0] == sum((row["pupils_primary"] or 0) + (row["pupils_junior"] or 0) for row in census)
    assert pupils[1]
    assert 0 < pupils[2] <= 42


def test_one_file_holds_what_the_counties_hold(results: Path, tmp_path: Path) -> None:
    limit.run(Home(results / "home"), tmp_path / "packed.duckdb", packed=True)
    with duckdb.connect() as connection:
        for name, path in (("one", results / "limit.duckdb"), ("many", tmp_path / "packed.duckdb")):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        for table in ("county_indicator", *MODELS.values()):
            differing = (
                f"from ((from one.{table} except from many.{table}) union all (from many.{table} except from one.{table}))"
            )
            assert connection.execute(f"select count(*) {differing}").fetchall() == [(0,)]
            assert connection.execute(f"select count(*) > 0 from one.{table}").fetchall() == [(True,)]


def test_the_limit_agrees_with_the_rule_text(results: Path) -> None:
    rows = area.generate(NATION.counties, NATION.schools, 20250901)
    fields = ("migrant_pupils", "main_school_code")
    county = [{**dict.fromkeys(fields), **row} for row in rows if row["county_code"] == "980102"]
    with duckdb.connect(str(results / "limit.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select stage, indicator_code, difference_coefficient, verdict from county_indicator"
            " where county_code = '980102' and indicator_code <> 'L7'"
        ).fetchall()
    assert len(found) == 12
    for stage, indicator, coefficient, verdict in found:
        expected = oracle.county(county, indicator, stage)
        assert expected is not None
        assert coefficient == pytest.approx(expected[1], rel=1e-12)
        assert verdict == ("met" if expected[1] <= oracle.LIMITS[stage] else "unmet")


def test_agreement_is_counted_and_a_difference_is_an_error(results: Path, tmp_path: Path) -> None:
    arguments = (results / "limit.duckdb", results / "frames", results / "build.duckdb", "r")
    compared, counts = agree.check(*arguments)
    assert compared == NATION.counties * 14
    assert counts > NATION.schools * 18
    wrong = tmp_path / "build.duckdb"
    wrong.write_bytes((results / "build.duckdb").read_bytes())
    with duckdb.connect(str(wrong)) as connection:
        connection.execute(
            "update marts.fct_county_indicator set difference_coefficient = difference_coefficient + 1e-6"
            " where county_code = '980101' and stage = 'junior' and indicator_code = 'L4'"
        )
    with pytest.raises(agree.Disagreement, match="1 differ"):
        agree.check(results / "limit.duckdb", results / "frames", wrong, "r")


@pytest.mark.parametrize(
    ("model", "column"),
    [
        ("int_roster__school_stage", "pe_art"),
        ("int_roster__school_stage", "trained_360h"),
        ("int_classes__school_stage", "classes_41_45"),
        ("int_pupils__school_grade", "boarders"),
    ],
)
def test_a_count_that_differs_or_is_lost_is_an_error(results: Path, tmp_path: Path, model: str, column: str) -> None:
    first = f"rowid = (select min(rowid) from intermediate.{model} where {column} is not null)"
    for change in (f"update intermediate.{model} set {column} = {column} + 1", f"delete from intermediate.{model}"):
        wrong = tmp_path / "build.duckdb"
        wrong.write_bytes((results / "build.duckdb").read_bytes())
        with duckdb.connect(str(wrong)) as connection:
            connection.execute(f"{change} where {first}")
        with pytest.raises(agree.Disagreement, match="dbt: 1 of"):
            agree.check(results / "limit.duckdb", results / "frames", wrong, "r")


def test_the_copied_project_knows_the_counties(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "dbt_project", NATION)
    with open(project / "seeds" / "codes" / "areas.csv", encoding="utf-8", newline="") as handle:
        areas = {row["area_code"]: row for row in csv.DictReader(handle)}
    assert areas["980103"]["parent_code"] == "980100"
    assert areas["980100"]["parent_code"] == "980000"
    assert not (project / "target").exists()


def test_a_command_is_measured_and_its_failure_shown(tmp_path: Path) -> None:
    block = "import time; x = bytearray(200 * 2**20); time.sleep(0.1)"
    found = measure.run([sys.executable, "-c", block], {}, tmp_path / "log")
    assert found.seconds > 0.1
    assert found.peak_mib > 200
    assert found.cpu_seconds > 0
    with pytest.raises(measure.CommandFailed, match="no such luck"):
        measure.run([sys.executable, "-c", "raise SystemExit('no such luck')"], {}, tmp_path / "log")
