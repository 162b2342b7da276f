"""The benchmark of a night: what it changes, and what its table says."""

from __future__ import annotations

from pathlib import Path

from bench import night
from bench.measure import Measurement, Series


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
