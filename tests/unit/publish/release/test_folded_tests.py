"""Of tests that dbt asked together each has its outcome, by its own name."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from publish.release.folded_tests import unfolded
from publish.tables.artifacts import DeclaredTest, Manifest, NodeResult

FOLD, SINGLE = "test.junheng.grains_of_room", "test.junheng.single"
MEMBERS = tuple(f"test.junheng.unique_grain_{letter}" for letter in "abc")
MANIFEST = Manifest(
    {}, {uid: DeclaredTest(uid, uid.rpartition(".")[2], "error", "unique_grain") for uid in (*MEMBERS, SINGLE)}, {FOLD: MEMBERS}
)
ASKED = "select test_name, row_count from broken"


@pytest.fixture
def build_db(tmp_path: Path) -> Path:
    path = tmp_path / "build.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table broken as select 'unique_grain_b' as test_name, 7 as row_count")
    return path


def outcomes(build_db: Path, *told: NodeResult) -> dict[str, tuple[str, int | None]]:
    results = {result.unique_id: result for result in told}
    return {uid: (result.status, result.failures) for uid, result in unfolded(results, MANIFEST, build_db).items()}


@pytest.mark.parametrize(("status", "failures"), [("pass", 0), ("error", None), ("skipped", None)])
def test_what_became_of_all_became_of_each(build_db: Path, status: str, failures: int | None) -> None:
    found = outcomes(build_db, NodeResult(FOLD, status, failures, ASKED), NodeResult(SINGLE, "pass", 0))
    assert found == dict.fromkeys(MEMBERS, (status, failures)) | {SINGLE: ("pass", 0)}


def test_the_one_that_failed_is_named_with_its_rows(build_db: Path) -> None:
    found = outcomes(build_db, NodeResult(FOLD, "fail", 1, ASKED))
    assert found == {MEMBERS[0]: ("pass", 0), MEMBERS[1]: ("fail", 7), MEMBERS[2]: ("pass", 0)}


@pytest.mark.parametrize("asked", ["from nowhere", "select 'unique_grain_of_another' as test_name, 1 as row_count", None])
def test_where_it_is_not_to_be_had_which_failed_none_passes(build_db: Path, asked: str | None) -> None:
    assert outcomes(build_db, NodeResult(FOLD, "fail", 1, asked)) == dict.fromkeys(MEMBERS, ("error", None))
    assert outcomes(build_db.with_name("none"), NodeResult(FOLD, "fail", 1, ASKED)) == dict.fromkeys(MEMBERS, ("error", None))


def test_what_was_not_asked_has_no_outcome_and_what_ran_by_itself_keeps_its_own(build_db: Path) -> None:
    assert outcomes(build_db) == {}
    found = outcomes(build_db, NodeResult(FOLD, "pass", 0, ASKED), NodeResult(MEMBERS[2], "fail", 2))
    assert found == {MEMBERS[0]: ("pass", 0), MEMBERS[1]: ("pass", 0), MEMBERS[2]: ("fail", 2)}
