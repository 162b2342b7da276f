"""The same night once more: an entry in the chain, and nothing else."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from junheng.core import chain
from junheng.core.home import Home
from publish.trust.verify import verify
from tests.e2e.nights import Night, run, stray


def entries(home: Home) -> list[str]:
    return [entry.kind for entry in chain.of_home(home).entries()]


def tasks(home: Home) -> set[str]:
    """Tasks that the last run of the command line started."""
    with closing(sqlite3.connect(home.airflow / "nightly.db")) as metadata:
        return {task for (task,) in metadata.execute("select task_id from task_instance")}


def asset_events(home: Home) -> list[str]:
    """Assets that the last run of the command line brought."""
    with closing(sqlite3.connect(home.airflow / "nightly.db")) as metadata:
        query = "select asset.name from asset_event inner join asset on asset_event.asset_id = asset.id order by asset_event.id"
        return [name for (name,) in metadata.execute(query)]


@pytest.fixture
def home(sample_night: Night, tmp_path: Path) -> Home:
    return Home(shutil.copytree(sample_night.home.path, tmp_path / "home", symlinks=True))


def test_a_night_with_nothing_new_builds_nothing(sample_night: Night, sample_landing: Path, home: Home) -> None:
    assert sample_night.release is not None
    assert asset_events(home) == ["accepted_submissions", "published_release"]
    before, seen = entries(home), home.current.readlink()
    night = run(home.path, sample_landing)
    assert night.code == sample_night.code
    said = f"本夜已记入台账，不重新计算，沿用版本 {sample_night.release.release_id}。"
    assert [line for line in night.output.splitlines() if said in line]
    assert night.refusals() == sample_night.refusals()
    assert asset_events(home) == []
    assert tasks(home) == {"open_night", "list_batches", "parse_batch", "gate", "validate", "commit_night", "tell"}
    assert entries(home) == [*before, "night"]
    assert home.current.readlink() == seen
    assert stray(home) == []
    assert verify(home).breaks == []
