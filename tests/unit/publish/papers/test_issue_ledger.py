"""The ledger in office shape: numbers that stay, findings first, one matter together, no act skipped."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from junheng.core.home import Home
from publish.papers.issue_ledger import TABLES, office_ledgers
from publish.papers.kind import PaperContext
from publish.tables.reading import CountyYear
from tests.marts import create_mart

COUNTY = CountyYear("990101", "示范县", "示范市", 2025, True)
FOOT = {"release": "r0001-abc", "state": "未签发", "created_at": "2026-03-01T01:00:00+08:00"}
KEY = {"county_code": "990101"}
RULES = KEY | {"school_year": 2025, "ruleset_id": "national-2017"}


def issue(name: str, origin: str, code: str | None, **changed: Any) -> dict[str, Any]:
    row = {"issue_id": name, "origin": origin, "requirement_code": code, "opened_at": date(2026, 1, 5), "is_open": True}
    return (
        KEY | row | {"is_overdue": False, "days_overdue": 0, "lead_unit": "教育局", "last_event_at": date(2026, 1, 5)} | changed
    )


ISSUES = [
    issue("county", "figure", "L5", stage="primary", description="差异系数 0.5004，限值 0.5", deadline=date(2026, 9, 1)),
    issue("school", "figure", "L5", stage="primary", school_code="1", deadline=date(2026, 8, 1)),
    issue("passing", "figure", "L5", stage="primary", school_code="2", deadline=date(2026, 7, 1)),
    issue("ten", "finding", "L5", source_document="8号", source_item="10", deadline=date(2026, 6, 1)),
    issue("two", "finding", "G4", source_document="8号", source_item="2"),
    issue(
        "late",
        "inspection",
        None,
        deadline=date(2026, 2, 9),
        due_on=date(2026, 2, 9),
        is_overdue=True,
        days_overdue=20,
        next_act="remind",
    ),
    issue("done", "figure", "L5", is_open=False),
    issue("size", "figure", "G4", school_code="2"),
]


@pytest.fixture
def marts(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(tmp_path / "junheng.duckdb"))
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    rows["fct_issue"] = [row | {"issue_no": f"2026-{place:03d}"} for place, row in enumerate(ISSUES, 1)]
    shown = ("issue_id", "county_code", "school_code", "source_item", "description", "deadline", "days_overdue")
    rows["rpt_issue_ledger"] = [
        {name: row.get(name) for name in shown} | {"title": row["issue_id"], "money_yuan": 1200, "issue_no": f"2026-{place:03d}"}
        for place, row in enumerate(ISSUES, 1)
    ]
    rows["rpt_rectification_report"] = [KEY | {"as_of": date(2026, 3, 1)}]
    rows["dim_code"] = [
        {"list": kind, "code": code, "label_zh": label}
        for kind, code, label in (
            *(("stage", "primary", "小学"), ("verdict", "unmet", "不达标"), ("verdict", "undecided", "待定")),
            *(("escalation", "remind", "提醒"), ("escalation", "notice", "通报"), ("escalation", "interview", "约谈")),
        )
    ]
    area = {"ruleset_id": "national-2017", "indicator_code": "L5", "stage": "primary"}
    rows["dim_indicator"] = [area | {"block": "resource", "name_zh": "运动场馆面积"}]
    rows["fct_county_indicator"] = [RULES | area | {"verdict": "unmet"}]
    items = [("G4", "government", "学校规模", "unmet", "超过规模的学校 1 所"), ("V5", "veto", "安全事故", "undecided", "待补")]
    rows["dim_requirement"] = [
        {
            "ruleset_id": "national-2017",
            "requirement_code": code,
            "part": "all",
            "indicator_name_zh": name,
            "display_order": place,
        }
        for place, (code, _, name, *_) in enumerate(items)
    ]
    rows["fct_county_requirement"] = [
        RULES | {"requirement_code": code, "part": "all", "block": block, "verdict": verdict, "conclusion_zh": conclusion}
        for code, block, _, verdict, conclusion in items
    ]
    rows["fct_school_verdict"] = [RULES | {"school_code": "1", "stage": "primary", "verdict": "unmet"}]
    for name, given in rows.items():
        create_mart(connection, name, given)
    return connection


@pytest.fixture
def book(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> openpyxl.Workbook:
    (content,) = office_ledgers(marts, COUNTY, PaperContext(Home(tmp_path / "home"), FOOT)).values()
    return openpyxl.load_workbook(io.BytesIO(content))


def rows_of(book: openpyxl.Workbook, name: str) -> list[dict[str, Any]]:
    header, *rows = [row for row in book[name].iter_rows(values_only=True) if row[1] is not None and row[0] is not None]
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_findings_come_first_by_item_then_what_is_urgent(book: openpyxl.Workbook) -> None:
    lines = rows_of(book, "问题台账")
    assert [line["问题"] for line in lines] == ["two", "ten", "late", "county", "school", "passing", "size"]
    weights = {line["问题"]: line["轻重"] for line in lines}
    assert weights == {
        **{"two": "决定县级结论", "ten": "决定县级结论", "county": "决定县级结论"},
        **{"school": "决定学校结论", "passing": "其他", "late": "其他", "size": "其他"},
    }
    assert lines[1]["整改时限"] == datetime(2026, 6, 1)
    assert lines[0]["资金（元）"] == 1200
    assert lines[2]["逾期天数"] == 20


def test_the_gravest_come_first_among_those_that_are_late_alike(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    marts.execute("update marts.fct_issue set severity = case when issue_id in ('size', 'late') then 'critical' else 'minor' end")
    levels = [("minor", "一般", 3), ("critical", "重大", 1)]
    marts.executemany(
        "insert into marts.dim_code (list, code, label_zh, display_order) values ('issue_severity', ?, ?, ?)", [*levels]
    )
    (content,) = office_ledgers(marts, COUNTY, PaperContext(Home(tmp_path / "home"), FOOT)).values()
    lines = rows_of(openpyxl.load_workbook(io.BytesIO(content)), "问题台账")
    assert [line["问题"] for line in lines] == ["two", "ten", "late", "size", "county", "school", "passing"]
    assert [line["严重程度"] for line in lines] == ["一般", "一般", "重大", "重大", "一般", "一般", "一般"]


def test_one_matter_stands_together(book: openpyxl.Workbook) -> None:
    number = {line["问题"]: line["编号"] for line in rows_of(book, "问题台账")}
    by_name = {line["事项"]: line for line in rows_of(book, "决定认定的事项")}
    assert list(by_name) == ["安全事故", "小学运动场馆面积", "学校规模"]  # a veto first, then what is not met, most schools first
    area = by_name["小学运动场馆面积"]
    assert (area["县级问题"], area["督导反馈"], area["学校问题数"]) == (number["county"], number["ten"], 2)
    assert area["现状"] == "差异系数 0.5004，限值 0.5"
    assert area["最早时限"] == datetime(2026, 6, 1)
    related = {line["问题"]: line["关联问题"] for line in rows_of(book, "问题台账")}
    assert related["school"] == "、".join(sorted([number["county"], number["ten"]]))
    assert related["ten"] == number["county"]


def test_no_act_is_skipped_because_an_issue_is_seen_late(book: openpyxl.Workbook) -> None:
    acts = [(row["步序"], row["督办"], row["应办日期"].date(), row["办理状态"], row["文书"]) for row in rows_of(book, "督办次序")]
    assert acts == [
        (1, "提醒", date(2026, 2, 10), "应办", "整改通知单"),
        (2, "通报", date(2026, 2, 17), "待前一步", None),
        (3, "约谈", date(2026, 2, 25), "待前一步", None),
    ]


def test_an_act_that_was_recorded_makes_room_for_the_next(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    marts.execute(
        "update marts.fct_issue set last_act = 'remind', last_act_on = '2026-02-20', next_act = 'notice' where is_overdue"
    )
    (content,) = office_ledgers(marts, COUNTY, PaperContext(Home(tmp_path / "home"), FOOT)).values()
    lines = rows_of(openpyxl.load_workbook(io.BytesIO(content)), "督办次序")
    acts = [(line["督办"], line["办理状态"], line["办理日期"] and line["办理日期"].date(), line["文书"]) for line in lines]
    assert acts == [("提醒", "已办", date(2026, 2, 20), None), ("通报", "应办", None, "通报"), ("约谈", "待前一步", None, None)]
