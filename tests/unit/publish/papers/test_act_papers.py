"""Papers of the acts: each issue in that of its next act, and what passed its re-check may ask to be struck off."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from docx import Document

from junheng.core.home import Home
from publish.papers.act_papers import act_papers
from publish.papers.issue_ledger import TABLES
from publish.papers.kind import PaperContext, Papers
from publish.tables.reading import CountyYear
from tests.marts import create_mart

COUNTY = CountyYear("990101", "示范县", "示范市", 2025, True)
FOOT = {"release": "r0001-abc", "state": "未签发", "created_at": "2026-03-01T01:00:00+08:00"}
KEY = {"county_code": "990101"}


def issue(name: str, days: int, **changed: Any) -> dict[str, Any]:
    row = {"issue_id": name, "origin": "inspection", "opened_at": date(2026, 1, 5), "is_open": True, "state": "assigned"}
    late = {"is_overdue": days > 0, "days_overdue": days, "due_on": date(2026, 2, 1), "last_event_at": date(2026, 1, 5)}
    return KEY | row | late | changed


ISSUES = [
    issue("早", 3, next_act="remind"),
    issue("晚", 20, next_act="remind"),
    issue("外", 2, next_act="remind"),
    issue("提", 20, next_act="notice", last_act="remind", last_act_on=date(2026, 2, 10)),
    issue("约", 20, next_act="interview", last_act="notice", last_act_on=date(2026, 2, 10)),
    issue("责", 40, next_act="accountability", last_act="interview", last_act_on=date(2026, 2, 20)),
    issue("办", 5, last_act="remind", last_act_on=date(2026, 2, 10)),
    issue("查过", 0, state="rechecked"),
    issue("在办", 0),
]


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    rows["fct_issue"] = [row | {"issue_no": f"2026-{place:03d}"} for place, row in enumerate(ISSUES, 1)]
    rows["rpt_rectification_report"] = [KEY | {"as_of": date(2026, 3, 1)}]
    rows["rpt_issue_ledger"] = [
        KEY
        | {"issue_id": row["issue_id"], "title": f"问题{row['issue_id']}", "days_overdue": row["days_overdue"]}
        | {"issue_no": f"2026-{place:03d}"}
        | {"lead_unit_zh": "财政局" if row["issue_id"] == "外" else "教育局", "deadline": row["due_on"]}
        for place, row in enumerate(ISSUES, 1)
    ]
    with duckdb.connect(str(tmp_path / "junheng.duckdb")) as connection:
        for name, given in rows.items():
            create_mart(connection, name, given)
        return act_papers(connection, COUNTY, PaperContext(Home(tmp_path / "home"), FOOT))


def read_paper(papers: Papers, name: str) -> Any:
    return Document(io.BytesIO(papers[f"{name}_示范县.docx"]))


def test_an_issue_that_is_seen_late_begins_with_the_first_act(papers: Papers) -> None:
    assert sorted(papers) == sorted(
        f"{name}_示范县.docx" for name in ("整改通知单", "通报", "约谈通知", "问责建议书", "销号申请单")
    )
    first = read_paper(papers, "整改通知单")
    texts = [paragraph.text for paragraph in first.paragraphs]
    assert [texts[place + 1] for place, text in enumerate(texts) if text == "整改通知单"] == ["教育局：", "财政局："]
    assert "2 个问题超过整改时限" in texts[2]
    assert [[cell.text for cell in row.cells][1:4] for row in first.tables[0].rows][1:] == [
        ["问题晚", "2026年2月1日", "20"],
        ["问题早", "2026年2月1日", "3"],
    ]


def test_later_acts_follow_those_that_were_recorded(papers: Papers) -> None:
    shown = {name: read_paper(papers, name) for name in ("通报", "约谈通知", "问责建议书")}
    titles = {name: [row.cells[1].text for row in paper.tables[0].rows][1:] for name, paper in shown.items()}
    assert titles == {"通报": ["问题提"], "约谈通知": ["问题约"], "问责建议书": ["问题责"]}
    assert [row.cells[-1].text for row in shown["通报"].tables[0].rows] == ["牵头单位", "教育局"]
    assert [paragraph.text for paragraph in shown["通报"].paragraphs][:2] == ["关于逾期未完成整改问题的通报", "各有关单位："]
    ends = [paragraph.text for paragraph in shown["约谈通知"].paragraphs][-2:]
    assert ends == ["示范县人民政府教育督导委员会办公室", "二〇二六年三月一日"]


def test_a_form_asks_to_strike_off_with_what_is_known(papers: Papers) -> None:
    form = Document(io.BytesIO(papers["销号申请单_示范县.docx"]))
    lines = {row.cells[0].text: row.cells[1].text for row in form.tables[0].rows[1:]}
    assert lines == {
        **{"编号": "2026-008", "台账编号": "查过", "问题": "问题查过", "牵头单位": "教育局", "整改时限": "2026年2月1日"},
    }
