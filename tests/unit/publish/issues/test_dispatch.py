"""Meetings on the issue ledger: their days, what their lists hold, and where they are written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from junheng.core.home import Home
from junheng.core.settings import ISSUES
from publish.issues.dispatch import dispatch, meetings, next_working_day, report_due
from publish.release.release import Release
from publish.words.seeds import read_seed
from tests.marts import contracts, create_mart

DAY = date(2026, 3, 2)
Row = dict[str, Any]
LEVELS = {int(row["level"]): int(row["days_overdue_from"]) for row in read_seed(ISSUES / "issue_escalations.csv")}
LABELS = {0: None, 1: "提醒", 3: "约谈", 4: "问责建议"}


OVERDUE = ["逾期（提醒）", "逾期（通报）", "逾期（约谈）", "逾期（问责建议）"]


def issue(number: int, days_overdue: int = 0, level: int = 0, **given: Any) -> Row:
    row = {
        "issue_id": f"990101-{number}",
        "issue_no": f"2026-{number:03d}",
        "county_code": "990101",
        "origin": "finding",
        "source_document": "示教督函〔2025〕8号",
    }
    row |= {"state": "rectifying", "state_zh": "整改中", "title": f"问题{number}", "lead_unit_zh": "县教育局", "is_open": True}
    row |= {
        "opened_at": date(2026, 1, 26),
        "due_on": date(2026, 6, 30),
        "deadline": date(2026, 6, 30),
        "last_event_at": date(2026, 2, 20),
    }
    row |= {
        "days_overdue": days_overdue,
        "is_overdue": days_overdue > 0,
        "escalation_level": level,
        "escalation_zh": LABELS[level],
    }
    return row | {"evidence_count": 0} | given


ISSUES_OF_THE_COUNTY = [
    issue(1, 35, 4, due_on=date(2026, 1, 26)),
    issue(2, 3, 1, due_on=date(2026, 2, 27)),
    issue(3, due_on=date(2026, 3, 9)),
    issue(4, due_on=date(2026, 3, 10)),
    issue(5, state="submitted", submitted_at=date(2026, 2, 25), title="<b>=1+1</b>"),
    issue(6, last_event_at=date(2026, 1, 31)),
    issue(7, due_on=None, deadline=None, last_event_at=date(2026, 2, 1)),
    issue(8, state="closed", is_open=False, due_on=date(2026, 3, 3), last_event_at=date(2026, 1, 1)),
    issue(9, origin="figure", source_document=None),
]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def make_release(folder: Path, given: Sequence[Row] = ISSUES_OF_THE_COUNTY) -> Release:
    """A release with the issues of a county, as far as the lists read them."""
    with duckdb.connect(str(folder / "junheng.duckdb")) as connection:
        for mart in ("fct_issue", "rpt_issue_ledger"):
            shown = contracts()[mart].keys()
            create_mart(connection, mart, [{key: row[key] for key in row if key in shown} for row in given])
        create_mart(connection, "dim_county", [{"county_code": "990101", "school_year": 2025, "county_name": "示范县"}])
    return Release("r0001-0", "0", folder, "2026-03-01T01:00:00")


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return make_release(tmp_path)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 2), ["weekly", "fortnightly", "monthly"]),  # 1 March is a Sunday
        (date(2026, 3, 3), []),
        (date(2026, 3, 9), ["weekly"]),
        (date(2026, 3, 16), ["weekly", "fortnightly"]),
        (date(2026, 10, 5), []),  # a Monday, but a holiday
        (date(2026, 10, 8), ["weekly", "monthly"]),
        (date(2026, 4, 1), ["monthly"]),
    ],
)
def test_days_of_the_meetings(day: date, expected: list[str]) -> None:
    assert meetings(day) == expected


def test_a_report_is_due_on_a_working_day() -> None:
    (days,) = [row["value"] for row in read_seed(ISSUES / "issue_settings.csv") if row["setting"] == "report_due_days"]
    assert days == "30"
    assert report_due(date(2026, 2, 2)) == date(2026, 3, 4)
    assert report_due(date(2026, 1, 29)) == date(2026, 2, 28)  # a Saturday on which people work
    assert next_working_day(date(2026, 3, 7)) == date(2026, 3, 9)


def rows_of(path: Path, title: str) -> list[tuple[Any, ...]]:
    sheet = openpyxl.load_workbook(path)[title]
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=4)]


def test_lists_of_a_week(home: Home, release: Release) -> None:
    (written,) = dispatch(home, release, DAY, ["weekly"])
    assert written.workbook == home.published / "dispatch" / "2026-03-02_990101_每周会商清单.xlsx"
    overdue = rows_of(written.workbook, "逾期未完成")
    assert [(row[0], row[1], row[2], row[4]) for row in overdue] == [
        ("2026-001", "问责建议", 35, "问题1"),
        ("2026-002", "提醒", 3, "问题2"),
    ]
    assert [row[3] for row in rows_of(written.workbook, "即将到期")] == ["问题3"]
    assert [row[3] for row in rows_of(written.workbook, "待复查")] == ["<b>=1+1</b>"]
    assert rows_of(written.workbook, "应报送的整改情况报告") == [(datetime(2026, 2, 25), "示教督函〔2025〕8号", 8, 7)]
    page = written.page.read_text(encoding="utf-8")
    assert "&lt;b&gt;=1+1&lt;/b&gt;" in page
    assert "<b>=" not in page
    assert written.message == (
        "示范县每周会商清单（2026-03-02）：逾期未完成 2 件（其中提醒 1 件、问责建议 1 件），新增未分派 0 件，即将到期 1 件，"
        "待复查 1 件，"
        "应报送的整改情况报告 1 件。清单：2026-03-02_990101_每周会商清单.xlsx。"
        "依据版本 r0001-0（未签发）；逾期天数截至该版本最近一夜。"
    )
    assert "依据版本 r0001-0（未签发）" in page
    lines = [sheet.cell(2, 1).value for sheet in openpyxl.load_workbook(written.workbook)]
    assert all("未签发" in line for line in lines)


def test_what_is_new_and_how_the_lists_divide(home: Home, tmp_path: Path) -> None:
    """The first sheet counts for each who answers; what is overdue by its level. It adds up to the lists."""
    given = [
        *ISSUES_OF_THE_COUNTY,
        issue(
            10, state="opened", lead_unit_zh=None, leader_role_zh="教育局分管领导", school_code="1", opened_at=date(2026, 2, 27)
        ),
        issue(11, 20, 3, leader_role_zh="教育局分管领导", school_code="2"),
    ]
    (tmp_path / "other").mkdir()
    (written,) = dispatch(home, make_release(tmp_path / "other", given), DAY, ["weekly"])
    assert [row[:4] for row in rows_of(written.workbook, "新增未分派")] == [("2026-010", datetime(2026, 2, 27), None, "问题10")]
    book = openpyxl.load_workbook(written.workbook)
    assert book.sheetnames[0] == "分组汇总"
    rows = [list(row) for row in book["分组汇总"].iter_rows(values_only=True)]
    header = rows.index(["按分管领导岗位", *[None] * (len(rows[0]) - 1)]) + 1
    assert rows[header] == ["名称", "未了结", *OVERDUE, "新增未分派", "即将到期", "待复查"]
    assert rows[header + 1 : header + 3] == [
        ["教育局分管领导", 2, 0, 0, 1, 0, 1, 0, 0],
        ["未定", 8, 1, 0, 0, 1, 0, 1, 1],
    ]
    units = rows.index(["按责任单位", *[None] * (len(rows[0]) - 1)])
    assert [row[:2] for row in rows[units + 2 : units + 4]] == [["县教育局", 9], ["未定", 1]]


def test_posts_and_areas_of_schools_are_printed_as_posts(
    home: Home, release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_school = {"inspection_area": "第一片区", "inspector_post": "D03", "leader_post": None, "contact_post": None}
    monkeypatch.setattr("publish.issues.dispatch.posts_of_schools", lambda _home: {("990101", "2"): of_school})
    (tmp_path / "other").mkdir()
    other = make_release(tmp_path / "other", [issue(11, 20, 3, school_code="2")])
    (written,) = dispatch(home, other, DAY, ["weekly"], tmp_path / "out")
    assert written.workbook.parent == tmp_path / "out"
    assert not home.dispatch.exists()
    (row,) = rows_of(written.workbook, "逾期未完成")
    assert row[6:8] == ("第一片区", "责任督学（岗位 D03）")


def test_what_stands_still_is_shown_to_the_monthly_meeting(home: Home, release: Release) -> None:
    written = dispatch(home, release, DAY)
    assert [each.workbook.name.split("_")[2] for each in written] == [
        "每周会商清单.xlsx",
        "双周调度清单.xlsx",
        "每月督导清单.xlsx",
    ]
    still = rows_of(written[2].workbook, "30 天以上没有进展")
    assert [row[3] for row in still] == ["问题6"]
    assert dispatch(home, release, date(2026, 3, 3)) == []
