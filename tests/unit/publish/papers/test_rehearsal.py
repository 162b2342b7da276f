"""预演 国家核查: who is drawn follows from the printed seed, and every point of the marts stands on the lists."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime
from typing import Any

import duckdb
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.papers.rehearsal import TABLES, drawn, rehearsals
from publish.tables.reading import CountyYear
from tests.marts import create_mart

COUNTY = CountyYear("990101", "示范县", "示范市", 2025, True)
YEAR = {"county_code": "990101", "school_year": 2025}
RULES = YEAR | {"ruleset_id": "national-2017"}
FOOT = {"release": "r0007-abc", "state": "未签发", "created_at": "2026-03-01T01:00:00+08:00"}
CODES = [f"21990100{number:02}" for number in range(12)]


def indicator(code: str, value: str, verdict: str = "met", **given: Any) -> dict[str, Any]:
    row = RULES | {"school_code": code, "stage": "primary", "indicator_code": "L4", "value": value, "value_rounded": value[:5]}
    return row | {"standard": "4.5", "verdict": verdict, "verdict_strict": verdict} | given


@pytest.fixture
def marts() -> duckdb.DuckDBPyConnection:
    review = YEAR | {"school_code": CODES[3], "stage": "all", "name_zh": "教师", "state": "disagree", "state_zh": "变动过大"}
    rows: dict[str, list[dict[str, Any]]] = {
        "aud_check_index": [
            YEAR | {"source": "county_items", "is_owed": True, "submissions": 0},
            YEAR | {"source": "school_census", "is_owed": True, "submissions": 0, "check_id": "a"},
            YEAR | {"source": "school_census", "is_owed": True, "submissions": 2, "check_id": "b"},
            YEAR | {"source": "births", "is_owed": False, "submissions": 0},
        ],
        "aud_submission": [
            YEAR | {"submission_id": "s", "file_name": "甲.csv", "status": "refused", "reason": "空表", "source": None}
        ],
        "brg_venue_school": [
            YEAR | {"venue_no": "C1", "school_code": CODES[4], "use": "leased", "valid_to": "2027-08-31", "counted_area_m2": 900},
            YEAR | {"venue_no": "C2", "school_code": CODES[5], "use": "own"},
        ],
        "dim_code": [
            {"list": "stage", "code": "primary", "label_zh": "小学", "display_order": 1},
            {"list": "verdict", "code": "met", "label_zh": "达标"},
            {"list": "verdict", "code": "unmet", "label_zh": "不达标"},
            {"list": "relaxation", "code": "L5_dense_centre", "label_zh": "可计入租借场馆"},
        ],
        "dim_county": [YEAR | {"school_year_label": "2025—2026学年"}],
        "dim_indicator": [{"ruleset_id": "national-2017", "indicator_code": "L4", "stage": "primary", "name_zh": "用房"}],
        "dim_ruleset": [{"ruleset_id": "national-2017", "name_zh": "优质均衡"}],
        "dim_school": [YEAR | {"school_code": code, "school_name": f"校{code[-2:]}"} for code in CODES],
        "fct_issue": [
            {
                "county_code": "990101",
                "issue_id": "i",
                "origin": "finding",
                "source_document": "8号",
                "opened_at": "2026-02-10",
                "is_open": True,
            }
        ],
        "fct_joint_review": [
            review | {"right_source": "last_year", "left_value": 9, "right_value": 4},
            review | {"right_source": "roster", "state_zh": "不一致"},
        ],
        "fct_school_indicator": [
            indicator(CODES[0], "4.6"),
            indicator(CODES[1], "4.365"),
            indicator(CODES[2], "4.635"),
            indicator(CODES[8], "4.6351"),
            indicator(CODES[6], "4.37", "unmet", indicator_code="L5"),
            indicator(CODES[7], "2", relaxation_code="L5_dense_centre", verdict_strict="unmet"),
        ],
        "fct_school_verdict": [RULES | {"school_code": code, "stage": "primary", "verdict": "met"} for code in CODES],
        "fct_shared_venue": [
            YEAR | {"venue_no": "C1", "venue_name": "体育中心", "is_claimed_twice": True, "claimed_by": f"{CODES[4]}、{CODES[5]}"}
        ],
        "rpt_evidence": [
            RULES
            | {
                "requirement_code": "G2",
                "part": "all",
                "name_zh": "统一",
                "owner_zh": "计财股",
                "basis": "declared",
                "is_missing": True,
            }
        ],
    }
    connection = duckdb.connect()
    for name in TABLES:
        create_mart(connection, name, rows.get(name, []))
    return connection


@pytest.fixture
def book(marts: duckdb.DuckDBPyConnection) -> Any:
    ((name, data),) = rehearsals(marts, COUNTY, FOOT).items()
    assert name == "预演国家核查_优质均衡_2025—2026学年.xlsx"
    return openpyxl.load_workbook(io.BytesIO(data))


def lines(book: Any, sheet: str) -> list[list[Any]]:
    """Lines below the header, which begins with 序号 or 日期."""
    rows = [list(row) for row in book[sheet].iter_rows(values_only=True)]
    return rows[next(number for number, row in enumerate(rows) if row[0] in ("序号", "日期")) + 1 :]


def test_the_draw_can_be_made_again_from_the_seed(book: Any) -> None:
    chosen = sorted(CODES, key=lambda code: hashlib.sha256(f"r0007-abc/{code}".encode()).hexdigest())[:5]
    assert [row[1] for row in lines(book, "抽查学校")] == [f"校{code[-2:]}" for code in chosen]
    assert "随机种子 r0007-abc" in book["抽查学校"]["A2"].value
    assert book.sheetnames[1:6] == [f"校{code[-2:]}" for code in chosen]


@given(st.sets(st.text("0123456789", min_size=1, max_size=10), max_size=30), st.text(max_size=5), st.integers(0, 8))
def test_a_draw_is_of_its_size_and_order_of_the_schools_does_not_matter(codes: set[str], seed: str, count: int) -> None:
    chosen = drawn(sorted(codes), seed, count)
    assert len(chosen) == len(set(chosen)) == min(count, len(codes))
    assert chosen == drawn(sorted(codes, reverse=True), seed, count)


def test_every_point_stands_on_the_list(book: Any) -> None:
    points = {(row[1], row[2], row[3], row[4], row[5]) for row in lines(book, "全部核查要点")}
    assert points == {
        ("校00", "接近标准", "小学L4 用房：距标准 3% 以内，达标", 4.6, 4.5),
        ("校01", "接近标准", "小学L4 用房：距标准 3% 以内，达标", 4.365, 4.5),
        ("校02", "接近标准", "小学L4 用房：距标准 3% 以内，达标", 4.635, 4.5),
        ("校06", "接近标准", "小学L5：距标准 3% 以内，不达标", 4.37, 4.5),
        ("校07", "靠放宽达标", "小学L4 用房：按“可计入租借场馆”计为达标，不计放宽不达标", 2, 4.5),
        ("校03", "变动过大", "教师：变动过大", 9, 4),
        ("校03", "来源矛盾", "教师：不一致", None, None),
        ("校04", "租借场馆", "体育中心（leased，没有写明）截止 2027-08-31", 900, None),
        ("校04", "来源矛盾", "场馆 体育中心 有几所学校都计入面积：校04、校05", None, None),
        ("校05", "来源矛盾", "场馆 体育中心 有几所学校都计入面积：校04、校05", None, None),
    }


def test_days_are_counted_from_the_day_of_the_paper(book: Any) -> None:
    days = [(row[0], row[1], row[2]) for row in lines(book, "日历和倒计时")]
    assert (datetime(2026, 3, 31), 30, "申报（3 月）") in days
    assert (datetime(2026, 3, 2), 1, "8号：反馈后 20 日报送整改情况") in days
    assert (datetime(2026, 3, 12), 11, "8号：反馈后 30 日报送整改情况") in days
    assert ("未写明", None, "放宽条款到期：可计入租借场馆") in days
    dated = [row[0] for row in days if isinstance(row[0], datetime)]
    assert dated == sorted(dated)


def test_sections_are_reminded_of_what_they_owe(book: Any) -> None:
    assert [tuple(row[1:4]) for row in lines(book, "各股室待办提醒")] == [
        ("督导室", "应交未交", "county_items"),
        ("计财股", "缺佐证", "G2 统一"),
        ("未定", "已退回", "甲.csv：空表"),
    ]


def test_a_checklist_has_points_and_figures_and_room_for_findings(book: Any) -> None:
    sheets = [lines(book, name) for name in book.sheetnames[1:6]]
    assert all(row[5] is None and row[6] is None for sheet in sheets for row in sheet if row[0] != "无")
    marked = {row[1] for sheet in sheets for row in sheet}
    assert marked <= {"逐项核对", "接近标准", "靠放宽达标", "变动过大", "来源矛盾", "租借场馆", None}
