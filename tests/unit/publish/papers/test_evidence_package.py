"""佐证材料包: a file lies in one box and is named in each, what is owed has somebody who owes it, nobody else reads it."""

from __future__ import annotations

import hashlib
import stat
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from junheng.core.home import Home
from publish.papers import owed_evidence
from publish.papers.evidence_package import write_package
from publish.tables.reading import CountyYear
from tests.marts import create_mart

COUNTY = CountyYear("990101", "示范县", "示范市", 2025, True)
YEAR = {"county_code": "990101", "school_year": 2025}
RULES = YEAR | {"ruleset_id": "r"}
FOOT = {"release": "r0001-abc", "state": "未签发", "created_at": "2026-03-01T01:00:00+08:00"}
TODAY = date(2026, 3, 1)


def sha(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def boxed(box: str, code: str | None, content: str, name: str, **given: Any) -> dict[str, Any]:
    file = {"box": box, "box_code": code, "file_name": name, "file_sha256": sha(content), "is_filed": True, "is_named": False}
    return YEAR | file | {"received_on": date(2026, 1, 5)} | given


def asked(code: str, **given: Any) -> dict[str, Any]:
    row = {"requirement_code": code, "part": "all", "name_zh": f"要求{code}", "owner_zh": "规划股", "basis": "declared"}
    return RULES | row | {"is_missing": False, "has_file": False} | given


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    for content in ("plan", "lease", "photo"):
        home.original(sha(content)).parent.mkdir(parents=True, exist_ok=True)
        home.original(sha(content)).write_text(content)
    return home


@pytest.fixture
def marts() -> duckdb.DuckDBPyConnection:
    rows: dict[str, list[dict[str, Any]]] = {
        "dim_code": [
            {"list": "evidence_box", "code": code, "display_order": place}
            for place, code in enumerate(("requirement", "school", "issue", "unsorted"))
        ],
        "dim_indicator": [{"ruleset_id": "r", "indicator_code": "L5", "stage": "primary", "name_zh": "运动场馆"}],
        "dim_requirement": [
            {"ruleset_id": "r", "requirement_code": code, "indicator_name_zh": f"要求{code}", "display_order": place}
            for place, code in enumerate(("G1", "G4"))
        ],
        "dim_school": [YEAR | {"school_code": "11", "school_name": "示范一小", "display_order": 1}],
        "fct_issue": [
            {"county_code": "990101", "issue_id": "i1", "issue_no": "2026-013", "title": "操场不够", "is_open": True},
            {"county_code": "990101", "issue_id": "i2", "issue_no": "2026-014", "title": "已销号", "is_open": False},
        ],
        "fct_school_verdict": [RULES | {"school_code": "11", "stage": "primary", "verdict": "met"}],
        "rpt_evidence": [
            asked("G1", evidence_zh="规划.pdf", has_file=True),
            asked("G4", evidence_zh="示政发〔2023〕11号"),
            asked("G5", is_missing=True, owner_zh="人事股"),
            asked("G6", is_missing=True, ruleset_id="not-judged"),
        ],
        "rpt_evidence_file": [
            boxed("requirement", "G4", "plan", "规划.pdf"),
            boxed("requirement", "G1", "plan", "规划.pdf", is_named=True),
            boxed("requirement", "L5", "lease", "租赁.pdf", valid_until=date(2026, 2, 28)),
            boxed("school", "11", "lease", "租赁.pdf", valid_until=date(2026, 2, 28)),
            boxed("issue", "i1", "gone", "验收.jpg", valid_until=TODAY),
            boxed("issue", "i2", "photo", "旧照.jpg", valid_until=date(2025, 1, 1)),
            boxed("unsorted", None, "photo", "照片/1.jpg"),
        ],
        "rpt_issue_evidence": [
            {"county_code": "990101", "issue_id": issue, "event_id": issue, "title": "操场不够", "evidence_zh": "合同"}
            | {"has_file": False, "lead_unit_zh": "财政局"}
            for issue in ("i1", "i2")
        ],
        "rpt_issue_ledger": [{"county_code": "990101", "issue_id": "i1", "title": "操场不够", "lead_unit_zh": "财政局"}],
    }
    connection = duckdb.connect()
    for name, given in rows.items():
        create_mart(connection, name, given)
    assert rows.keys() >= set(owed_evidence.TABLES)
    return connection


@pytest.fixture
def written(home: Home, marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> list[Path]:
    return write_package(home, marts, COUNTY, tmp_path / "out", FOOT, TODAY)


def lines(index: Path, sheet: str) -> list[list[Any]]:
    rows = [list(row) for row in openpyxl.load_workbook(index)[sheet].iter_rows(values_only=True)]
    return rows[next(place for place, row in enumerate(rows) if row[0] == "序号") + 1 :]


def test_a_file_lies_in_one_box_and_is_named_in_each(written: list[Path]) -> None:
    root = written[0].parent
    assert root.name == "990101_示范县佐证材料"
    assert {path.relative_to(root).as_posix(): path.read_text() for path in written[1:]} == {
        "01_L5_运动场馆/001_租赁.pdf": "lease",
        "02_G1_要求G1/002_规划.pdf": "plan",
        "06_2026-014_已销号/003_旧照.jpg": "photo",
    }
    assert {row[3] for row in lines(written[0], "目录")} == {"2025—2026学年"}
    shown = [(row[1], row[2], row[4], row[5], row[9]) for row in lines(written[0], "目录")]
    assert shown == [
        (1, "L5 运动场馆", "001", "租赁.pdf", "已过期"),
        (2, "G1 要求G1", "002", "规划.pdf", "长期"),
        (3, "G4 要求G4", "002", "规划.pdf", "长期"),
        (4, "示范一小", "001", "租赁.pdf", "已过期"),
        (5, "2026-013 操场不够", None, "验收.jpg", "原件已不在"),
        (6, "2026-014 已销号", "003", "旧照.jpg", "已过期"),
        (7, "未归类", "003", "照片/1.jpg", "长期"),
    ]


def test_what_is_owed_has_somebody_who_owes_it(written: list[Path]) -> None:
    owed = [(row[1], row[2], row[3]) for row in lines(written[0], "缺件")]
    assert owed == [
        ("人事股", "缺佐证", "G5 要求G5"),
        ("规划股", "缺佐证文件", "G4 要求G4：示政发〔2023〕11号"),
        ("财政局", "缺佐证文件", "问题 2026-013 操场不够：合同"),
        ("未定", "佐证已过期", "L5：租赁.pdf（有效期至2026年2月28日）"),
        ("未定", "佐证已过期", "示范一小：租赁.pdf（有效期至2026年2月28日）"),
    ]


def test_it_is_its_owners_alone(written: list[Path]) -> None:
    root = written[0].parent
    for path in [root, *root.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_written_again_it_is_the_same(home: Home, marts: duckdb.DuckDBPyConnection, written: list[Path], tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in written}
    again = write_package(home, marts, COUNTY, tmp_path / "out", FOOT, TODAY)
    assert {path: path.read_bytes() for path in again} == before


def test_nothing_to_show_writes_nothing(home: Home, marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert write_package(home, marts, CountyYear("990102", "b", "", 2025, True), tmp_path / "none", FOOT, TODAY) == []
    assert not (tmp_path / "none").exists()
