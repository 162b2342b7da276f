"""Workbooks and reports of the issue ledger, whatever units and documents are called."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest
from docx import Document

from junheng.core.home import Home
from publish.issues.dispatch import _rules
from publish.issues.issue_books import export, layout
from publish.issues.rectification import reports
from publish.papers.rectification import TABLES
from publish.release.release import Release
from tests.marts import contracts, create_mart

LONG = "局" * 119
NAMES = ["财政局", "财政局/股", "财政局:股", "财政局\ufffe股", "财政局\n股", f"{LONG}甲", f"{LONG}乙", "..", "CON?"]


def texts_of(mart: str, wanted: set[str]) -> set[str]:
    """Those of the columns of a mart that hold texts."""
    return {name for name, column in contracts()[mart].items() if name in wanted and column.data_type == "varchar"}


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """A release with an issue of each unit and a finding of each document, as far as the papers read them."""
    shown = texts_of("rpt_issue_ledger", {column.shows for column in layout().columns if column.shows})
    told = texts_of("rpt_rectification_report", {"measure", "progress_zh", "evidence_zh", "lead_unit_zh", "state_zh"})
    issues, ledger, findings = [], [], []
    for number, name in enumerate(NAMES):
        key = {"issue_id": f"990101-{number}"}
        issues.append(
            key | {"county_code": "990101", "lead_unit": name, "cooperating_units": "", "leader_role": None, "is_open": True}
        )
        ledger.append(dict.fromkeys(shown, name) | key | {"county_code": "990101", "sequence": number})
        ledger[-1] |= {"school_code": None}
        state = {"is_struck_off": False, "is_overdue": False, "is_open": True, "as_of": date(2026, 3, 1)}
        findings.append(dict.fromkeys(told, name) | state | {"county_code": "990101", "county_name": name, "group_zh": name})
        findings[-1] |= key | {"source_document": name, "finding_number": str(number), "description": name}
    with duckdb.connect(str(tmp_path / "junheng.duckdb")) as connection:
        create_mart(connection, "fct_issue", issues)
        create_mart(connection, "rpt_issue_ledger", ledger)
        create_mart(connection, "rpt_rectification_report", findings)
        create_mart(connection, "fct_issue_event", [{"issue_id": "x", "event_id": "y", "source_night": 1, "seq": 1}])
        for mart in set(TABLES) - {"fct_issue", "fct_issue_event", "rpt_rectification_report"}:
            create_mart(connection, mart)
        create_mart(connection, "dim_county", [{"county_code": "990101", "school_year": 2025, "county_name": "示\ufffe范县"}])
    return Release("r0001-0", "0", tmp_path, "2026-03-01T01:00:00")


def test_every_unit_has_its_workbook(release: Release, tmp_path: Path) -> None:
    written = export(Home(tmp_path / "home").create(), release, tmp_path / "out")
    assert len(set(written)) == len(NAMES) + 1
    assert sorted((tmp_path / "out").iterdir()) == sorted(written)
    for path in written:
        assert len(path.name.encode()) < 240
        assert openpyxl.load_workbook(path).sheetnames[0] == layout().sheet


def test_every_document_has_its_report(release: Release, tmp_path: Path) -> None:
    written = reports(Home(tmp_path / "home").create(), release, tmp_path / "out")
    assert sorted((tmp_path / "out").iterdir()) == sorted(written)
    assert len({path for path in written if path.suffix == ".docx"}) == len(NAMES)
    for path in written:
        assert len(path.name.encode()) < 240
        if path.suffix == ".docx":
            assert Document(str(path)).paragraphs
        else:  # a measure that no unit gave, a deadline, the notices of the office
            assert openpyxl.load_workbook(path).worksheets[0].max_row == 4


def test_what_the_papers_show_are_columns_of_their_marts() -> None:
    shown = {column.shows for column in layout().columns if column.shows}
    assert shown <= contracts()["rpt_issue_ledger"].keys() | {"last_event_id"}
    headers = {header for each in _rules().lists.values() for header in each.columns}
    assert headers == _rules().columns.keys()
    of_issues = {
        _rules().columns[header]
        for each in ("new", "overdue", "due", "still", "waiting")
        for header in _rules().lists[each].columns
    }
    assert of_issues <= contracts()["fct_issue"].keys() | contracts()["rpt_issue_ledger"].keys() | {"area_zh", "inspector_zh"}
