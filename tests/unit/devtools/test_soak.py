"""The soak sees what it is there to see: a wrong release, a lost input, a stray file, a broken chain."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from devtools import soak
from devtools.soak import Soak


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Soak:
    """A home as a good night leaves it, as far as the soak looks."""
    run = Soak(tmp_path, random.Random(1))
    run.deliver()
    run.home.create()
    (path,) = run.landing.rglob("census.csv")
    kept = run.home.original(hashlib.sha256(path.read_bytes()).hexdigest())
    kept.parent.mkdir(parents=True)
    kept.write_bytes(path.read_bytes())
    database = tmp_path / "junheng.duckdb"
    ((county, pupils),) = run.pupils.items()
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema marts")
        row = f"'{county}' as county_code, {pupils} as pupils, 'L1' as indicator_code"
        connection.execute(f"create table marts.fct_county_indicator as select {row}")
    monkeypatch.setattr(soak, "read_current", lambda _: SimpleNamespace(database=database))
    monkeypatch.setattr(soak, "verify", lambda _: SimpleNamespace(breaks=[]))
    return run


def test_a_good_night_has_no_problem(run: Soak) -> None:
    assert run.problems() == []


def test_each_kind_of_problem_is_seen(run: Soak, monkeypatch: pytest.MonkeyPatch) -> None:
    run.delivered.add("f" * 64)
    (run.home.warehouse / "build-1").mkdir()
    run.pupils["990103"] = 1
    monkeypatch.setattr(soak, "verify", lambda _: SimpleNamespace(breaks=["x"]))
    assert [problem.split(":")[0] for problem in run.problems()] == ["wrong release", "lost", "stray", "chain"]
    monkeypatch.setattr(soak, "read_current", lambda _: None)
    assert run.problems() == ["no release"]


def test_the_nights_of_a_seed_are_the_same(tmp_path: Path) -> None:
    first, second = (Soak(tmp_path / name, random.Random(7)) for name in "ab")
    for run in (first, second):
        for _ in range(5):
            run.deliver()
    assert first.pupils == second.pupils
    assert first.delivered == second.delivered
