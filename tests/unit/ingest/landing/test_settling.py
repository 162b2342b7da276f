"""A night waits for files that are being written; a wrong clock costs it one wait at most."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.landing import settling
from ingest.landing.settling import State

NOW = 1_800_000_000.0


def looks(*states: State) -> Iterator[State]:
    yield from states
    while True:
        yield states[-1]


def file(size: int, age: float = 0.0) -> State:
    return {"a.csv": (size, int((NOW - age) * 1e9))}


@pytest.mark.parametrize(
    ("states", "slept", "is_quiet"),
    [
        ([{}], 0, True),
        ([file(1, age=61)], 0, True),
        ([file(1, age=59)], 1, True),
        ([file(1), file(2), file(3)], 3, True),
        ([file(1), {**file(1), "b.csv": (1, 0)}], 2, True),
        ([file(1, age=-3600)], 1, True),  # written by a clock that is ahead, or ours went back
        ([file(number) for number in range(99)], 20, False),
    ],
)
def test_it_waits_until_nothing_changes(states: list[State], slept: int, is_quiet: bool) -> None:
    naps: list[float] = []
    seen = looks(*states)
    assert settling.wait(Path(), 60, lambda _: next(seen), naps.append, lambda: NOW) is is_quiet
    assert naps == [60] * slept


def test_without_seconds_nothing_is_waited_for() -> None:
    def never(_: float) -> None:
        raise AssertionError

    assert settling.wait(Path(), 0, lambda _: file(1), never, lambda: NOW)


def test_a_file_that_grows_is_read_whole(tmp_path: Path) -> None:
    growing = tmp_path / "990101" / "2025" / "census.csv"
    growing.parent.mkdir(parents=True)
    (growing.parent / "other.csv.part").write_text("passed over")
    growing.write_text("")

    def deliver() -> None:
        for _ in range(8):
            time.sleep(0.25)
            with open(growing, "a") as handle:
                handle.write("line\n")

    delivery = threading.Thread(target=deliver)
    delivery.start()
    assert settling.wait(tmp_path, 1)
    assert growing.read_text() == "line\n" * 8
    assert settling.state(tmp_path).keys() == {str(growing)}
    delivery.join()


def test_a_landing_that_is_away_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=os.strerror(2)):
        settling.wait(tmp_path / "away", 60)
