"""The 自评报告 of a county of which little is known, and of one that has everything: it says so, and no figure is made up."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from docx import Document

from junheng.core.home import Home
from publish.papers.kind import PaperContext
from publish.papers.self_figures import TABLES
from publish.papers.self_report import self_reports
from publish.tables.reading import CountyYear
from tests.marts import create_mart

COUNTY = CountyYear("990101", "示范县", "示范市", 2025, True)
FOOT = {"release": "r0001-abc", "state": "未签发", "created_at": "2026-03-01T01:00:00+08:00"}
KEY = {"county_code": "990101", "school_year": 2025}
RULES = KEY | {"ruleset_id": "national-2017"}


def rows_of(verdict: str) -> dict[str, list[dict[str, Any]]]:
    """A county with one stage, one indicator, an item and a veto, all of the same verdict, in its only year."""
    blocks = {f"{block}_verdict": verdict for block in ("resource", "government", "quality", "social")}
    card = RULES | blocks | {"verdict": verdict, "g1_verdict": verdict, "school_year_label": "2025—2026学年"}
    indicator = {"ruleset_id": "national-2017", "indicator_code": "L1", "stage": "primary"}
    known = verdict != "undecided"
    item = RULES | {"item_number": 1, "requirement_code": "G1", "part": "all", "indicator_name_zh": "布局", "display_order": 1}
    veto = {"ruleset_id": "national-2017", "requirement_code": "V1", "part": "all"}
    return {name: [] for name in TABLES} | {
        "rpt_county_scorecard": [card | {"n_met": 3, "n_unmet": 0, "n_undecided": 0, "schools_primary_unmet": 0}],
        "dim_ruleset": [{"ruleset_id": "national-2017", "name_zh": "优质均衡"}],
        "rpt_form_2_2": [RULES],
        "dim_code": [
            {"list": kind, "code": code, "label_zh": label}
            for kind, code, label in (
                *(("stage", "primary", "小学"), ("stage", "junior", "初中"), ("verdict", "met", "达标")),
                *(("verdict", "unmet", "不达标"), ("verdict", "undecided", "待定")),
            )
        ],
        "dim_indicator": [indicator | {"name_zh": "学历", "standard": Decimal("4.2")}],
        "fct_county_indicator": [
            KEY | indicator | {"difference_limit": Decimal("0.5"), "verdict": verdict}
            | {"difference_coefficient_rounded": Decimal("0.283") if known else None}
        ],
        "rpt_form_2_1": [
            RULES | {"stage": "primary", "line": line, "name_zh": "学历", "school_count": 42}
            | {"known_met": 40, "undecided_count": 2}
            | {"schools_met": 42 if known else None, "schools_met_text": "42" if known else "待定"}
            | {"share_met_text": "100.0" if known else "待定"}
            for line in ("L1", "total")
        ],
        "rpt_form_3": [
            RULES | {"stage": "primary", "measure": measure, "l1_text": text if known else "待定", "l8_text": "——"}
            for measure, text in (("mean", "5.51"), ("coefficient", "0.283"))
        ],
        "rpt_form_4": [item | {"conclusion_zh": "布局合理"}],
        "dim_requirement": [veto | {"name_zh": "择校", "display_order": 9}],
        "fct_county_requirement": [RULES | veto | {"block": "veto", "verdict": verdict, "conclusion_zh": "自查"}],
    }  # fmt: skip


def report(tmp_path: Path, rows: dict[str, list[dict[str, Any]]]) -> tuple[str, dict[str, list[list[str]]]]:
    """Text of the report, and its tables by their first header and width."""
    with duckdb.connect(str(tmp_path / "junheng.duckdb")) as connection:
        for name, given in rows.items():
            create_mart(connection, name, given)
        context = PaperContext(Home(tmp_path / "home"), FOOT)
        papers = self_reports(connection, COUNTY, context)
        assert self_reports(connection, COUNTY, context) == papers
    (content,) = papers.values()
    paper = Document(io.BytesIO(content))
    tables = {table.rows[0].cells[0].text + str(len(table.columns)): table for table in paper.tables}
    read = {name: [[cell.text for cell in row.cells] for row in table.rows[1:]] for name, table in tables.items()}
    return "\n".join(paragraph.text for paragraph in paper.paragraphs), read


def test_a_county_that_meets_everything_says_so(tmp_path: Path) -> None:
    text, tables = report(tmp_path, rows_of("met"))
    assert "小学 42 所学校中，综合达标 42 所，占 100.0%。" in text
    assert "1 个差异系数中，达标 1 个。" in text
    assert "县级层面没有不达标和待定的指标。" in text
    assert "经自查，1 种否决情形均未发现。" in text
    assert "自评结论：示范县达到优质均衡要求。" in text
    assert "本年度没有登记项目。" in text
    assert "三、指标达标情况" in text
    assert "历年变化" not in text
    assert tables["指标9"] == [
        ["学历", "5.51", "0.283", "0.50", "达标", "", "", "", ""],
        ["综合", "——", "——", "", "", "", "", "", ""],
    ]
    assert tables["指标7"][0] == ["学历", "4.2", "42", "100.0", "", "", ""]


@pytest.mark.parametrize(("verdict", "said"), [("undecided", "待定"), ("unmet", "不达标")])
def test_what_is_not_met_or_not_known_is_named(tmp_path: Path, verdict: str, said: str) -> None:
    text, tables = report(tmp_path, rows_of(verdict))
    assert f"{said} 1 个（小学学历）" in text
    assert f"{said} 1 项（布局）" in text
    assert [row[0] for row in tables["问题5"]] == ["小学学历", "布局", "择校"]
    assert "自评结论：示范县达到" not in text
    if verdict == "undecided":
        assert "小学 42 所学校中，综合达标校数待定：已确定达标 40 所，2 所资料不全" in text
        assert tables["指标9"][0][1:5] == ["待定", "待定", "0.50", "待定"]


def test_a_county_without_the_form_has_no_report(tmp_path: Path) -> None:
    rows = rows_of("met") | {"rpt_form_2_2": []}
    with duckdb.connect(str(tmp_path / "junheng.duckdb")) as connection:
        for name, given in rows.items():
            create_mart(connection, name, given)
        assert self_reports(connection, COUNTY, PaperContext(Home(tmp_path / "home"), FOOT)) == {}
