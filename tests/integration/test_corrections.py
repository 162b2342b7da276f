"""Corrections from the folder to the release: one that no longer holds stops the night, one that does makes a new release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from junheng.core.home import Home
from publish import steps
from publish.release.release import read_current
from tests import builds
from tests.integration.test_accounting import CENSUS, _night
from tests.oracle.build import query

FILE = """- county_code: 990101
  school_year: 2025
  school_code: 2199000001
  field: pupils_primary
  expected: {expected}
  value: 310
  reason: 漏报十人
  document: 示教函〔2026〕3号
  by: 统计股
  date: 2026-01-15
"""


def _pupils(home: Home) -> int:
    rows = query(
        home.current / "junheng.duckdb",
        "select distinct pupils from marts.fct_school_indicator where school_code = '2199000001' and stage = 'primary'",
    )
    return int(rows[0]["pupils"])


def test_corrections_from_the_folder_to_the_release(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    landing = tmp_path / "landing" / "990101" / "2025"
    landing.mkdir(parents=True)
    (landing / "census.csv").write_text(CENSUS, encoding="utf-8")
    _night(home, tmp_path / "landing")
    first = builds.publish(home)
    assert _pupils(home) == 300

    (home.corrections / "一月.yml").write_text(FILE.format(expected=299), encoding="utf-8")
    with pytest.raises(
        steps.AuditRed, match=r"一月\.yml 第 1 条（990101 2025—2026学年 城关小学 小学在校生）预期原值为 299，实为 300"
    ):
        builds.publish(home)
    current = read_current(home)
    assert current is not None
    assert current.release_id == first
    (report,) = home.warehouse.glob("build-*/audit.json")
    red = [c for c in json.loads(report.read_text(encoding="utf-8"))["checks"] if c["status"] == "fail"]
    assert [check["check_id"] for check in red] == ["audit.corrections_hold"]

    (home.corrections / "一月.yml").write_text(FILE.format(expected=300), encoding="utf-8")
    second = builds.publish(home)
    assert second != first
    assert _pupils(home) == 310
    assert "小学在校生：300 → 310（示教函〔2026〕3号，漏报十人）" in (home.current / "site" / "index.html").read_text(
        encoding="utf-8"
    )
