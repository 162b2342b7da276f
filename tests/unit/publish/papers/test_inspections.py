"""巡课周汇总 and 满意度: the rows of their marts, in the order in which they are read."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import duckdb
import openpyxl

from publish.papers.inspections import inspections
from publish.tables.reading import CountyYear
from tests.marts import create_mart

COUNTY = CountyYear("990101", "示范县", "示范市", 2025, True)
YEAR = {"county_code": "990101", "school_year": 2025}
FOOT = {"release": "r0001-abc", "state": "未签发", "created_at": "2026-03-01T01:00:00+08:00"}
WEEK = YEAR | {"school_code": "1", "school_name": "甲校", "record_count": 2, "compared_count": 1, "changed_count": 1}
SHARE = YEAR | {"survey": "评教", "respondent_group": "pupils", "respondent_zh": "学生", "township": "城关镇", "school_count": 1}


def marts(lessons: list[dict[str, Any]], shares: list[dict[str, Any]]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    create_mart(connection, "dim_county", [YEAR | {"school_year_label": "2025—2026学年"}])
    create_mart(connection, "rpt_lesson_inspection", lessons)
    create_mart(connection, "rpt_satisfaction", shares)
    return connection


def lines(book: bytes) -> list[list[Any]]:
    (sheet,) = openpyxl.load_workbook(io.BytesIO(book)).worksheets
    return [list(row) for row in sheet.iter_rows(min_row=4, values_only=True)]


def test_weeks_stand_in_their_order_and_what_nobody_says_is_empty() -> None:
    later = WEEK | {"week_start": "2025-10-20"}
    first = WEEK | {"week_start": "2025-10-13", "lessons_planned": 180, "lessons_given": 173, "lessons_missing": 7}
    other = WEEK | {"school_year": 2024, "week_start": "2024-10-14"}
    ((name, book),) = inspections(marts([later, first, other], []), COUNTY, FOOT).items()
    assert name == "巡课周汇总_2025—2026学年.xlsx"
    assert [row[0] for row in lines(book)] == [datetime(2025, 10, 13), datetime(2025, 10, 20)]
    assert [row[3:] for row in lines(book)] == [[2, 1, 1, 180, 173, 7], [2, 1, 1, None, None, None]]


def test_townships_stand_before_their_schools() -> None:
    school = SHARE | {"school_code": "1", "school_name": "甲校", "valid": 200, "satisfied": 189, "satisfied_share": 94.5}
    unknown = SHARE | {"school_code": "2", "school_name": "乙校", "valid": 10}
    township = SHARE | {"valid": 200, "satisfied": 189, "satisfied_share": 94.5}
    ((name, book),) = inspections(marts([], [unknown, school, township]), COUNTY, FOOT).items()
    assert name == "满意度和学生评教_2025—2026学年.xlsx"
    assert [row[3:] for row in lines(book)] == [
        ["乡镇合计", 1, 200, 189, 94.5],
        ["甲校", 1, 200, 189, 94.5],
        ["乙校", 1, 10, "待定", "待定"],
    ]


def test_nothing_delivered_gives_no_paper() -> None:
    assert inspections(marts([], []), COUNTY, FOOT) == {}
