from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from junheng.core.home import Home
from junheng.core.records import CheckStatus
from junheng.core.settings import DBT_PROJECT
from junheng.core.sql import records
from publish.release.audit import audit
from publish.release.audit_result import AuditReport
from publish.tables.artifacts import read_manifest
from publish.words.texts import texts
from tests.unit.publish.fake_home import commit_night, make_build, refused, submission, write_bronze
from tests.unit.publish.fake_marts import REQUIREMENTS, TEST, Shape, write_manifest

OTHER_TEST = "test.junheng.met_needs_value"


def results(path: Path, statuses: Sequence[tuple[str, str, int]] = ((TEST, "pass", 0),)) -> Path:
    found = [{"unique_id": uid, "status": status, "failures": n} for uid, status, n in statuses]
    found.append({"unique_id": "model.junheng.dim_county", "status": "success", "failures": None})
    path.write_text(json.dumps({"results": found}), encoding="utf-8")
    return path


@pytest.fixture
def run_results(tmp_path: Path) -> Path:
    return results(tmp_path / "run_results.json")


@pytest.fixture
def build_db(home: Home) -> Path:
    return make_build(home, Shape(requirements=REQUIREMENTS))


Run = Callable[[], AuditReport]


@pytest.fixture
def run(home: Home, build_db: Path, run_results: Path, manifest: Path) -> Run:
    return lambda: audit(home, build_db, run_results, manifest)


def red(report: AuditReport) -> list[str]:
    assert not report.ok
    return [check.check_id for check in report.checks if check.red]


def alter(build_db: Path, sql: str) -> None:
    with duckdb.connect(str(build_db)) as connection:
        connection.execute(sql)


def test_a_good_build_is_green_and_every_check_looked_at_something(run: Run) -> None:
    report = run()
    assert report.failures == []
    assert report.ok
    nothing_to_correct = "audit.corrections_hold"
    assert {check.status for check in report.checks if check.check_id != nothing_to_correct} == {CheckStatus.PASS}
    assert [check.status for check in report.checks if check.check_id == nothing_to_correct] == [CheckStatus.NO_DATA]
    assert len(report.checks) == 16
    assert texts()["check_titles"]["other"] not in {check.title for check in report.checks if check.engine == "audit"}


def test_nothing_checked_is_not_green() -> None:
    assert not AuditReport().ok


def test_no_declared_test_is_red(home: Home, build_db: Path, run_results: Path, tmp_path: Path) -> None:
    report = audit(home, build_db, run_results, write_manifest(tmp_path / "empty.json", tests=()))
    assert red(report) == ["audit.dbt_tests_ran"]


def test_no_run_results_is_red(home: Home, build_db: Path, manifest: Path, tmp_path: Path) -> None:
    for missing in (None, tmp_path / "none.json"):
        assert red(audit(home, build_db, missing, manifest)) == ["unique_grain_dim_county", "audit.dbt_tests_ran"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("pass", None),
        ("warn", None),
        ("fail", CheckStatus.FAIL),
        ("error", CheckStatus.ERROR),
        ("skipped", CheckStatus.DID_NOT_RUN),
        ("surprise", CheckStatus.ERROR),
        (None, CheckStatus.DID_NOT_RUN),
    ],
)
def test_outcome_of_a_declared_test(
    home: Home, build_db: Path, tmp_path: Path, status: str | None, expected: CheckStatus | None
) -> None:
    declared = write_manifest(tmp_path / "two.json", tests=(TEST, OTHER_TEST))
    outcome = [(TEST, "pass", 0), *([(OTHER_TEST, status, 3)] if status else [])]
    report = audit(home, build_db, results(tmp_path / "r.json", outcome), declared)
    (check,) = [check for check in report.checks if check.check_id == "met_needs_value"]
    assert report.ok is (expected is None)
    if expected is not None:
        assert check.status == expected
        assert "met_needs_value" in report.failures[0]


def test_a_model_that_failed_is_red(home: Home, build_db: Path, tmp_path: Path, manifest: Path) -> None:
    outcome = [(TEST, "pass", 0), ("model.junheng.fct_county_indicator", "error", 0)]
    assert red(audit(home, build_db, results(tmp_path / "r.json", outcome), manifest)) == ["model.junheng.fct_county_indicator"]


FAULTS = {
    "audit.marts_present": "drop table marts.fct_school_verdict",
    "audit.dimensions_filled": "delete from marts.dim_code",
    "audit.facts_filled": "delete from marts.fct_county_indicator where school_year = 2025",
    "audit.rows_accounted": "update marts.aud_submission set rows_accepted = 11",
    "audit.coverage_in_dim_county": "delete from marts.dim_county where school_year = 2025",
    "audit.check_index_covers": "delete from marts.aud_check_index where school_year = 2025",
    "audit.submissions_present": "update marts.aud_submission set submission_id = 'another'",
    "audit.verdicts_have_figures": "update marts.fct_county_indicator set verdict = 'met' where verdict = 'undecided'",
    "audit.rulesets_cover": "update marts.dim_ruleset set is_selected = ruleset_id = 'alagoas-demo'",
}


@pytest.mark.parametrize("check_id", FAULTS)
def test_a_fault_in_the_built_file_is_red(run: Run, build_db: Path, check_id: str) -> None:
    alter(build_db, FAULTS[check_id])
    assert red(run()) == [check_id]


def test_a_limit_without_a_verdict_is_red(run: Run, build_db: Path) -> None:
    alter(build_db, "update marts.fct_county_indicator set verdict = null")
    assert red(run()) == ["audit.verdicts_have_figures"]


def test_every_data_test_says_what_it_asks() -> None:
    titles = texts()["check_titles"]
    declared = read_manifest(DBT_PROJECT / "target" / "manifest.json").tests.values()
    assert {test.kind for test in declared} - titles.keys() == set()


def test_no_ruleset_for_any_county_says_what_to_do(run: Run, build_db: Path) -> None:
    alter(build_db, "delete from marts.fct_county_indicator; delete from marts.dim_school_scope")
    alter(build_db, FAULTS["audit.rulesets_cover"])
    report = run()
    assert red(report) == ["audit.rulesets_cover"]
    assert "所用规则集不适用于任何一个已接受的县·学年（共 1 个，如 990101/2025）" in report.failures[0]


def test_a_ruleset_may_leave_some_counties_out(home: Home, run_results: Path, manifest: Path) -> None:
    commit_night(home, [submission(submission_id="d" * 16, sha256="d" * 64)], county="2700102")
    write_bronze(home, submission_id="d" * 16)
    build_db = make_build(home)
    alter(build_db, "insert into marts.dim_county (county_code, school_year) values ('2700102', 2025)")
    alter(
        build_db,
        "insert into marts.aud_check_index by name select '2700102' as county_code, 2025 as school_year,"
        " 'school_census' as source, 'census.coded' as check_id, 'pass' as state",
    )
    alter(
        build_db,
        "insert into marts.aud_submission (submission_id, rows_read, rows_accepted, rows_quarantined)"
        f" values ('{'d' * 16}', 12, 12, 0)",
    )
    assert audit(home, build_db, run_results, manifest).failures == []


def test_an_accepted_census_that_no_check_can_see_is_red(home: Home, run_results: Path, manifest: Path) -> None:
    for table in ("coverage", "check_results"):
        path = home.nights / "000001" / f"{table}.parquet"
        pq.write_table(pq.read_table(path).slice(0, 0), path)
    report = audit(home, make_build(home), run_results, manifest)
    blind = {"audit.rulesets_cover", "audit.coverage_in_dim_county", "audit.check_index_covers", "audit.engines_ran"}
    assert blind <= set(red(report))
    assert {c.status for c in report.checks if c.check_id in blind - {"audit.engines_ran"}} == {CheckStatus.DID_NOT_RUN}


def test_rows_given_up_stay_in_bronze(home: Home, run_results: Path, manifest: Path) -> None:
    given_up = [{"submission_id": "d" * 16, "row": n, "rule": rule} for n, rule in ((2, "a"), (2, "b"), (None, "c"))]
    good = submission(submission_id="d" * 16, sha256="d" * 64, rows_accepted=11, rows_quarantined=1)
    commit_night(home, [good], quarantined=given_up)
    write_bronze(home, submission_id="d" * 16)
    build_db = make_build(home)
    alter(
        build_db,
        "insert into marts.aud_submission (submission_id, rows_read, rows_accepted, rows_quarantined)"
        f" values ('{'d' * 16}', 12, 11, 1)",
    )
    assert audit(home, build_db, run_results, manifest).failures == []
    commit_night(home, [good])  # judged again, and nobody says which row is not taken
    assert red(audit(home, make_build(home), run_results, manifest)) == ["audit.submissions_present", "audit.bronze_complete"]


def test_a_row_lost_from_bronze_is_red(run: Run, home: Home) -> None:
    write_bronze(home, rows=11)
    assert red(run()) == ["audit.bronze_complete"]


@pytest.mark.parametrize(("status", "ok"), [("error", True), ("pass", False)])
def test_a_file_refused_because_its_rows_do_not_add_up_is_settled(run: Run, build_db: Path, status: str, ok: bool) -> None:
    """Nothing of it is used, and a ledger never changes: it must not stop every later release."""
    alter(
        build_db,
        "insert into marts.aud_submission (submission_id, night, status, rows_read, rows_accepted, rows_quarantined)"
        " values ('x', 1, 'refused', 3, 0, 2)",
    )
    noted = f"'x' as submission_id, 1 as night, 'rows_accounted' as check_id, '{status}' as status, 'gx' as engine, 'x' as source"
    alter(build_db, f"drop view ledger.check_results; create table ledger.check_results as select {noted}")
    assert ("audit.rows_accounted" in [c.check_id for c in run().checks if c.red]) is not ok


def test_the_same_school_code_in_two_counties_is_two_schools(run: Run, build_db: Path) -> None:
    alter(build_db, "delete from marts.fct_county_indicator where school_year = 2025")
    alter(
        build_db,
        "insert into marts.dim_school_scope select * replace ('990102' as county_code, false as in_scope)"
        " from marts.dim_school_scope",
    )
    alter(
        build_db,
        "insert into marts.dim_school (county_code, school_year, school_code) select '990102', school_year,"
        " school_code from marts.dim_school",
    )
    assert red(run()) == ["audit.facts_filled"]


def test_unknown_rows_are_not_accounted_for(run: Run, build_db: Path) -> None:
    alter(build_db, "update marts.aud_submission set rows_read = null")
    assert red(run()) == ["audit.rows_accounted"]


def test_a_lost_bronze_file_is_red(run: Run, home: Home) -> None:
    home.bronze_file("school_census", "a" * 16).unlink()
    with pytest.raises(duckdb.IOException):
        run()  # the view has lost its only file
    other = home.bronze_file("school_census", "c" * 16)
    other.parent.mkdir()
    alter(home.warehouse / "x.duckdb", f"copy (select 'c' as _submission_id) to '{other}' (format parquet)")
    assert red(run()) == ["audit.bronze_complete"]


@pytest.mark.parametrize("gx", [[], [("gx", "did_not_run")], [("gx", "error")]])
def test_a_source_that_only_one_engine_judged_is_red(
    home: Home, run_results: Path, manifest: Path, gx: list[tuple[str, str]]
) -> None:
    commit_night(home, [], engines=[("sql", "pass"), *gx])
    assert red(audit(home, make_build(home), run_results, manifest)) == ["audit.engines_ran"]


def test_a_night_committed_during_the_build_belongs_to_the_next_one(run: Run, home: Home, build_db: Path) -> None:
    night = commit_night(home, [refused()])
    assert run().failures == []
    alter(build_db, f"insert into run.night values ({night}, date '2026-03-01')")
    assert red(run()) == ["audit.submissions_present"]


def test_a_build_of_no_night_is_red(run: Run, build_db: Path) -> None:
    alter(build_db, "delete from run.night")
    assert red(run()) == ["audit.submissions_present"]


def test_a_county_with_no_school_in_scope_needs_no_figures(run: Run, build_db: Path) -> None:
    alter(build_db, "delete from marts.fct_county_indicator; update marts.dim_school_scope set in_scope = false")
    report = run()
    assert report.failures == []


def test_no_build_file_is_red(home: Home, run_results: Path, manifest: Path) -> None:
    assert red(audit(home, home.warehouse / "none.duckdb", run_results, manifest)) == ["audit.marts_present"]
    assert not (home.warehouse / "none.duckdb").exists()


def test_results_are_rows_of_the_build_and_stay_single(run: Run, build_db: Path, tmp_path: Path) -> None:
    def written() -> list[dict[str, object]]:
        with duckdb.connect(str(build_db), read_only=True) as connection:
            return records(connection, "from marts.aud_check_result where engine in ('dbt', 'audit') order by all")

    report = run()
    first = written()
    assert len(first) == len(report.checks)
    assert {row["status"] for row in first if row["check_id"] != "audit.corrections_hold"} == {"pass"}
    run()
    assert written() == first
    report.write(tmp_path / "audit.json")
    assert json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))["ok"] is True


def test_requirement_without_a_row_or_a_verdict_is_red(run: Run, build_db: Path) -> None:
    alter(build_db, "delete from marts.fct_county_requirement where requirement_code = 'Q8' and school_year = 2024")
    alter(build_db, "update marts.fct_county_requirement set verdict = null where requirement_code = 'V5' and school_year = 2025")
    report = run()
    assert red(report) == ["audit.requirements_answered"]
    (message,) = report.failures
    assert "990101/2024/national-2017/Q8/all" in message
    assert "990101/2025/national-2017/V5/all" in message


def test_county_without_a_verdict_is_red(run: Run, build_db: Path) -> None:
    alter(build_db, "delete from marts.fct_county_verdict where school_year = 2025")
    report = run()
    assert red(report) == ["audit.verdicts_counted"]
    assert "990101/2025/national-2017" in report.failures[0]


@pytest.mark.parametrize("fault", ["n_undecided = 1", "n_unmet = 1", "vetoed = true"])
def test_county_that_is_met_although_something_is_not_is_red(run: Run, build_db: Path, fault: str) -> None:
    alter(
        build_db,
        "update marts.fct_county_verdict set verdict = 'met', n_unmet = 0, n_undecided = 0, vetoed = false;"
        f" update marts.fct_county_verdict set {fault} where school_year = 2025",
    )
    report = run()
    assert red(report) == ["audit.verdicts_counted"]
    assert "990101/2025/national-2017" in report.failures[0]
    assert "2024" not in report.failures[0]
