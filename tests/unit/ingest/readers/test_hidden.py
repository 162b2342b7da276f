"""What a workbook hides is read like any other, and told."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter

from ingest.readers import hidden
from tests.unit.ingest.made import judged, ods, rewritten, told, xls, xlsb


def book(desk, rows: Sequence[int] = (), columns: Sequence[int] = (), sheets: Sequence[str] = ()) -> bytes:
    """Two sheets of one school each; rows and columns are hidden on the first."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        for number, name in enumerate(("甲", "乙")):
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, desk.header)
            sheet.write_row(1, 0, desk.school_row(学校标识码=f"219901000{number}"))
            if name in sheets:
                sheet.hide()
            for row in rows if number == 0 else ():
                sheet.set_row(row, None, None, {"hidden": True})
            for column in columns if number == 0 else ():
                sheet.set_column(column, column, None, None, {"hidden": True})
    return buffer.getvalue()


def test_rows_columns_and_sheets_are_read_and_told(desk) -> None:
    assert told(desk, book(desk), 2) == []
    assert told(desk, book(desk, rows=[1]), 2) == ["工作表“甲”第2行"]
    assert told(desk, book(desk, columns=[2, 5]), 2) == ["工作表“甲”C、F列"]
    assert told(desk, book(desk, rows=[1], columns=[0], sheets=["乙"]), 2) == ["工作表“甲”第2行", "工作表“甲”A列", "工作表“乙”"]


def test_rows_and_columns_without_content_are_not_told(desk) -> None:
    assert told(desk, book(desk, rows=[5, 6], columns=[30]), 2) == []


def test_many_rows_are_counted(desk) -> None:
    header, *_ = desk.header, desk.school
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("甲")
        sheet.write_row(0, 0, header)
        for number in range(1, 9):
            sheet.write_row(number, 0, desk.school_row(学校标识码=f"219901000{number}"))
            sheet.set_row(number, None, None, {"hidden": True})
    assert told(desk, buffer.getvalue(), 8) == ["工作表“甲”第2、3、4、5、6等8行"]


def test_a_hidden_copy_is_refused_for_its_repeated_codes_and_told(desk, tmp_path: Path) -> None:
    """Codes told twice are found by the gate; the ledger says that the copy is hidden."""
    rows = [desk.header, desk.school]
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        for name in ("今年", "旧表"):
            sheet = workbook.add_worksheet(name)
            for number, cells in enumerate(rows):
                sheet.write_row(number, 0, cells)
        sheet.hide()
    night = judged(desk, tmp_path, {"普查.xlsx": buffer.getvalue()})
    (row,) = [r for r in night.read_table("check_results").to_pylist() if r["check_id"] == "ingest.hidden_cells"]
    assert (row["status"], row["observed"]) == ("pass", "隐藏的内容：工作表“旧表”（照常读入）")
    assert [r["status"] for r in night.read_table("submissions").to_pylist()] == ["refused"]


@pytest.mark.parametrize("value", ["collapse", "filter"])
def test_an_ods_tells_its_rows_and_columns(desk, value: str) -> None:
    rows = [desk.header, desk.school]
    mark = f' table:visibility="{value}"'
    assert told(desk, ods(rows), 1) == []
    assert told(desk, ods(rows, row=mark), 1) == ["工作表“普查”第2行"]
    empty = '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
    assert told(desk, ods(rows, row=mark, before=empty), 1) == ["工作表“普查”第5行"]
    columns = f'<table:table-column table:number-columns-repeated="2"/><table:table-column{mark}/>'
    assert told(desk, ods(rows, columns=columns), 1) == ["工作表“普查”C列"]


def test_an_old_workbook_tells_its_sheets(desk) -> None:
    data = xls([desk.header, desk.school])
    name = "普查".encode("utf-16-le")
    shown, at = bytes([0, 0, 2, 1]) + name, data.index(bytes([0, 0, 2, 1]) + name)
    assert told(desk, data, 1) == []
    assert told(desk, data[:at] + b"\x01" + shown[1:] + data[at + len(shown) :], 1) == ["工作表“普查”"]


def test_a_binary_workbook_tells_its_sheets(desk) -> None:
    assert told(desk, xlsb([desk.header, desk.school]), 1) == []
    assert told(desk, xlsb([desk.header, desk.school], hidden=True), 1) == ["工作表“普查”"]


@pytest.mark.parametrize(
    "xml",
    [
        b'<row r="1"/><row r="2" hidden="1"/>',
        b"<row r='1'/><row hidden = 'true' r='2'/>",
        b'<x:row r="1"></x:row><x:row r="2" spans="1:2" hidden="1">',
        b'<row/><row hidden="1"/>',
    ],
)
def test_ways_of_writing_a_hidden_row(xml: bytes) -> None:
    assert hidden.of_sheet(xml) == hidden.Hidden([1], [])


def test_a_shown_row_is_no_hidden_one() -> None:
    assert hidden.of_sheet(b'<row r="1" hidden="0"/><c t="str"><v>hidden</v></c>') == hidden.Hidden()


def test_columns_beyond_any_sheet_are_not_counted_out(desk) -> None:
    xml = b'<cols><col min="3" max="99999999999" hidden="1"/></cols>'
    assert len(hidden.of_sheet(xml).columns) == 16384 - 2
    data = rewritten(
        desk.xlsx({"a": [desk.header, desk.school]}),
        "xl/worksheets/sheet1.xml",
        lambda x: x.replace(b"<sheetData>", xml + b"<sheetData>"),
    )
    assert told(desk, data, 1) == ["工作表“a”C、D、E、F、G列"]
