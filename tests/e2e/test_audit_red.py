"""A red audit leaves readers on the old release."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.nights import run, stray
from tests.e2e.schools import county, deliver


def test_readers_stay_on_the_old_release(tmp_path: Path) -> None:
    home, landing = tmp_path / "home", tmp_path / "landing"
    deliver(landing, county("990102"))
    deliver(landing, county("990103"))
    first = run(home, landing)
    assert first.code == 0, first.output
    assert first.release is not None
    # bronze of an accepted submission is lost: its county would silently vanish from the marts
    lost = next(first.home.bronze.glob("school_census/*/part-0.parquet"))
    lost.unlink()
    deliver(landing, county("990104"))
    red = run(home, landing)
    assert red.code == 1, red.output
    assert "审核未通过" in red.output
    assert red.release == first.release
    assert list(red.home.warehouse.glob("rejected-*"))
    assert stray(red.home) == [f"warehouse/{path.name}" for path in red.home.warehouse.glob("build-*")]
