"""Papers made of tables: what is written is read back, whatever it is, and no two sheets share a name."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
from hypothesis import given
from hypothesis import strategies as st

from publish.papers.sheets import PaperColumn, PaperPage, PaperTable, paper_book, sheet_names, sheet_style

EDGES = {
    "release": "r0001-abc",
    "state": "未签发",
    "created_at": "2026-03-01T01:00:00+08:00",
    "county": "示范县",
    "year": "2025—2026学年",
}


def column(header: str, width: float = 10, **options: Any) -> PaperColumn:
    return PaperColumn.model_validate({"header": header, "from": header, "width": width, **options})


def read_back(book: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(book))


def cells(sheet: Any) -> list[list[Any]]:
    """The cells that say something, row by row."""
    return [row for row in ([cell for cell in line if cell is not None] for line in sheet.iter_rows(values_only=True)) if row]


def test_numbers_and_days_are_numbers_and_days() -> None:
    table = PaperTable(
        [column("甲"), column("乙", decimals=2), column("丙"), column("丁", empty="待定"), column("戊")],
        [{"甲": Decimal("1234.5000"), "乙": Decimal("2.7"), "丙": date(2026, 3, 1), "丁": None, "戊": True}],
        "一、表",
    )
    (sheet,) = read_back(paper_book([PaperPage("页", "题", [table], ["说明"])], EDGES)).worksheets
    assert cells(sheet)[:4] == [["题"], ["说明"], ["一、表"], ["甲", "乙", "丙", "丁", "戊"]]
    line = cells(sheet)[4]
    assert (line[:2], line[2].date(), line[3:]) == ([1234.5, 2.7], date(2026, 3, 1), ["待定", "是"])
    assert [cell.number_format for cell in sheet[5]][:3] == ["#,##0.0", "#,##0.00", "yyyy-mm-dd"]
    assert sheet.oddFooter.center.text.startswith("数据版本 r0001-abc（未签发）")


def test_a_text_that_looks_like_a_formula_stays_a_text() -> None:
    table = PaperTable([column("甲")], [{"甲": "=1+1"}, {"甲": "http://a"}, {"甲": "a\x1bb"}])
    (sheet,) = read_back(paper_book([PaperPage("页", "题", [table])], EDGES)).worksheets
    assert cells(sheet)[2:] == [["=1+1"], ["http://a"], ["a\\x1bb"]]
    assert sheet["A3"].data_type == "s"


def test_a_table_without_rows_says_so() -> None:
    (sheet,) = read_back(paper_book([PaperPage("页", "题", [PaperTable([column("甲"), column("乙")], [])])], EDGES)).worksheets
    assert cells(sheet)[-1] == [sheet_style().none]


def test_tables_of_a_page_have_columns_of_their_own() -> None:
    """Six columns below four: the sheet has a column wherever one of them begins, and nothing is written twice or lost."""
    first = PaperTable(
        [column(name, width) for name, width in zip("甲乙丙丁", (10, 20, 30, 40), strict=True)],
        [dict(zip("甲乙丙丁", range(4), strict=True))],
    )
    second = PaperTable([column(name, 5) for name in "子丑寅卯辰巳"], [dict(zip("子丑寅卯辰巳", range(10, 16), strict=True))])
    (sheet,) = read_back(paper_book([PaperPage("页", "题", [first, second])], EDGES)).worksheets
    assert cells(sheet)[1:] == [list("甲乙丙丁"), [0, 1, 2, 3], list("子丑寅卯辰巳"), [10, 11, 12, 13, 14, 15]]
    assert sheet.max_column == 9


@given(st.lists(st.text(max_size=40), max_size=8))
def test_no_two_sheets_share_a_name(names: list[str]) -> None:
    chosen = sheet_names(names)
    assert len({name.casefold() for name in chosen}) == len(names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in chosen)
