"""The 整改情况报告: in the document's order and words, told from events, nothing said that nobody reported."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from docx import Document
from docx.shared import Mm, Pt

from junheng.core.home import Home
from publish.papers.document import date_in_words, numeral
from publish.papers.kind import PaperContext, Papers
from publish.papers.rectification import TABLES, rectification_papers
from publish.tables.reading import CountyYear
from tests.marts import create_mart

COUNTY = CountyYear("990101", "示范县", "示范市", 2025, True)
FOOT = {"release": "r0001-abc", "state": "未签发", "created_at": "2026-03-01T01:00:00+08:00"}
NUMBER = "示教督函〔2025〕8号"
KEY = {"county_code": "990101"}
FIGURE = KEY | {"ruleset_id": "national-2017", "stage": "junior", "indicator_code": "L4"}


def event(issue: int, seq: int, kind: str, at: str, unit: str, submission: str, **payload: str) -> dict[str, Any]:
    told = {"event_id": f"{issue}-{seq}", "issue_id": f"i{issue}", "seq": seq, "event_type": kind, "at": date.fromisoformat(at)}
    given = {"actor_unit": unit, "payload": json.dumps(payload), "source_submission_id": submission, "accepted": True}
    return KEY | told | given


EVENTS = [
    *(event(issue, 1, "opened", "2025-09-28", "省级督导评估", "document") for issue in (1, 2, 3)),
    *(event(issue, 2, "planned", "2025-09-28", "教育局", "document", measure="限期整改") for issue in (1, 2, 3)),
    event(1, 3, "planned", "2025-10-12", "教育局", "report", measure="新建综合楼", money_yuan="6200000"),
    event(1, 4, "progress", "2025-12-20", "教育局", "report", note="主体完工", evidence="照片;批文"),
    event(3, 3, "recheck_failed", "2026-01-10", "督导室", "report", reason="仍有大班额"),
    event(3, 4, "closed", "2026-02-10", "督导室", "report"),
    event(2, 3, "closed", "2026-02-11", "督导室", "report") | {"accepted": False},
]


def finding(number: int, group: str, text: str, **changed: Any) -> dict[str, Any]:
    row = {"source_document": NUMBER, "group_zh": group, "finding_number": number, "issue_id": f"i{number}", "description": text}
    state = {"is_open": True, "is_overdue": False, "is_struck_off": False, "as_of": date(2026, 3, 1), "state_zh": "整改中"}
    return KEY | row | state | {"lead_unit_zh": "教育局", "measure": "限期整改", "deadline": date(2026, 8, 31)} | changed


@pytest.fixture
def marts(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(tmp_path / "junheng.duckdb"))
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    school = {"school_code": "3199000011", "school_name": "柳河学校"}
    rows["rpt_rectification_report"] = [
        finding(
            1,
            "资源配置",
            "柳河学校用房不足",
            **school,
            progress_zh="主体完工",
            evidence_zh="照片、批文",
            cooperating_units_zh="财政局",
        ),
        finding(2, "资源配置", "骨干教师偏少", is_overdue=True, days_overdue=139, deadline=date(2025, 10, 13)),
        finding(
            3, "教育质量", "存在大班额", is_open=False, is_struck_off=True, lead_unit_zh=None, deadline=None, state_zh="已销号"
        ),
    ]
    needs, units = {1: "L4", 2: "L4", 3: "G5"}, {1: "教育局", 2: "教育局", 3: None}
    rows["fct_issue"] = [
        KEY | {"issue_id": f"i{number}", "requirement_code": code, "stage": None, "lead_unit": units[number]}
        for number, code in needs.items()
    ]
    rows["fct_issue_event"] = EVENTS
    rows["dim_code"] = [
        {"list": "stage", "code": "junior", "label_zh": "初中"},
        {"list": "project_work", "code": "new", "label_zh": "新建"},
    ]
    rows["dim_indicator"] = [
        {"ruleset_id": "national-2017", "indicator_code": "L4", "stage": "junior", "block": "resource", "name_zh": "生均用房面积"}
        | {"unit": "平方米", "decimals": 2, "standard": Decimal("5.8")}
    ]
    rows["fct_school_indicator"] = [
        FIGURE | {"school_code": "3199000011", "school_year": year, "value_rounded": Decimal(value)}
        for year, value in ((2024, "4.10"), (2025, "5.50"))
    ]
    rows["fct_county_indicator"] = [FIGURE | {"school_year": 2025, "school_count": 20, "schools_met": 13}]
    project = {"school_year": 2025, "project_no": "1", "project_name": "综合楼", "work_kind": "new", "due_on": date(2026, 8, 20)}
    rows["fct_project"] = [KEY | project | {"budget_wan_yuan": Decimal(620), "spent_wan_yuan": Decimal("315.5")}]
    rows["fct_project_target"] = [
        KEY | {"school_year": 2025, "project_no": "1", "school_code": "3199000011", "requirement_code": "L4"}
    ]
    demand = {"ruleset_id": "national-2017", "requirement_code": "G5", "part": "all"}
    rows["dim_requirement"] = [demand | {"display_order": 1}]
    rows["fct_county_requirement"] = [
        KEY
        | demand
        | {"school_year": 2025, "value_rounded": Decimal(31), "verdict": "unmet", "conclusion_zh": "超过班额的班 31 个"}
    ]
    for name, given in rows.items():
        create_mart(connection, name, given)
    return connection


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def written(marts: duckdb.DuckDBPyConnection, home: Home) -> Papers:
    return rectification_papers(marts, COUNTY, PaperContext(home, FOOT))


def texts_of(papers: Papers) -> list[str]:
    return [paragraph.text for paragraph in Document(io.BytesIO(papers[f"990101_{NUMBER}_整改情况报告.docx"])).paragraphs]


def owed(papers: Papers) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(papers[f"990101_{NUMBER}_整改材料欠缺清单.xlsx"])).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]


def test_the_report_reads_as_it_is_signed(marts: duckdb.DuckDBPyConnection, home: Home) -> None:
    assert texts_of(written(marts, home)) == [
        "示范县省级督导评估反馈问题整改情况报告",
        "示范市教育局：",
        f"根据省级督导评估反馈意见（{NUMBER}）要求，我县对反馈的 3 个问题逐项建立台账，明确责任单位和整改时限。"
        "现将整改落实情况报告如下：",
        "一、整改总体情况",
        "截至2026年3月1日，反馈的 3 个问题已销号 1 个，占 33%，2 个正在整改，其中 1 个超过整改时限。"
        "按牵头单位计，教育局（2 个），联合牵头的各计一次。期间组织复查 1 次，其中 1 次未通过、退回继续整改。",
        "二、反馈的问题及整改情况",
        "（一）资源配置",
        "1. 柳河学校用房不足",
        "整改情况：由教育局牵头，财政局配合，整改时限为2026年8月31日。2025年10月12日，教育局制定整改措施“新建综合楼”，"
        "安排资金 620 万元。2025年12月20日，教育局报告：主体完工，佐证材料有照片、批文。安排项目“综合楼”（新建，惠及柳河学校），"
        "预算 620 万元，已支付 315.5 万元，计划于2026年8月20日完成。柳河学校初中生均用房面积2024—2025学年为 4.10 平方米，"
        "2025—2026学年为 5.50 平方米，标准为 5.80 平方米。截至2026年3月1日，该问题整改中。",
        "2. 骨干教师偏少",
        "整改情况：由教育局牵头，整改时限为2025年10月13日。2025—2026学年初中 20 所学校中 13 所生均用房面积达到标准。"
        "截至2026年3月1日，该问题整改中，已超过整改时限 139 天。",
        "（二）教育质量",
        "3. 存在大班额",
        "整改情况：2026年1月10日，督导室复查未通过：仍有大班额。2026年2月10日，督导室同意销号。"
        "2025—2026学年，超过班额的班 31 个。该问题已销号。",
        "三、下一步工作措施",
        "（一）盯住未销号的问题，一件一件抓到底。2 个未销号的问题按时限推进：2026年8月31日前 1 个。",
        "（二）对超过时限的问题从严督办，限期见效。1 个逾期问题由教育局牵头整改，完成后申请复查。",
        "（三）补齐佐证材料，做到件件有据。还有 1 个问题没有佐证材料，由牵头单位补报后再申请复查。",
        "（四）巩固整改成果，防止问题反弹。对已销号的 1 个问题开展“回头看”。",
        "示范县人民政府",
        "二〇二六年三月一日",
    ]


def test_what_nobody_reported_is_on_the_list_of_what_is_owed(marts: duckdb.DuckDBPyConnection, home: Home) -> None:
    whole, second = owed(written(marts, home))
    assert whole[1:3] == ["报告全文", "起草单位"]
    assert "city_notice" in whole[4]
    assert second[0] == 2
    assert second[3].date() == date(2025, 10, 13)
    assert second[4] == "具体整改措施、整改进展、佐证材料"


def test_the_office_adds_what_it_alone_knows(marts: duckdb.DuckDBPyConnection, home: Home) -> None:
    home.report_template.parent.mkdir()
    notes = home.report_template.with_suffix(".yml")
    notes.write_text(
        f"{NUMBER}:\n  city_notice: 《市通知》（示市教函〔2025〕3号）\n  county_plan: 《整改方案》\n"
        "  addressee: 示范市人民政府：\n"
        "  overview: [10月8日召开专题会议。]\n  next_steps: [压实责任。]\n  office: 示范县教育局\n",
        encoding="utf-8",
    )
    template = Document()
    template.add_paragraph("示范县教育局文件")
    template.save(str(home.report_template))
    papers = written(marts, home)
    texts = texts_of(papers)
    assert texts[0] == "示范县教育局文件"
    assert texts[2] == "示范市人民政府："
    assert "和《市通知》（示市教函〔2025〕3号）要求" in texts[3]
    assert "并印发《整改方案》" in texts[3]
    assert texts[5] == "10月8日召开专题会议。"
    assert texts[-3:] == ["（一）压实责任。", "示范县教育局", "二〇二六年三月一日"]
    assert [row[0] for row in owed(papers)] == [2]


@pytest.mark.parametrize("name", ["rectification.docx", "rectification.yml"])
def test_a_file_of_the_office_that_cannot_be_read_stops_no_night(marts: duckdb.DuckDBPyConnection, home: Home, name: str) -> None:
    home.report_template.parent.mkdir()
    (home.report_template.parent / name).write_text("号: [", encoding="utf-8")
    papers = written(marts, home)
    assert texts_of(papers)[0].endswith("整改情况报告")
    assert name in owed(papers)[0][4]


def test_equal_marts_give_equal_bytes_in_the_measures_of_the_standard(marts: duckdb.DuckDBPyConnection, home: Home) -> None:
    papers = written(marts, home)
    assert written(marts, home) == papers
    for paper in papers.values():
        members = zipfile.ZipFile(io.BytesIO(paper)).infolist()
        assert {member.date_time for member in members} == {(1980, 1, 1, 0, 0, 0)}
    document = Document(io.BytesIO(papers[f"990101_{NUMBER}_整改情况报告.docx"]))
    (section,) = document.sections
    margins = [section.top_margin, section.bottom_margin, section.left_margin, section.right_margin]
    assert [round(margin / Mm(1)) for margin in margins] == [37, 35, 28, 26]
    assert [round(side / Mm(1)) for side in (section.page_width, section.page_height)] == [210, 297]
    body = document.styles["Normal"]
    assert (body.font.size, body.paragraph_format.line_spacing) == (Pt(16), Pt(28))
    assert "仿宋" in body.element.xml
    assert document.core_properties.author == ""
    signature = document.paragraphs[-3:]
    assert [paragraph.paragraph_format.keep_with_next for paragraph in signature] == [True, True, None]


def test_dates_and_places_in_words() -> None:
    days = [date(2026, 3, 1), date(2026, 10, 10), date(2026, 11, 20), date(2026, 12, 31)]
    assert [date_in_words(day) for day in days] == [
        "二〇二六年三月一日",
        "二〇二六年十月十日",
        "二〇二六年十一月二十日",
        "二〇二六年十二月三十一日",
    ]
    assert [numeral(number) for number in (1, 10, 11, 20, 21)] == ["一", "十", "十一", "二十", "二十一"]
