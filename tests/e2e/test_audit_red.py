"""Readers stay on the old release when a build must not be made, and when its audit is red."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.nights import Night, run, stray
from tests.e2e.schools import county, deliver

CORRECTION = """- county_code: "990102"
  school_year: 2025
  school_code: "2199002001"
  field: pupils_primary
  expected: 399
  value: 410
  reason: 漏报
  document: 示教函〔2026〕3号
  by: 统计股
  date: 2026-01-15
"""


def test_readers_stay_on_the_old_release(tmp_path: Path) -> None:
    home, landing = tmp_path / "home", tmp_path / "landing"
    deliver(landing, county("990102"))
    deliver(landing, county("990103"))
    first = run(home, landing)
    assert first.code == 0, first.output
    assert first.release is not None

    def is_red(red: Night) -> None:
        assert red.code == 1, red.output
        assert red.release == first.release
        assert stray(red.home) == [f"warehouse/{path.name}" for path in red.home.warehouse.glob("build-*")]

    # bronze of an accepted submission is lost: its county would silently vanish from the marts
    lost = next(first.home.bronze.glob("school_census/*/part-0.parquet"))
    content = lost.read_bytes()
    lost.unlink()
    deliver(landing, county("990104"))
    red = run(home, landing)
    is_red(red)
    assert f"{lost.relative_to(first.home.path)}（文件不见了）" in red.output

    lost.write_bytes(content)
    (first.home.corrections / "一月.yml").write_text(CORRECTION, encoding="utf-8")  # that expects another figure
    red = run(home, landing)
    is_red(red)
    assert "审核未通过" in red.output
    assert list(red.home.warehouse.glob("rejected-*"))
