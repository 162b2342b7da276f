"""三项清单: every open task stands once on each list that it belongs to, under its unit and under the post of its leader."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import duckdb
import openpyxl
import pytest

from publish.papers.task_lists import TABLES, task_books, task_lists
from publish.tables.reading import CountyYear
from tests.marts import create_mart

COUNTY = CountyYear("990101", "示范县", "示范市", 2025, True)
YEAR = {"county_code": "990101", "school_year": 2025}
FOOT = {"release": "r0001-abc", "state": "未签发", "created_at": "2026-03-01T01:00:00+08:00"}
HEADER_ROWS = 3


@pytest.fixture
def marts() -> duckdb.DuckDBPyConnection:
    issues = [("i1", "财政局、教育局", "县长岗"), ("i2", "教育局", "局长岗"), ("i3", "教育局", None)]
    county = {"county_code": "990101"}
    tasks = [
        ("财政局", "i1", "牵头"),
        ("教育局", "i1", "牵头"),
        ("教育局", "i2", "牵头"),
        ("财政局", "i3", "配合"),
        ("教育局", "i3", "牵头"),
    ]
    rows: dict[str, list[dict[str, Any]]] = {
        "dim_code": [{"list": "verdict", "code": "undecided", "label_zh": "待定"}],
        "dim_county": [YEAR | {"school_year_label": "2025—2026学年"}],
        "fct_issue": [
            county | {"issue_id": issue, "issue_no": f"2026-00{issue[1]}", "leader_role": leader} for issue, _, leader in issues
        ],
        "rpt_issue_ledger": [county | {"issue_id": issue, "lead_unit_zh": units} for issue, units, _ in issues],
        "fct_school_verdict": [YEAR | {"ruleset_id": "r", "verdict": "met"}],
        "rpt_unit_task": [
            county
            | {
                "unit_zh": unit,
                "issue_id": issue,
                "unit_role_zh": role,
                "title": f"任务{issue}",
                "deadline": "2026-08-31",
                "money_yuan": "1200.50",
            }
            for unit, issue, role in tasks
        ],
        "rpt_key_task": [county | {"issue_id": "i2", "title": "任务i2", "reason_zh": "逾期 20 天", "days_overdue": 20}],
        "rpt_issue_evidence": [
            county
            | {
                "issue_id": "i1",
                "title": "任务i1",
                "evidence_zh": "照片",
                "given_on": "2026-02-01",
                "has_file": False,
                "lead_unit_zh": "财政局、教育局",
            }
        ],
        "rpt_evidence": [
            YEAR
            | {
                "ruleset_id": ruleset,
                "requirement_code": "G2",
                "name_zh": "标准统一",
                "owner_zh": "计财股",
                "basis": "declared",
                "verdict": "undecided",
                "has_file": False,
            }
            for ruleset in ("r", "not-judged")
        ],
    }
    connection = duckdb.connect()
    for name in TABLES:
        create_mart(connection, name, rows[name])
    return connection


def listed(book: bytes) -> dict[str, list[list[Any]]]:
    """The lines of each sheet."""
    sheets = openpyxl.load_workbook(io.BytesIO(book)).worksheets
    return {sheet.title: [list(row) for row in sheet.iter_rows(min_row=HEADER_ROWS + 1, values_only=True)] for sheet in sheets}


def test_each_unit_and_each_leader_has_a_sheet(marts: duckdb.DuckDBPyConnection) -> None:
    books = task_lists(marts, COUNTY, FOOT)
    assert list(books) == [f"{name}_2025—2026学年.xlsx" for name in ("部门乡镇工作任务清单", "重点攻坚任务清单", "佐证台账清单")]
    tasks = {
        whose: [(row[2], row[3], row[4]) for row in lines]
        for whose, lines in listed(books["部门乡镇工作任务清单_2025—2026学年.xlsx"]).items()
    }
    assert tasks == {
        "全部": [("任务i1", "财政局、教育局", None), ("任务i2", "教育局", None), ("任务i3", "教育局", None)],
        "县长岗": [("任务i1", "财政局、教育局", None)],
        "局长岗": [("任务i2", "教育局", None)],
        "教育局": [("任务i1", "教育局", "牵头"), ("任务i2", "教育局", "牵头"), ("任务i3", "教育局", "牵头")],
        "财政局": [("任务i1", "财政局", "牵头"), ("任务i3", "财政局", "配合")],
    }
    keys = listed(books["重点攻坚任务清单_2025—2026学年.xlsx"])
    assert {whose: [row[1] for row in lines] for whose, lines in keys.items()} == {
        name: ["任务i2"] for name in ("全部", "局长岗", "教育局")
    }
    evidence = {whose: [row[1] for row in lines] for whose, lines in listed(books["佐证台账清单_2025—2026学年.xlsx"]).items()}
    assert evidence == {
        "全部": ["G2 标准统一", "任务i1"],
        "县长岗": ["任务i1"],
        "教育局": ["任务i1"],
        "计财股": ["G2 标准统一"],
        "财政局": ["任务i1"],
    }


def test_money_and_days_are_numbers_and_days(marts: duckdb.DuckDBPyConnection) -> None:
    (line, *_) = listed(task_lists(marts, COUNTY, FOOT)["部门乡镇工作任务清单_2025—2026学年.xlsx"])["全部"]
    assert (line[1], line[8], line[9].date()) == ("2026-001", 1200.5, date(2026, 8, 31))


def test_a_unit_gets_its_three_lists_in_one_workbook(marts: duckdb.DuckDBPyConnection) -> None:
    books = task_books(marts, COUNTY, FOOT)
    assert sorted(books) == sorted(
        f"三项清单_{whose}.xlsx" for whose in ("全部", "县长岗", "局长岗", "教育局", "计财股", "财政局")
    )
    of_unit = listed(books["三项清单_计财股.xlsx"])
    assert of_unit["部门乡镇工作任务清单"] == [["无", *[None] * 13]]
    assert [row[4] for row in of_unit["佐证台账清单"]] == ["缺，待提供"]
