"""薄弱学科: results beside what is asked, teachers and lessons of schools in no order of merit, own tests over the years."""

from __future__ import annotations

import io
from typing import Any

import duckdb
import openpyxl

from publish.papers.weak_subjects import weak_subjects
from publish.tables.reading import CountyYear
from tests.marts import create_mart

COUNTY = CountyYear("990101", "示范县", "示范市", 2025, True)
YEAR = {"county_code": "990101", "school_year": 2025}
FOOT = {"release": "r0001-abc", "state": "未签发", "created_at": "2026-03-01T01:00:00+08:00"}
CODES = [
    {"list": "stage", "code": "primary", "label_zh": "小学"},
    {"list": "grade", "code": "4", "label_zh": "四年级"},
    {"list": "verdict", "code": "unmet", "label_zh": "不达标"},
    {"list": "monitoring_measure", "code": "between_school_rate", "label_zh": "校际差异率"},
    {"list": "subject", "code": "science", "label_zh": "科学"},
    {"list": "assessment_direction", "code": "wider", "label_zh": "校际差异扩大"},
]
RATE = {"county_code": "990101", "scope": "national", "monitoring_year": 2025, "grade": 4, "measure": "between_school_rate"}
RATE |= {"subject": "科学", "is_official": True, "value": 0.21, "threshold": 0.15, "verdict": "unmet"}
STAR = RATE | {
    "subject": "体育",
    "measure": "fitness_pass",
    "value": None,
    "threshold": None,
    "verdict": None,
    "star": 2,
    "least_star": 3,
}
SCHOOL = YEAR | {"stage": "primary", "subject": "science", "subject_zh": "科学", "full_time_teachers": 1, "compared_count": 4}
TREND = YEAR | {"assessment": "期末", "grade": 4, "subject": "science", "previous_school_year": 2024, "direction": "wider"}


def sheets(
    results: list[dict[str, Any]], schools: list[dict[str, Any]], trend: list[dict[str, Any]]
) -> dict[str, list[list[Any]]]:
    """Lines below the header of each sheet, cells that hold nothing left out."""
    connection = duckdb.connect()
    create_mart(connection, "dim_code", CODES)
    create_mart(connection, "fct_monitoring_result", results)
    create_mart(connection, "fct_weak_subject", schools)
    create_mart(connection, "fct_assessment_trend", trend)
    books = weak_subjects(connection, COUNTY, FOOT)
    found = {}
    for book in books.values():
        for sheet in openpyxl.load_workbook(io.BytesIO(book)).worksheets:
            lines = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
            starts = next(place for place, line in enumerate(lines) if line[:1] in (["监测年份"], ["学科"], ["学年"]))
            found[sheet.title] = lines[starts + 1 :]
    return found


def test_results_stand_beside_what_is_asked_and_stars_beside_the_least() -> None:
    own = RATE | {"is_official": False, "scope": "county"}
    shown = sheets([RATE, STAR, own], [], [])
    star, rate = ["体育", "fitness_pass", 2, 3], ["科学", "校际差异率", 0.21, 0.15, "不达标"]
    assert shown == {"监测结果": [["2025", "四年级", *star], ["2025", "四年级", *rate]]}


def test_schools_stand_by_their_names() -> None:
    first, second = SCHOOL | {"school_code": "2", "school_name": "乙校"}, SCHOOL | {"school_code": "1", "school_name": "甲校"}
    few = second | {"full_time_teachers": None, "changed_count": 3}
    (lines,) = sheets([], [few, first, first | {"school_year": 2024}], []).values()
    assert [line[1] for line in lines] == ["乙校", "甲校"]
    assert lines[0] == ["科学", "乙校", "小学", "待定", 1, 4]
    assert lines[1] == ["科学", "甲校", "小学", "待定", "待定", 4, 3]


def test_own_tests_say_only_what_can_be_told() -> None:
    figures = {
        "previous_assessment": "期末",
        "previous_correlation": 0.1,
        "intraclass_correlation": 0.4,
        "correlation_change": 0.3,
    }
    (lines,) = sheets([], [], [TREND | figures]).values()
    assert lines == [["2025—2026学年", "期末", "四年级", "科学", "2024—2025学年", "期末", 0.1, 0.4, 0.3, "校际差异扩大"]]


def test_nothing_monitored_gives_no_workbook() -> None:
    assert sheets([], [], []) == {}
