"""The same night once more: an entry in the chain, and nothing else."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from junheng.core import chain
from junheng.core.home import Home
from junheng.scheduler import quiet
from junheng.scheduler.inprocess import METADATA
from publish.trust.verify import verify
from tests.e2e.nights import AS_OF, Night, run, stray

STARTED = """
import sys
from subprocess import Popen
from junheng.cli.main import main
begun = []
sys.addaudithook(lambda event, _: begun.append(event) if event in ("subprocess.Popen", "os.fork") else None)
code = main(sys.argv[1:])
print(code, len(begun), *sorted({name.split(".")[0] for name in sys.modules}))
"""


def entries(home: Home) -> list[str]:
    return [entry.kind for entry in chain.of_home(home).entries()]


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
    assert not (home.airflow / METADATA).exists()  # Airflow was not started, and nobody heard of anything
    assert entries(home) == [*before, "night"]
    assert home.current.readlink() == seen
    assert stray(home) == []
    assert verify(home).breaks == []


def test_a_night_with_nothing_new_starts_nothing(sample_landing: Path, home: Home) -> None:
    """Neither a large library nor more than the process that looks at the refused file again, and its reader."""
    words = ["nightly", "--home", str(home.path), "--landing", str(sample_landing), "--as-of", AS_OF]
    done = subprocess.run([sys.executable, "-c", STARTED, *words], capture_output=True, text=True)
    code, begun, *packages = done.stdout.splitlines()[-1].split()
    assert (code, begun) == ("3", "2"), done.stdout + done.stderr
    assert not {"airflow", "dbt", "great_expectations"} & set(packages)


def test_a_night_whose_files_changed_runs_under_airflow(sample_landing: Path, home: Home, tmp_path: Path) -> None:
    landing = shutil.copytree(sample_landing, tmp_path / "landing")
    assert quiet.may_be(home, {"landing": str(landing), "school_years": None})
    assert not quiet.may_be(home, {"landing": str(landing), "school_years": [2025]})
    file = min(landing.rglob("*.csv"))
    file.write_bytes(file.read_bytes() + b"\n")
    assert not quiet.may_be(home, {"landing": str(landing), "school_years": None})
