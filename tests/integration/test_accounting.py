"""Rows set aside do not stop a release: from landing to the published marts, without the scheduler."""

from __future__ import annotations

from pathlib import Path

import pytest

from expectations.gate import judge
from expectations.validate import validate
from ingest.landing import night as ingest
from junheng.core.home import Home
from junheng.core.ledger import OpenNight
from publish.release.release import read_current
from tests import builds
from tests.oracle.build import query

CENSUS = """county_code,school_year,school_code,school_name,school_kind_code,pupils_primary,teachers_primary
990101,2025,2199000001,城关小学,211,300,20
990101,2025,2199000002,东风小学,211,200,15
"""
ITEMS = """county_code,school_year,requirement_code,item_code,value,unit
990101,2025,G11,G11.eligible,10,人
990101,2025,G11,G11.exchanged,-1,人
990101,2025,G12,G12.certified,30,人
990101,2025,G12,G12.teachers,约40,人
990101,2025,G15,G15.eligible,50,人
"""
MONITORING = """county_code,scope,monitoring_year,grade,subject,measure,value,source_document
990101,national,2024,4,语文,between_school_rate,0.12,报告
990101,national,2024,4,数学,between_school_rate,12,报告
"""
FILES = {"census.csv": CENSUS, "items.csv": ITEMS, "monitoring.csv": MONITORING, "普查副本.csv": CENSUS}


def _night(home: Home, landing: Path) -> None:
    """One night of ingest, as the DAG wires it."""
    number, batches = ingest.open_night(home, landing, None, "test", "2026-01-15")
    for batch in batches:
        ingest.parse_batch(home, number, batch)
    night = OpenNight(home, number)
    judge(home, night)
    validate(home, night)
    ingest.commit_night(home, number, "test")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("accounting")
    home = Home(folder / "home").create()
    landing = folder / "landing" / "990101" / "2025"
    landing.mkdir(parents=True)
    for name, text in FILES.items():
        (landing / name).write_text(text, encoding="utf-8")
    _night(home, folder / "landing")
    builds.publish(home)
    return home


def _published(home: Home) -> Path:
    release = read_current(home)
    assert release is not None
    return home.current / "junheng.duckdb"


def test_a_release_is_published_and_every_row_is_accounted_for(home: Home) -> None:
    rows = query(_published(home), "select source, status, rows_read, rows_accepted, rows_quarantined from marts.aud_submission")
    assert {tuple(row.values()) for row in rows} == {
        ("school_census", "accepted", 2, 2, 0),
        ("county_items", "accepted", 5, 3, 2),
        ("monitoring_result", "accepted", 2, 1, 1),
        (None, "repeated", 0, 0, 0),
    }
    (copy,) = query(_published(home), "select file_name, reason from marts.aud_submission where status = 'repeated'")
    assert copy["file_name"] == "990101/2025/普查副本.csv"
    assert "990101/2025/census.csv" in copy["reason"]
    assert copy["file_name"] in (home.current / "site" / "index.html").read_text(encoding="utf-8")


def test_every_row_set_aside_is_listed(home: Home) -> None:
    rows = query(_published(home), 'select file, "row", "value", rule from marts.aud_quarantined_row order by all')
    assert [(Path(r["file"]).name, r["row"], r["value"], r["rule"]) for r in rows] == [
        ("items.csv", 3, "-1", "non_negative"),
        ("items.csv", 5, "约40", "ingest.not_a_number"),
        ("monitoring.csv", 3, "12", "between_school_rate_is_share"),
    ]


def test_the_proof_is_in_the_ledger_of_checks(home: Home) -> None:
    checks = "check_id in ('rows_accounted', 'audit.rows_accounted', 'audit.bronze_complete')"
    rows = query(
        _published(home), f"select check_id, status, rows_checked from marts.aud_check_result where {checks} order by all"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("audit.bronze_complete", "pass", 3),
        ("audit.rows_accounted", "pass", 4),
        ("rows_accounted", "pass", 2),
        ("rows_accounted", "pass", 2),
        ("rows_accounted", "pass", 5),
    ]
