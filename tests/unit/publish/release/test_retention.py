"""Old releases go, but for their manifests; signed ones and the chain's proof stay."""

from __future__ import annotations

import hashlib
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from junheng.cli.main import main
from junheng.core.home import Home
from junheng.core.ledger import Ledger
from publish.release import publication, retention
from publish.release.manifest import Details
from publish.release.retention import prune
from publish.trust import signoff
from publish.trust.signoff import Answer
from publish.trust.verify import verify
from tests.unit.publish.fake_home import commit_night, landed, make_build, make_home, refused
from tests.unit.publish.fake_marts import Shape, write_manifest

LATER = date(2030, 1, 1)


def policy(keep_newest: int, keep_days: int) -> retention.Retention:
    return retention.Retention(keep_newest=keep_newest, keep_days=keep_days, keep_refused_originals_days=400)


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
    monkeypatch.setattr(retention, "_retention", lambda: policy(2, 400))
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
    monkeypatch.setattr(retention, "_retention", lambda: policy(0, 0))
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


DAYS = 401
"""More than a refused original is kept after the last night."""


HASHES = {name: hashlib.sha256(name.encode()).hexdigest() for name in "abcd"}


def file(name: str, status: str = "refused") -> dict[str, Any]:
    sha256 = HASHES[name]
    return refused() | {"sha256": sha256, "submission_id": sha256[:16], "file_name": f"{name}.csv", "status": status}


@pytest.fixture
def archive(tmp_path: Path) -> Home:
    """A home with originals: accepted, refused and gone, refused and still lying there, refused once and accepted later."""
    home = Home(tmp_path / "archive").create()
    for name, sha256 in HASHES.items():
        place = home.original(sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(name.encode())
    gone, lies, mended = (file(name) for name in "bcd")
    commit_night(home, [file("a", "accepted"), gone, lies, mended])
    commit_night(home, [file("d", "accepted")], inventory=[landed(lies), landed(mended)])
    return home


def left(home: Home) -> str:
    return "".join(name for name, sha256 in HASHES.items() if home.original(sha256).exists())


def last_night(home: Home) -> date:
    return date.fromisoformat(Ledger(home).night(2)["as_of"])


def test_only_what_was_ever_refused_and_is_long_gone_goes(archive: Home) -> None:
    day = last_night(archive) + timedelta(days=DAYS - 1)
    assert [found.file_name for found in retention.old_originals(archive, day)] == ["b.csv"]
    assert retention.old_originals(archive, day - timedelta(days=1)) == []
    assert left(archive) == "abcd", "to ask removes nothing"
    retention.remove_originals(archive, retention.old_originals(archive, day))
    assert left(archive) == "acd"
    assert verify(archive).breaks == []
    assert retention.old_originals(archive, day) == []


def test_what_still_lay_there_in_the_last_night_counts_from_then(archive: Home) -> None:
    found = retention.old_originals(archive, last_night(archive) + timedelta(days=DAYS))
    assert [original.file_name for original in found] == ["b.csv", "c.csv"]


def test_what_a_kept_release_names_stays(archive: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "entered", lambda *_: [archive.releases])
    monkeypatch.setattr(retention, "read_manifest_of", lambda _: {"submissions": [file("b")]})
    assert [original.file_name for original in retention.old_originals(archive, LATER)] == ["c.csv"]


def test_a_killed_removal_of_originals_is_ended_by_the_next_night(archive: Home) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retention, "finish_originals", lambda _: None)
        retention.remove_originals(archive, retention.old_originals(archive, LATER))
    assert left(archive) == "abcd"
    assert verify(archive).breaks == []
    publication.catch_up(archive)
    assert left(archive) == "ad"
    assert verify(archive).breaks == []


def test_an_original_that_comes_again_stays(archive: Home) -> None:
    retention.remove_originals(archive, retention.old_originals(archive, LATER))
    archive.original(HASHES["b"]).write_bytes(b"b")
    commit_night(archive, [file("b")])
    publication.catch_up(archive)
    assert left(archive) == "abd"
    archive.original(HASHES["b"]).unlink()
    assert [found.path for found in verify(archive).breaks] == [
        archive.original(HASHES["b"]).relative_to(archive.path).as_posix()
    ]


def test_the_command_lists_and_removes_on_demand_alone(archive: Home, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["archive", "--home", str(archive.path)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retention, "_retention", lambda: policy(2, 400).model_copy(update={"keep_refused_originals_days": -9999}))
        assert main(words) == 0
        assert "未删除" in capsys.readouterr().out
        assert left(archive) == "abcd"
        assert main([*words, "--remove"]) == 0
    assert "已清理" in capsys.readouterr().out
    assert left(archive) == "ad"
    assert main(words) == 0
    assert "没有" in capsys.readouterr().out
    assert main(["archive", "--home", str(archive.path / "none")]) == 2
