"""Pages of inspection areas and posts: their schools, misses, issues and what is owed, as in the marts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.unit.publish.site.test_nouns import site
from tests.unit.publish.site.test_site import Page

COUNTY = "990101"
DUTIES = [
    {
        "county_code": COUNTY,
        "school_code": f"990101{number:04d}",
        "school_name": f"第{number}学校",
        "school_year": 2025,
        "inspection_area": f"第{number % 2 + 1}督导片区",
        "inspector_post": f"DX{number % 3 + 1:02d}",
        "leader_post": "LD01" if number % 2 else None,
    }
    for number in (0, 2, 3, 4, 5, 6)
]


def issue(number: int, school: str, state: str, days: int = 0) -> dict[str, Any]:
    is_open = state != "closed"
    given = {"issue_id": f"i{number}", "county_code": COUNTY, "school_code": school, "title": f"问题{number}", "state": state}
    return given | {"is_open": is_open, "is_overdue": days > 0, "days_overdue": days}


ISSUES = [
    issue(1, "9901010000", "rectifying", 9),
    issue(2, "9901010000", "closed"),
    issue(3, "9901010002", "opened"),
    issue(4, "9901010003", "rectifying"),
]
EVIDENCE = {"county_code": COUNTY, "issue_id": "i1", "evidence_zh": "验收单.pdf", "has_file": False}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the marts of a county with a list of duties, and their site."""
    ledger = [{key: row[key] for key in ("issue_id", "county_code", "title", "days_overdue")} for row in ISSUES]
    rows = {"dim_school_duty": DUTIES, "fct_issue": ISSUES, "rpt_issue_ledger": ledger, "rpt_issue_evidence": [EVIDENCE]}
    return site(tmp_path_factory.mktemp("duties"), rows).parent


def counted(database: Path, schools: list[str]) -> tuple[int, int]:
    """Schools with an unmet verdict, and single misses, read from the marts."""
    with duckdb.connect(str(database), read_only=True) as connection:
        query = "select school_code from marts.fct_school_{} where school_year = 2025 and verdict = 'unmet'"
        verdicts = [row[0] for row in connection.execute(query.format("verdict")).fetchall()]
        misses = [row[0] for name in ("indicator", "requirement") for row in connection.execute(query.format(name)).fetchall()]
    return len({code for code in verdicts if code in schools}), sum(code in schools for code in misses)


def test_an_area_lists_its_schools_their_misses_issues_and_what_is_owed(release: Path) -> None:
    folder = release / "site"
    schools = [row["school_code"] for row in DUTIES if row["inspection_area"] == "第1督导片区"]
    failing, misses = counted(release / "junheng.duckdb", schools)
    assert failing
    assert misses
    topic = Page(folder / "duties" / f"{COUNTY}.html")
    line = next(row for row in topic.rows if row and row[0] == "第1督导片区")
    assert line[1:7] == [str(number) for number in (4, failing, misses, 2, 1, 1)]
    page = Page(folder / "area" / f"{COUNTY}-第1督导片区.html")
    assert {row[0] for row in page.rows if row and row[0].startswith("第")} == {"第0学校", "第2学校", "第4学校", "第6学校"}
    assert sum("◆ 不达标" in row for row in page.rows if len(row) > 3 and row[1] in ("小学", "初中", "全部", "all")) == misses
    assert ["rectifying", "1", "1", "9"] in [row[:4] for row in page.rows]
    assert [row for row in page.rows if row and row[0] in ("问题1", "问题2", "问题3", "问题4")] == [
        ["问题1", "9"],
        ["问题3", "0"],
    ]
    assert any("验收单.pdf" in row for row in page.rows)
    assert "9901010003" not in page.html


def test_posts_have_pages_and_a_school_leads_to_them(release: Path) -> None:
    folder = release / "site"
    assert sorted(path.name for path in (folder / "inspector").iterdir()) == [f"{COUNTY}-DX0{n}.html" for n in (1, 2, 3)]
    assert [path.name for path in (folder / "leader").iterdir()] == [f"{COUNTY}-LD01.html"]
    assert ("h1", "责任督学岗位 DX01") in Page(folder / "inspector" / f"{COUNTY}-DX01.html").texts
    school = Page(folder / "school" / f"{COUNTY}-9901010003.html")
    assert {"../inspector/990101-DX01.html", "../leader/990101-LD01.html"} <= set(school.links)
    left_out = Page(folder / "duties" / f"{COUNTY}.html")
    assert f"../school/{COUNTY}-9901010007.html" in left_out.links


def test_a_county_that_has_delivered_its_list_of_duties_alone_has_no_page(tmp_path: Path) -> None:
    alone = [row | {"county_code": "990155"} for row in DUTIES]
    pages = site(tmp_path, {"dim_school_duty": DUTIES + alone})
    written = {path.name for kind in ("duties", "area", "inspector", "leader") for path in (pages / kind).iterdir()}
    assert any(name.startswith(COUNTY) for name in written)
    assert not any(name.startswith("990155") for name in written)
