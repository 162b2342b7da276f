"""收件回执 and 退回单: exactly what has to be repaired, and what is filled in on the last sheet is a correction."""

from __future__ import annotations

import hashlib
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from ingest.landing.archive import store_landed
from ingest.landing.landing import scan
from junheng.core.home import Home
from publish.build.corrections import CorrectionError, load_corrections
from publish.papers.returns import TABLES, returns
from publish.tables.reading import CountyYear
from tests.marts import create_mart

COUNTY = CountyYear("990101", "示范县", "示范市", 2025, True)
YEAR = {"county_code": "990101", "school_year": 2025}
FOOT = {"release": "r0001-abc", "state": "未签发", "created_at": "2026-03-01T01:00:00+08:00"}
CENSUS, ROSTER, REFUSED = "退回单_普查_xlsx.xlsx", "收件回执_2025—2026学年.xlsx", "退回单_股室_名册_csv.xlsx"
RIGHT = [15, "漏报三间", "示教函〔2026〕3号", "统计股", date(2026, 1, 15)]


def file(number: int, name: str, status: str = "accepted", **given: Any) -> dict[str, Any]:
    counts = {"rows_read": 9, "rows_accepted": 9, "rows_quarantined": 0, "delivery_night": 1, "source": "school_census"}
    return YEAR | counts | {"submission_id": f"s{number}", "file_name": f"990101/2025/{name}", "status": status} | given


def review(school: str | None, measure: str, stage: str, **given: Any) -> dict[str, Any]:
    sides = {"left_source": "census", "left_submission_id": "s1", "right_source": "roster", "right_submission_id": "s9"}
    row = YEAR | {"school_code": school, "school_name": "甲校", "item_code": measure, "stage": stage, "state": "disagree"}
    return row | sides | {"left_measure": measure, "left_value": 12, "right_value": 15, "name_zh": "项目"} | given


@pytest.fixture
def marts() -> duckdb.DuckDBPyConnection:
    rows: dict[str, list[dict[str, Any]]] = {
        "dim_county": [YEAR | {"school_year_label": "2025—2026学年"}],
        "dim_code": [{"list": "submission_status", "code": "refused", "label_zh": "退回"}],
        "dim_check": [{"check_id": "pupils.too_many", "title_zh": "人数过多"}],
        "aud_submission": [
            file(1, "普查.xlsx"),
            file(2, "股室/名册.csv", "refused", reason="列不全", fix="补齐"),
            file(2, "股室/名册.csv", "refused", reason="列不全", fix="补齐", delivery_night=2),
            file(3, "清单.csv"),
            file(4, "旧普查.xlsx", "superseded"),
        ],
        "aud_quarantined_row": [
            {
                "submission_id": "s2",
                "fault_number": 1,
                "sheet": "表1",
                "row": 7,
                "column": "在校生",
                "value": "九百",
                "rule": "pupils.too_many",
                "guidance": "填整数",
            },
            {"submission_id": "s4", "fault_number": 1, "rule": "other"},
        ],
        "fct_joint_review": [
            review("2199010001", "multimedia_rooms", "all"),
            review("2199010001", "teachers", "primary"),
            review("2199010001", "sports_area_m2", "all"),
            review(None, "multimedia_rooms", "all"),
            review("2199010001", "books", "all", left_source="roster"),
        ],
    }
    connection = duckdb.connect()
    for name in TABLES:
        create_mart(connection, name, rows[name])
    return connection


def lines(book: bytes, sheet: str, header_rows: int) -> list[list[Any]]:
    return [
        list(row) for row in openpyxl.load_workbook(io.BytesIO(book))[sheet].iter_rows(min_row=header_rows + 1, values_only=True)
    ]


def test_every_file_stands_on_the_receipt_once(marts: duckdb.DuckDBPyConnection) -> None:
    books = returns(marts, COUNTY, FOOT)
    assert list(books) == [ROSTER, CENSUS, REFUSED]
    told = lines(books[ROSTER], "收件回执", 3)
    assert [(row[1], row[3], row[7]) for row in told] == [
        ("990101/2025/普查.xlsx", "accepted", None),
        ("990101/2025/清单.csv", "accepted", None),
        ("990101/2025/股室/名册.csv", "退回", "列不全"),
    ]


def test_a_cell_stands_with_what_is_wrong_and_what_is_expected(marts: duckdb.DuckDBPyConnection) -> None:
    book = returns(marts, COUNTY, FOOT)[REFUSED]
    assert openpyxl.load_workbook(io.BytesIO(book)).sheetnames == ["待修正单元格"]
    assert lines(book, "待修正单元格", 5) == [[1, "表1", 7, "在校生", "九百", "人数过多", "填整数", None]]


def test_filled_in_and_put_into_landing_it_delivers_the_file_repaired(
    marts: duckdb.DuckDBPyConnection, home: Home, tmp_path: Path
) -> None:
    original = "学校,在校生\n" + "一小,1\n" * 5 + "甲校,九百\n"
    sha256 = hashlib.sha256(original.encode()).hexdigest()
    home.original(sha256).parent.mkdir(parents=True)
    home.original(sha256).write_text(original)
    marts.execute("update marts.aud_submission set sha256 = ? where submission_id = 's2'", [sha256])
    marts.execute("update marts.aud_quarantined_row set sheet = null")
    landing = tmp_path / "landing" / "990101" / "2025"
    landing.mkdir(parents=True)
    for name, content in returns(marts, COUNTY, FOOT).items():
        (landing / name).write_bytes(content)
    assert scan(landing.parents[1], None, home.original).files == []
    book = openpyxl.load_workbook(landing / REFUSED)
    book["待修正单元格"].cell(6, 8).value = 900
    book.save(landing / REFUSED)
    (file,) = scan(landing.parents[1], None, home.original).files
    assert file.path == f"990101/2025/{REFUSED}!/名册.csv"
    stored = store_landed(home, landing.parents[1], file.path, file.sha256)
    assert stored.read_text(encoding="utf-8-sig") == original.replace("九百", "900")


def test_a_disputed_cell_stands_among_those_to_be_repaired(marts: duckdb.DuckDBPyConnection) -> None:
    placed = "update marts.fct_joint_review set right_source_zh = '教师名册', left_place_zh = ? where item_code = ?"
    marts.execute(placed, ["工作表“表1”第22行", "books"])
    marts.execute(placed, ["第3行", "teachers"])
    book = returns(marts, COUNTY, FOOT)[CENSUS]
    assert lines(book, "待修正单元格", 5) == [
        [
            1,
            None,
            3,
            "小学专任教师",
            12,
            "项目：与教师名册不一致",
            "教师名册报 15。核实后，错在本文件的填“改正为”；没有错的不填。",
            None,
        ]
    ]


def test_a_correction_in_landing_is_told_to_be_put_elsewhere(
    marts: duckdb.DuckDBPyConnection, home: Home, tmp_path: Path
) -> None:
    landing = tmp_path / "landing" / "990101" / "2025"
    landing.mkdir(parents=True)
    filled(returns(marts, COUNTY, FOOT)[CENSUS], landing / CENSUS, {0: RIGHT})
    found = scan(landing.parents[1], None, home.original)
    assert found.files == []
    assert "应放入主目录的 corrections 文件夹" in found.refused[0].reason


def filled(book: bytes, path: Path, cells: dict[int, list[Any]]) -> Path:
    """The workbook with the white cells of some lines filled in (the first line is 0)."""
    workbook = openpyxl.load_workbook(io.BytesIO(book))
    sheet = workbook["更正"]
    for line, values in cells.items():
        for place, value in enumerate(values):
            sheet.cell(5 + line, 8 + place).value = value
    workbook.save(path)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def test_an_untouched_workbook_is_no_correction(marts: duckdb.DuckDBPyConnection, home: Home) -> None:
    book = returns(marts, COUNTY, FOOT)[CENSUS]
    assert [row[2:7] for row in lines(book, "更正", 4)] == [
        ["990101", "2025", "2199010001", "multimedia_rooms", 12],
        ["990101", "2025", "2199010001", "teachers_primary", 12],
    ]
    (home.corrections / CENSUS).write_bytes(book)
    assert load_corrections(home) == []


def test_what_is_filled_in_is_a_correction(marts: duckdb.DuckDBPyConnection, home: Home) -> None:
    filled(returns(marts, COUNTY, FOOT)[CENSUS], home.corrections / "a.xlsx", {1: ["空", *RIGHT[1:]], 0: RIGHT})
    first, second = load_corrections(home)
    assert (first.file, first.number, first.entry.field, first.entry.expected, first.entry.value) == (
        "a.xlsx",
        5,
        "multimedia_rooms",
        Decimal(12),
        Decimal(15),
    )
    assert (first.entry.school_code, first.entry.by, first.entry.date) == ("2199010001", "统计股", date(2026, 1, 15))
    assert (second.entry.field, second.entry.value) == ("teachers_primary", None)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["", *RIGHT[1:]], "a.xlsx 第 5 条：value 应是"),
        ([15, "", *RIGHT[2:]], "reason：不能为空"),
        ([15, *RIGHT[1:3], "张三", RIGHT[4]], "by：请写岗位"),
        ([12, *RIGHT[1:]], "相同"),
    ],
)
def test_half_a_line_is_told(marts: duckdb.DuckDBPyConnection, home: Home, cells: list[Any], told: str) -> None:
    filled(returns(marts, COUNTY, FOOT)[CENSUS], home.corrections / "a.xlsx", {0: cells})
    with pytest.raises(CorrectionError, match=told):
        load_corrections(home)


def test_a_workbook_that_is_none_or_another_one_is_told(marts: duckdb.DuckDBPyConnection, home: Home) -> None:
    (home.corrections / "a.xlsx").write_bytes(returns(marts, COUNTY, FOOT)[REFUSED])
    with pytest.raises(CorrectionError, match="没有工作表“更正”"):
        load_corrections(home)
    (home.corrections / "a.xlsx").write_bytes(b"no workbook")
    with pytest.raises(CorrectionError, match="更正文件 a"):
        load_corrections(home)
