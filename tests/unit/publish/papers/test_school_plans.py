"""一校一案 and 资源缺口采购清单: what the marts say stands on the pages, each need once, and money is never made up."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from publish.papers.purchases import TABLES as OF_PURCHASES
from publish.papers.purchases import purchases
from publish.papers.school_plans import TABLES, school_plans
from publish.tables.reading import CountyYear
from tests.marts import create_mart

COUNTY = CountyYear("990101", "示范县", "示范市", 2025, True)
YEAR = {"county_code": "990101", "school_year": 2025}
RULES = YEAR | {"ruleset_id": "national-2017"}
FOOT = {"release": "r0001-abc", "state": "未签发", "created_at": "2026-03-01T01:00:00+08:00"}
NINE, SMALL, FINE = "3199010001", "2199010002", "2199010003"
LABELS = {
    "stage": {"primary": "小学", "junior": "初中"},
    "verdict": {"met": "达标", "floor_met": "达到85%", "unmet": "不达标"},
    "school_kind": {"312": "九年一贯制学校", "211": "小学"},
}


def shortfall(school: str, stage: str, indicator: str, unit: str, here: float, school_wide: float) -> dict[str, Any]:
    return RULES | {
        **{"school_code": school, "stage": stage, "indicator_code": indicator, "unit": unit, "shortfall": here},
        **{"school_shortfall": school_wide, "school_relaxed_shortfall": school_wide},
        **{"value": 4, "value_zh": "4.4999", "standard": 4.5, "verdict": "unmet", "verdict_strict": "unmet"},
    }


def option(school: str, indicator: str, part: str, way: str, order: int, **figures: Any) -> dict[str, Any]:
    return RULES | {
        **{"school_code": school, "requirement_code": indicator, "part": part, "option_code": way, "option_order": order},
        **{
            "school_name": "校",
            "item_zh": f"{indicator}项目",
            "option_zh": way,
            "unit": "间",
            "needs_money": True,
            "owner_zh": "规划股",
        },
        **figures,
    }


@pytest.fixture
def marts(tmp_path: Path) -> Callable[..., duckdb.DuckDBPyConnection]:
    def made(**changed: list[dict[str, Any]]) -> duckdb.DuckDBPyConnection:
        rows: dict[str, list[dict[str, Any]]] = {
            "dim_code": [
                {"list": name, "code": code, "label_zh": label} for name, codes in LABELS.items() for code, label in codes.items()
            ],
            "dim_county": [YEAR | {"school_year_label": "2025—2026学年"}],
            "dim_ruleset": [
                {"ruleset_id": "national-2017", "name_zh": "优质均衡"},
                {"ruleset_id": "national-2012", "name_zh": "基本均衡"},
            ],
            "dim_indicator": [
                {
                    "ruleset_id": "national-2017",
                    "indicator_code": code,
                    "stage": stage,
                    "name_zh": name,
                    "is_split": code == "L4",
                    "decimals": 2,
                    "is_composite": False,
                }
                for code, name in (("L1", "教师数"), ("L4", "教学用房面积"))
                for stage in ("primary", "junior")
            ],
            "dim_requirement": [
                {"ruleset_id": "national-2017", "requirement_code": "G3", "part": "a", "name_zh": "音乐教室不足"}
            ],
            "dim_school": [
                YEAR
                | {
                    "school_code": code,
                    "school_name": name,
                    "school_kind_code": kind,
                    "display_order": order,
                    "township": "城关镇",
                }
                for order, (code, name, kind) in enumerate(
                    [(NINE, "九年校", "312"), (SMALL, "小学甲", "211"), (FINE, "小学乙", "211")]
                )
            ],
            "fct_school_verdict": [
                RULES | {"school_code": code, "stage": stage, "verdict": verdict, "verdict_strict": verdict}
                for code, stage, verdict in (
                    (NINE, "primary", "met"),
                    (NINE, "junior", "unmet"),
                    (SMALL, "primary", "unmet"),
                    (FINE, "primary", "met"),
                )
            ],
            "fct_school_indicator": [RULES | {"school_code": NINE, "stage": "primary", "indicator_code": "L4", "pupils": 480}],
            "fct_school_shortfall": [
                shortfall(NINE, "primary", "L4", "平方米", 5, 283.636363),
                shortfall(NINE, "junior", "L4", "平方米", 120, 283.636363),
                shortfall(SMALL, "primary", "L1", "人", 1.7, 2),
            ],
            "fct_school_requirement": [
                RULES
                | {
                    "school_code": SMALL,
                    "requirement_code": "G3",
                    "part": "a",
                    "value": 0,
                    "threshold": 1,
                    "verdict": "unmet",
                    "verdict_strict": "unmet",
                }
            ],
            "fct_school_trend": [
                RULES
                | {
                    "school_code": NINE,
                    "stage": "primary",
                    "indicator_code": "L4",
                    "previous_value": 4,
                    "value": 4.4999,
                    "value_change": 0.4999,
                    "verdict": "floor_met",
                }
            ],
            "rpt_school_option": [
                option(NINE, "L4", "all", "新建、扩建", 1, quantity=283.64, cost_wan_yuan=85.092, unit_cost_wan_yuan=0.3),
                option(NINE, "L4", "all", "控制招生", 2, needs_money=False),
                option(SMALL, "L1", "primary", "招聘", 1, quantity=2),
                option(SMALL, "G3", "a", "改造", 1, quantity=1, unit_cost_wan_yuan=6.5, cost_wan_yuan=6.5),
            ],
            "fct_project": [
                YEAR | {"project_no": "X1", "project_name": "综合楼", "budget_wan_yuan": 620, "due_on": "2026-08-20"}
            ],
            "fct_project_target": [
                YEAR
                | {
                    "project_no": "X1",
                    "project_name": "综合楼",
                    "assessed_school_code": NINE,
                    "requirement_code": "L4",
                    "closing_amount": 284,
                    "remaining_after_all": 0,
                }
            ],
            "rpt_school_plan": [
                {
                    "county_code": "990101",
                    "school_code": NINE,
                    "issue_id": "i1",
                    "requirement_code": "L4",
                    "title": "用房不足",
                    "deadline": "2026-08-31",
                    "state_zh": "整改中",
                    "is_open": True,
                },
                {
                    "county_code": "990101",
                    "school_code": NINE,
                    "issue_id": "i2",
                    "requirement_code": "L4",
                    "title": "已销号的",
                    "deadline": "2026-01-31",
                    "state_zh": "已销号",
                    "is_open": False,
                },
                {
                    "county_code": "990101",
                    "school_code": SMALL,
                    "issue_id": "i3",
                    "stage_zh": "小学",
                    "shortfall_indicator_code": "L1",
                    "title": "资源不达标",
                    "deadline": "2026-09-30",
                    "state_zh": "待分派",
                    "is_open": True,
                },
            ],
        } | changed
        connection = duckdb.connect()
        for name, of_mart in rows.items():
            create_mart(connection, name, of_mart)
        return connection

    return made


def pages(book: bytes) -> dict[str, list[list[Any]]]:
    """What is written on each sheet, row by row."""
    return {
        sheet.title: [
            row for row in ([cell for cell in line if cell is not None] for line in sheet.iter_rows(values_only=True)) if row
        ]
        for sheet in openpyxl.load_workbook(io.BytesIO(book)).worksheets
    }


def plans(connection: duckdb.DuckDBPyConnection) -> dict[str, list[list[Any]]]:
    ((name, book),) = school_plans(connection, COUNTY, FOOT).items()
    assert name == "一校一案_优质均衡_2025—2026学年.xlsx"
    return pages(book)


def test_a_need_of_two_stages_stands_once_with_what_each_lacks(marts: Callable[..., duckdb.DuckDBPyConnection]) -> None:
    page = plans(marts())["九年校"]
    (need,) = [row for row in page if row[0] == "L4 教学用房面积" and len(row) == 7]
    assert need == [
        "L4 教学用房面积",
        "小学 4.4999；初中 4.4999",
        "小学 4.5；初中 4.5",
        "小学缺 5 平方米；初中缺 120 平方米",
        283.64,
        "平方米",
        283.64,
    ]
    assert ["L4 教学用房面积", "小学", 4, 4.5, 0.5, "达到85%"] in page
    assert any("小学 480 人、初中 待定 人" in str(row[0]) for row in page)


def test_ways_have_their_money_deadline_and_project(marts: Callable[..., duckdb.DuckDBPyConnection]) -> None:
    written = plans(marts())
    rows = {
        row[1]: row
        for page in ("九年校", "小学甲")
        for row in written[page]
        if len(row) in (7, 8) and row[1] in ("新建、扩建", "招聘", "改造")
    }
    assert [str(value) for value in rows["新建、扩建"]] == [
        "L4 L4项目",
        "新建、扩建",
        "283.64",
        "间",
        "85.092",
        "规划股",
        "2026-08-31 00:00:00",
        "综合楼",
    ]
    assert [str(value) for value in rows["招聘"]] == [
        "L1 L1项目（小学）",
        "招聘",
        "2",
        "间",
        "待定",
        "规划股",
        "2026-09-30 00:00:00",
        "无",
    ]
    assert rows["改造"][4:7] == [6.5, "规划股", "待定"]
    (capped,) = [row for row in written["九年校"] if row[0] == "控制招生"]
    assert capped[:5] == ["控制招生", "待测算", "间", "—", "规划股"]


def test_who_has_nothing_to_do_has_no_page_and_stands_in_the_list(marts: Callable[..., duckdb.DuckDBPyConnection]) -> None:
    written = plans(marts())
    assert list(written) == ["目录", "九年校", "小学甲"]
    assert [row for row in written["目录"] if row[0] in (1, 2, 3)] == [
        [1, "九年校", "城关镇", "小学达标；初中不达标", 1, 1],
        [2, "小学甲", "城关镇", "小学不达标", 2, 1],
        [3, "小学乙", "城关镇", "小学达标", 0, 0],
    ]
    assert not any("已销号的" in str(row) for row in written["九年校"])


def test_a_school_is_one_printed_page(marts: Callable[..., duckdb.DuckDBPyConnection]) -> None:
    ((_, book),) = school_plans(marts(), COUNTY, FOOT).items()
    for sheet in openpyxl.load_workbook(io.BytesIO(book)).worksheets[1:]:
        height = sheet.page_setup.fitToHeight  # written where it is not one
        assert (sheet.page_setup.paperSize, sheet.sheet_properties.pageSetUpPr.fitToPage, height) == (9, True, None)


def test_money_adds_up_and_what_has_no_price_is_undecided(marts: Callable[..., duckdb.DuckDBPyConnection]) -> None:
    ((name, book),) = purchases(marts(), COUNTY, FOOT).items()
    assert name == "资源缺口采购清单_优质均衡_2025—2026学年.xlsx"
    written = pages(book)
    items = [row for row in written["按项目汇总"] if row[0] in ("L1", "L4", "G3")]
    assert [row[:8] for row in items] == [
        ["G3", "G3项目", "改造", 1, 1, "间", 6.5, 6.5],
        ["L1", "L1项目", "招聘", 1, 2, "间", "待定", "待定"],
        ["L4", "L4项目", "新建、扩建", 1, 283.64, "间", 0.3, 85.092],
    ]
    assert "合计 91.592 万元；1 项没有单价或数量" in written["按项目汇总"][1][0]
    by_school = [row for row in written["逐校明细"] if isinstance(row[0], int)]
    assert {(row[-6], row[-2]) for row in by_school} == {("L4项目", 85.092), ("L1项目", "待定"), ("G3项目", 6.5)}
    assert {(row[2], row[3]) for row in by_school} >= {("L4", "全校"), ("L1", "小学")}


def test_one_unknown_leaves_the_sum_of_an_item_undecided(marts: Callable[..., duckdb.DuckDBPyConnection]) -> None:
    ways = [
        option(NINE, "L4", "all", "改造", 1, quantity=1, unit_cost_wan_yuan=2, cost_wan_yuan=2),
        option(SMALL, "L4", "all", "改造", 1, unit_cost_wan_yuan=2),
    ]
    ((_, book),) = purchases(marts(rpt_school_option=ways), COUNTY, FOOT).items()
    (item,) = [row for row in pages(book)["按项目汇总"] if row[0] == "L4"]
    assert item[3:8] == [2, "待定", "间", 2, "待定"]


def test_the_same_marts_give_the_same_bytes_and_no_other_mart_is_read(marts: Callable[..., duckdb.DuckDBPyConnection]) -> None:
    for write, tables in ((school_plans, TABLES), (purchases, OF_PURCHASES)):
        first = marts()
        for (name,) in first.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall():
            if name not in tables:
                first.execute(f"drop table marts.{name}")
        assert write(first, COUNTY, FOOT) == write(marts(), COUNTY, FOOT) != {}


def test_a_county_without_verdicts_has_no_paper(marts: Callable[..., duckdb.DuckDBPyConnection]) -> None:
    assert school_plans(marts(fct_school_verdict=[]), COUNTY, FOOT) == purchases(marts(fct_school_verdict=[]), COUNTY, FOOT) == {}
