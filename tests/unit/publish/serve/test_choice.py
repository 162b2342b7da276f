"""Which release readers of the shared database see."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from junheng.core.home import Home
from publish.release import publication
from publish.release.manifest import Details
from publish.serve.choice import Chosen, NothingToServe, to_serve
from publish.trust import signoff
from publish.trust.signoff import Answer
from tests.unit.publish.fake_home import make_build, make_home
from tests.unit.publish.fake_marts import Shape, write_manifest


def publish(home: Home, seed: int) -> None:
    details = Details(f"2026-11-2{seed}T01:00:00+08:00")
    publication.publish(home, make_build(home, Shape(seed=seed, schools=2, years=(2025,))), home.path / "dbt.json", details)


def answer(home: Home, is_approved: bool, run: str) -> None:
    given = Answer(is_approved, "chief", "2026-11-29T09:00:00+08:00")
    signoff.decide(home, signoff.ask(home, is_open_to_all=False), given, run, is_open_to_all=False)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = make_home(tmp_path_factory.mktemp("served") / "home")
    write_manifest(home.path / "dbt.json")
    publish(home, 1)
    return home


@pytest.fixture
def home(original: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("JUNHENG_REVIEWERS", "chief")
    shutil.copytree(original.path, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


def seen(home: Home, which: str) -> tuple[str, str] | None:
    try:
        chosen: Chosen = to_serve(home, which)
    except NothingToServe:
        return None
    return chosen.release.release_id.partition("-")[0], chosen.decision


def test_a_release_that_waits_for_its_signature(home: Home) -> None:
    assert seen(home, "every") == seen(home, "unrefused") == ("r0001", "unsigned")
    assert seen(home, "signed") is None


def test_a_refused_release_is_kept_from_readers(home: Home) -> None:
    publish(home, 2)
    answer(home, False, "first")
    assert seen(home, "every") == ("r0002", "refused")
    assert seen(home, "unrefused") == ("r0001", "unsigned")
    assert seen(home, "signed") is None


def test_readers_stay_on_what_was_signed(home: Home) -> None:
    answer(home, True, "first")
    publish(home, 2)
    assert seen(home, "every") == seen(home, "unrefused") == ("r0002", "unsigned")
    assert seen(home, "signed") == ("r0001", "approved")


def test_before_the_first_release_there_is_nothing(tmp_path: Path) -> None:
    empty = Home(tmp_path / "empty").create()
    assert [seen(empty, which) for which in ("every", "unrefused", "signed")] == [None, None, None]
