"""The day after: what reads the day is built on top of the last build, and the release is that of a build of everything."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from junheng.core.home import Home
from junheng.core.ledger import Ledger
from junheng.core.settings import BUILD_DB
from publish import steps
from publish.build import ground
from publish.release import due
from publish.release.release import read_current, read_manifest_of
from publish.trust.verify import verify
from tests.e2e.nights import AS_OF, Night

NEXT_DAY = "2026-03-02"
MOST_NODES = 75
"""Nodes of dbt in a build of the day."""
MOST_OF_ALL = 360
"""Nodes of dbt in a build of everything: what only seeds decide is not built again."""


@dataclass(frozen=True)
class Built:
    what: due.Due
    nodes: int
    manifest: dict[str, Any]


def quiet_night(home: Home, day: str) -> None:
    ledger = Ledger(home)
    night = ledger.open_next()
    for name in ("submissions", "coverage", "check_results", "quarantined_rows"):
        night.write_table(name, [])
    night.write_table("inventory", ledger.table("inventory", ledger.numbers()[-1]).to_pylist())
    night.commit({"night": night.number, "run_id": "next", "as_of": day, "school_years": None})


def build(home: Home) -> Built:
    """What the DAG does after the night."""
    folder = home.work / "build-next"
    database = folder / BUILD_DB
    assert steps.plan(home, folder, database, [])
    what = due.noted(folder)
    done = subprocess.run(["sh", "-c", steps.build_command(folder, database)], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-4000:]
    nodes = len(json.loads((folder / "target" / ground.RESULTS).read_text(encoding="utf-8"))["results"])
    steps.audit_build(home, folder, database)
    steps.publish_build(home, folder, database, [], f"{NEXT_DAY}T01:00:00+08:00")
    current = read_current(home)
    assert current is not None
    return Built(what, nodes, read_manifest_of(current.path))


@pytest.fixture(scope="module")
def both(sample_night: Night, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Built, Built]:
    folder = tmp_path_factory.mktemp("next")
    homes = [Home(shutil.copytree(sample_night.home.path, folder / name, symlinks=True)) for name in ("day", "all")]
    shutil.rmtree(due.kept(homes[1]))
    for home in homes:
        assert Ledger(home).night(1)["as_of"] == AS_OF
        quiet_night(home, NEXT_DAY)
    return homes[0], build(homes[0]), build(homes[1])


def test_only_what_reads_the_day_is_built(both: tuple[Home, Built, Built]) -> None:
    _, day, everything = both
    assert (day.what, everything.what) == (due.Due.DAY, due.Due.ALL)
    assert day.nodes <= MOST_NODES
    assert MOST_NODES < everything.nodes <= MOST_OF_ALL


def test_every_mart_is_that_of_a_build_of_everything(both: tuple[Home, Built, Built], sample_night: Night) -> None:
    _, day, everything = both
    assert sample_night.release is not None
    before = read_manifest_of(sample_night.release.path)
    assert day.manifest["tables"] == everything.manifest["tables"]
    assert day.manifest["content_hash"] == everything.manifest["content_hash"] != before["content_hash"]
    moved = {name for name, table in day.manifest["tables"].items() if table != before["tables"][name]}
    assert {"fct_issue", "rpt_rectification_report"} & moved
    assert "fct_county_indicator" not in moved


def test_the_morning_page_says_what_changed_since_the_release_before(
    both: tuple[Home, Built, Built], sample_night: Night
) -> None:
    home, *_ = both
    current = read_current(home)
    assert current is not None
    assert sample_night.release is not None
    counts = []
    for path in (sample_night.release.path, current.path):
        with duckdb.connect(str(path / "junheng.duckdb"), read_only=True) as connection:
            counts.append(
                {row[0] for row in connection.execute("select issue_id from marts.fct_issue where is_overdue").fetchall()}
            )
    page = (current.path / "site" / "index.html").read_text(encoding="utf-8")
    newly = len(counts[1] - counts[0])
    expected = f"台账：新建 0 件，了结 0 件，新逾期 {newly} 件" if newly else "结论、系数、学校和台账都没有变化。"
    assert f"<li>{expected}</li>" in page


def test_the_day_after_next_goes_on(both: tuple[Home, Built, Built]) -> None:
    home, *_ = both
    assert verify(home).breaks == []
    assert due.due(home, []) is due.Due.NOTHING
    quiet_night(home, "2026-03-03")
    assert due.due(home, []) is due.Due.DAY
