"""The clock of the machine is moved both ways between nights: nothing is judged twice, lost or waited for without end."""

from __future__ import annotations

from pathlib import Path

import pytest

from expectations.gate import judge
from ingest.landing import night as nights
from ingest.landing import settling
from junheng.core.ledger import Ledger, OpenNight
from publish.trust.verify import verify
from tests.unit.ingest.made import FOLDER, World, census


def night(world: World, day: str) -> list[str]:
    """Files that a night of this day judged."""
    number, batches = nights.open_night(world.home, world.landing, None, f"run of {day}", day)
    for batch in batches:
        nights.parse_batch(world.home, number, batch)
    judge(world.home, OpenNight(world.home, number))
    nights.commit_night(world.home, number, f"run of {day}")
    return [row["file_name"].rpartition("/")[2] for row in Ledger(world.home).table("submissions", number).to_pylist()]


def test_a_file_is_judged_once_whatever_the_day(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.put(f"{FOLDER}/a.csv", census())
    assert night(world, "2027-03-01") == ["a.csv"]
    world.put(f"{FOLDER}/b.csv", census("301", county="990102").replace(b"2199010001", b"2199010002"))
    assert night(world, "2026-03-01") == ["b.csv"]
    assert night(world, "2026-03-02") == []
    assert Ledger(world.home).numbers() == [1, 2, 3]
    assert verify(world.home).breaks == []


@pytest.mark.parametrize(("now", "slept"), [(0.0, 1), (10.0**10, 0)], ids=["back", "ahead"])
def test_a_quiet_landing_costs_one_wait_at_most(now: float, slept: int) -> None:
    sleeps: list[float] = []
    quiet = {"a.csv": (1, 1_700_000_000 * 10**9)}
    assert settling.wait(Path(), 60, lambda _: quiet, sleeps.append, lambda: now)
    assert len(sleeps) == slept
