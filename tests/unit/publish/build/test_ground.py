"""A build goes on from what only seeds decide, and from nothing where that is not of this project as it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from junheng.core.settings import BUILD_DB, DBT_PROJECT
from publish import steps
from publish.build import code, ground
from publish.release import due
from publish.tables.artifacts import read_manifest
from tests.unit.publish.fake_home import ACCEPTED, commit_night, make_home, submission


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is kept, in a place of its own."""
    folder = Path(shutil.copytree(DBT_PROJECT / "target" / "ground", tmp_path / "ground"))
    monkeypatch.setattr(ground, "_KEPT", folder)
    return folder


def lie(folder: Path) -> bool:
    folder.mkdir()
    return ground.lay(folder, folder / BUILD_DB)


def test_a_build_goes_on_from_it(kept: Path, tmp_path: Path) -> None:
    assert lie(tmp_path / "build")
    with duckdb.connect(str(tmp_path / "build" / BUILD_DB), read_only=True) as connection:
        assert connection.execute("select count(*) from seeds.code_labels").fetchone() != (0,)
        assert connection.execute("select count(*) from marts.dim_indicator").fetchone() != (0,)


def without_seal(folder: Path) -> None:
    (folder / "ground.json").unlink()


def half_a_seal(folder: Path) -> None:
    (folder / "ground.json").write_text("{", encoding="utf-8")


def another_result(folder: Path) -> None:
    (folder / ground.RESULTS).write_text('{"results": []}', encoding="utf-8")


def another_database(folder: Path) -> None:
    with duckdb.connect(str(folder / BUILD_DB)) as connection:
        connection.execute("delete from seeds.code_labels")


def no_database(folder: Path) -> None:
    (folder / BUILD_DB).unlink()


@pytest.mark.parametrize("harm", [without_seal, half_a_seal, another_result, another_database, no_database])
def test_what_was_changed_is_not_used(kept: Path, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    harm(kept)
    assert not lie(tmp_path / "build")
    assert list((tmp_path / "build").iterdir()) == []


@pytest.mark.parametrize("part", ["dbt_project", "codes", "rules"])
def test_of_another_project_it_is_not_used(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.setattr(ground, "code_hashes", lambda: code.code_hashes() | {part: "another"})
    assert not lie(tmp_path / "build")


def test_with_other_libraries_it_is_not_used(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground, "version", lambda _: "9.9")
    assert not lie(tmp_path / "build")


def test_every_node_is_of_the_ground_or_stands_on_it() -> None:
    target = DBT_PROJECT / "target"
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    told = json.loads((target / "ground" / ground.RESULTS).read_text(encoding="utf-8"))["results"]
    built = {result["unique_id"] for result in told}
    assert {result["status"] for result in told} <= {"success", "pass", "no-op"}
    nodes = {
        name
        for name, node in manifest["nodes"].items()
        if node["resource_type"] in ("seed", "model", "test") and node["config"]["materialized"] != "ephemeral"
    }
    above = due.below(target / "manifest.json")
    assert built & above == set()
    asked_together = {test for tests in read_manifest(target / "manifest.json").folds.values() for test in tests}
    assert nodes - asked_together <= built | above


@pytest.mark.parametrize("is_there", [True, False])
def test_a_planned_build_runs_what_the_ground_does_not_hold(kept: Path, tmp_path: Path, is_there: bool) -> None:
    if not is_there:
        without_seal(kept)
    home = make_home(tmp_path / "home")
    commit_night(home, [submission(status=ACCEPTED)])
    folder = home.work / "build-1"
    assert steps.plan(home, folder, folder / BUILD_DB, [])
    assert (ground.ABOVE in steps.build_command(folder, folder / BUILD_DB)) is is_there
    with duckdb.connect(str(folder / BUILD_DB), read_only=True) as connection:
        assert connection.execute("select count(*) from run.night").fetchone() == (2,)


def test_what_was_told_of_the_ground_completes_a_build(tmp_path: Path) -> None:
    folder = tmp_path / "build"
    (folder / "target").mkdir(parents=True)
    (folder / due.READ).write_text('{"due": "all"}', encoding="utf-8")
    children = {"source.junheng.run.night": ["model.a"], "model.a": [], "seed.s": ["model.a", "test.s"], "test.s": []}
    (folder / "target" / "manifest.json").write_text(json.dumps({"child_map": children}), encoding="utf-8")
    for path, told in (
        (folder / ground.RESULTS, {"seed.s": "success", "test.s": "pass", "model.a": "success"}),
        (folder / "target" / ground.RESULTS, {"model.a": "error"}),
    ):
        path.write_text(json.dumps({"results": [{"unique_id": node, "status": status} for node, status in told.items()]}))
    results = json.loads(due.complete(folder).read_text(encoding="utf-8"))["results"]
    assert {one["unique_id"]: one["status"] for one in results} == {"seed.s": "success", "test.s": "pass", "model.a": "error"}
