"""Old releases go, but for their manifests; signed ones and the chain's proof stay."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from junheng.cli.main import main
from junheng.core.home import Home
from publish.release import publication, retention
from publish.release.manifest import Details
from publish.release.retention import prune
from publish.trust import signoff
from publish.trust.signoff import Answer
from publish.trust.verify import verify
from tests.unit.publish.fake_home import make_build, make_home
from tests.unit.publish.fake_marts import Shape, write_manifest

LATER = date(2030, 1, 1)


def publish(home: Home, seed: int) -> str:
    details = Details(f"2026-11-2{seed}T01:00:00+08:00")
    return publication.publish(home, make_build(home, Shape(seed=seed)), home.path / "dbt.json", details).release_id


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Four releases, the first signed."""
    home = make_home(tmp_path_factory.mktemp("retention") / "home")
    write_manifest(home.path / "dbt.json")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUNHENG_REVIEWERS", "chief")
        publish(home, 1)
        answer = Answer(True, "chief", "2026-11-21T09:00:00+08:00")
        signoff.decide(home, signoff.ask(home, is_open_to_all=False), answer, "run", is_open_to_all=False)
        for seed in (2, 3, 4):
            publish(home, seed)
    return home


@pytest.fixture
def home(original: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(retention, "_retention", lambda: retention.Retention(keep_newest=2, keep_days=400))
    shutil.copytree(original.path, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


def whole(home: Home) -> list[str]:
    return sorted(path.name.split("-")[0] for path in home.releases.iterdir() if (path / "junheng.duckdb").exists())


def test_what_is_old_and_surplus_and_unsigned_goes(home: Home) -> None:
    assert [name.split("-")[0] for name in prune(home, LATER)] == ["r0002"]
    assert whole(home) == ["r0001", "r0003", "r0004"]
    left = next(home.releases.glob("r0002-*"))
    assert [path.name for path in left.iterdir()] == ["manifest.json"]
    assert verify(home).breaks == []
    assert prune(home, LATER) == []


def test_what_is_young_stays(home: Home) -> None:
    assert prune(home, date(2026, 12, 1)) == []
    assert whole(home) == ["r0001", "r0002", "r0003", "r0004"]


def test_the_current_release_stays_however_old(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_retention", lambda: retention.Retention(keep_newest=0, keep_days=0))
    assert len(prune(home, LATER)) == 2
    assert whole(home) == ["r0001", "r0004"]
    assert verify(home).breaks == []


def test_a_removal_that_was_killed_is_ended_by_the_next_publication(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(retention, "strip", lambda _: None)
        prune(home, LATER)
    found = verify(home)
    assert found.breaks == []
    assert any("下一夜" in notice for notice in found.notices)
    publish(home, 4)
    assert whole(home) == ["r0001", "r0003", "r0004"]
    assert verify(home).breaks == []


def test_the_proof_that_is_left_is_protected(home: Home) -> None:
    prune(home, LATER)
    left = next(home.releases.glob("r0002-*"))
    (left / "junheng.duckdb").write_bytes(b"planted")
    assert [found.path for found in verify(home).breaks] == [f"published/releases/{left.name}/junheng.duckdb"]
    (left / "junheng.duckdb").unlink()
    (left / "manifest.json").chmod(0o644)
    (left / "manifest.json").write_bytes(b"{}")
    assert [found.path for found in verify(home).breaks] == [f"published/releases/{left.name}/manifest.json"]


def test_content_that_was_removed_is_published_anew(home: Home) -> None:
    prune(home, LATER)
    assert publish(home, 2).startswith("r0005-")
    assert verify(home).breaks == []


def test_a_removed_release_cannot_be_compared(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    prune(home, LATER)
    assert main(["diff", "r0002", "current", "--home", str(home.path)]) == 2
    assert "已按保留期限清理" in capsys.readouterr().out


def test_the_policy_is_data_and_publication_follows_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert retention._retention().keep_newest
    asked: list[date] = []
    monkeypatch.setattr(publication, "prune", lambda _home, today: asked.append(today))
    publish(home, 5)
    assert asked == [date(2026, 11, 25)]
