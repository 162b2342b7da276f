"""The benchmark of a night: what it changes, and what its table says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import night, parts
from bench.measure import Measurement, Series
from junheng.scheduler import inprocess


def test_a_changed_file_says_the_same_in_other_bytes(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(b"code,value\n1,2\n")
    assert night.change(tmp_path) == tmp_path / "a.csv"
    assert (tmp_path / "a.csv").read_bytes() == b"code,value\n1,2\n\n"
    assert (tmp_path / "b.csv").read_bytes() == b"code,value\n1,2\n"


def test_every_night_stands_beside_the_floor() -> None:
    runs = {name: Series([Measurement(30.0, 100.0, 40.0)]) for name in night.NIGHTS}
    lines = night.summary(runs, Series([Measurement(12.0, 50.0, 20.0)])).splitlines()
    assert len(lines) == len(night.NIGHTS) + 3
    assert lines[1].split()[-2:] == ["1.00", "0.60"]
    assert all(line.split()[-2:] == ["2.00", "1.50"] for line in lines[2:-1])


def test_every_part_stands_in_the_column_of_its_night() -> None:
    found = {"first": [{"gate": 3.0, "dbt": 30.0}, {"gate": 5.0, "dbt": 32.0}], "same": [{"gate": 0.5}]}
    lines = night.table_of_parts(found).splitlines()
    assert [line.split()[-2:] for line in lines] == [["first", "same"], ["4.0", "0.5"], ["31.0", "0.0"]]


def test_what_tasks_take_goes_to_their_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inprocess, "Progress", inprocess.Progress)  # put back afterwards
    clock, told = parts.PartsClock(), []
    parts.listen(clock)
    progress = inprocess.Progress(started=told.append)
    for task in ("gate", "validate"):
        progress.started(task)
        sum(range(3_000_000))
        progress.finished(task)
    assert told == ["gate", "validate"]
    assert set(clock.seconds) == {parts.BETWEEN, "gate", "Great Expectations"}
    assert clock.seconds["gate"] > 0
