"""A picture in a cell (WPS 嵌入单元格图片) and a link are formulas by their form alone: the rest of the line is taken."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
import xlsxwriter

from ingest.schema.table import TableContract
from ingest.shapes.contracts import load_contracts
from ingest.shapes.edited import guard
from tests.unit.ingest.made import ods, page, rewritten, xls, xlsb

PICTURE = '=DISPIMG("ID_5BA4F81A0D674C7AA8849A79AC5645C8",1)'
FINDINGS = ["问题编号", "问题来源", "问题描述", "备注"]


def _filled(cells: dict[str, Any]) -> dict[str, Any]:
    """By header the one line of the ledger that is filled in."""
    (contract,) = (c for c in load_contracts() if isinstance(c, TableContract) and c.edited)
    assert contract.columns
    assert contract.edited
    own = {"台账区划代码": "990101", "台账编号": "990101-4027ddf3a178", "末次事件编号": "a" * 16}
    done = {"本次办理事项": "报告进展", "本次办理日期": "2026-03-02", "本次填报单位": "县教育局", "本次进展": "已完成采购"}
    headers = [names[0] for names in contract.columns.values()]
    return dict.fromkeys(headers, "") | own | done | cells | {contract.edited.guard: guard(own)}


def _ledger(cells: dict[str, Any], calculated: bool = True) -> bytes:
    """The workbook of the ledger; formulas give what ``cells`` holds beside them."""
    line = _filled(cells)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("台账")
        for column, (header, cell) in enumerate(line.items()):
            sheet.write_string(0, column, header)
            if isinstance(cell, tuple):
                sheet.write_formula(1, column, cell[0], None, cell[1])
            elif cell:
                sheet.write_string(1, column, cell)
    return buffer.getvalue() if calculated else rewritten(buffer.getvalue(), "xl/worksheets/sheet1.xml", _uncalculated)


def _uncalculated(xml: bytes) -> bytes:
    head, mark, tail = xml.partition(b"DISPIMG")
    formula, end, rest = tail.partition(b"</f>")
    return head.replace(b' t="str"', b"") + mark + formula + end + rest[rest.index(b"</v>") + 4 :]


@pytest.mark.parametrize("formula", [PICTURE, "=_xlfn." + PICTURE[1:]])
@pytest.mark.parametrize("calculated", [True, False])
def test_a_picture_costs_no_line_of_the_ledger(desk, formula: str, calculated: bool) -> None:
    result = desk.deliver(_ledger({"本次佐证材料": (formula, PICTURE)}, calculated))
    assert (result.refused, result.faults) == (False, []), result.reason
    (row,) = desk.bronze(result)
    assert (row["progress"], row["event_date"], row["evidence"]) == ("已完成采购", "2026-03-02", None)
    (note,) = result.notes
    assert (note.rule, note.row, note.column) == ("picture_in_cell", 2, "本次佐证材料")
    assert "浮动图片" in note.guidance
    assert "公式" not in note.guidance


def test_a_picture_pasted_as_text(desk) -> None:
    result = desk.deliver(_ledger({"本次佐证材料": PICTURE}))
    assert [note.rule for note in result.notes] == ["picture_in_cell"]
    assert [row["evidence"] for row in desk.bronze(result)] == [None]


def test_a_link_is_its_text(desk) -> None:
    result = desk.deliver(_ledger({"本次佐证材料": ('=HYPERLINK("照片.jpg","施工照片")', "施工照片")}))
    assert (result.refused, result.faults, result.notes) == (False, [], []), result.reason
    assert [row["evidence"] for row in desk.bronze(result)] == ["施工照片"]


def test_a_formula_that_calculates_is_none_of_these(desk, rules_of) -> None:
    result = desk.deliver(_ledger({"本次佐证材料": ('=IF(1,HYPERLINK("a","b"),"c")', "b")}))
    assert rules_of(result) == {"formula_cell"}


LINK, OWN = 359, 255
"""Functions by their number: HYPERLINK, and one that a name stands for."""
CALL = b"\x42\x02"


def _text(said: str) -> bytes:
    return b"\x17" + bytes([len(said), 0]) + said.encode("ascii")


def _named(name: str) -> tuple[int, bytes]:
    """The record that defines a name in an .xls."""
    return 0x18, struct.pack("<HBBHHHI", 2, 0, len(name), 0, 0, 0, 0) + b"\0" + name.encode("ascii")


def _outer_name(name: str) -> tuple[int, bytes]:
    """The same of a function that lies outside the workbook."""
    return 0x23, struct.pack("<HIB", 0, 0, len(name)) + b"\0" + name.encode("ascii")


def _called(tokens: bytes, function: int) -> bytes:
    return tokens + CALL + struct.pack("<H", function)


TOKENS = {
    "link": _called(_text("a.jpg") + _text("b"), LINK),
    "picture": _called(b"\x23" + struct.pack("<HH", 1, 0) + _text("ID_1"), OWN),
    "outer picture": _called(b"\x39" + struct.pack("<HHH", 0, 1, 0) + _text("ID_1"), OWN),
    "text of a link": _called(_text("a.jpg") + _text("b"), LINK) + _text("c") + b"\x08",
    "other function": _called(b"\x23" + struct.pack("<HH", 2, 0) + _text("ID_1"), OWN),
}
BOOK = [_named("_xlfn.DISPIMG"), _named("OTHER"), _outer_name("DISPIMG")]


def _xls(tokens: bytes, given: str | None) -> bytes:
    """The ledger as an .xls whose evidence is a formula; ``given``: what it gave, None where it is #NAME?."""
    result = bytes([2, 0, 29, 0, 0, 0]) if given is None else bytes(6)
    cell = 0x06, result + b"\xff\xff" + struct.pack("<HIH", 0, 0, len(tokens)) + tokens, *([] if given is None else [given])
    line = _filled({"本次佐证材料": cell})
    return xls([list(line), list(line.values())], book=BOOK)


def _xlsb(tokens: bytes, given: str | None) -> bytes:
    value = b"\x1d" if given is None else struct.pack("<I", len(given)) + given.encode("utf-16-le")
    cell = (11 if given is None else 8), value + struct.pack("<HI", 0, len(tokens)) + tokens + struct.pack("<I", 0)
    line = _filled({"本次佐证材料": cell})
    return xlsb([list(line), list(line.values())], names=["_xlfn.DISPIMG", "OTHER"])


@pytest.mark.parametrize("form", ["picture", "outer picture", "other function"])
@pytest.mark.parametrize("given", [PICTURE, None])
def test_a_picture_in_an_xls_of_the_ledger(desk, rules_of, form: str, given: str | None) -> None:
    """As WPS saves it, with the text of the formula, and as a program leaves it that knows no such function."""
    result = desk.deliver(_xls(TOKENS[form], given))
    if form == "other function" and given is None:
        assert rules_of(result) == {"formula_error", "formula_cell"}
        return
    assert (result.refused, result.faults) == (False, []), result.reason
    (row,) = desk.bronze(result)
    assert (row["progress"], row["evidence"]) == ("已完成采购", None)
    assert [(note.rule, note.row, note.column) for note in result.notes] == [("picture_in_cell", 2, "本次佐证材料")]


@pytest.mark.parametrize("given", [PICTURE, None])
def test_a_picture_in_an_xlsb_of_the_ledger(desk, given: str | None) -> None:
    tokens = _called(b"\x23" + struct.pack("<I", 1) + _text("ID_1"), OWN)
    result = desk.deliver(_xlsb(tokens, given))
    assert (result.refused, result.faults) == (False, []), result.reason
    assert [row["evidence"] for row in desk.bronze(result)] == [None]
    assert [note.rule for note in result.notes] == ["picture_in_cell"]


@pytest.mark.parametrize("make", [_xls, _xlsb])
def test_a_link_in_a_binary_workbook_of_the_ledger_is_its_text(desk, rules_of, make: Any) -> None:
    result = desk.deliver(make(TOKENS["link"], "施工照片"))
    assert (result.refused, result.faults, result.notes) == (False, [], []), result.reason
    assert [row["evidence"] for row in desk.bronze(result)] == ["施工照片"]
    assert rules_of(desk.deliver(make(TOKENS["text of a link"], "施工照片"))) == {"formula_cell"}


def test_a_picture_in_a_list_of_an_xls(desk) -> None:
    tokens = TOKENS["other function"]
    cell = 0x06, bytes(6) + b"\xff\xff" + struct.pack("<HIH", 0, 0, len(tokens)) + tokens, PICTURE
    result = desk.deliver(xls([FINDINGS, ["W01", "省督导", "教师不足", cell]]))
    assert [row["note"] for row in desk.bronze(result)] == [None]
    assert [(note.rule, note.row, note.column) for note in result.notes] == [("picture_in_cell", 2, "备注")]


@pytest.mark.parametrize("container", ["xlsx", "csv", "page"])
def test_a_picture_in_any_table(desk, container: str) -> None:
    lines = [FINDINGS, ["W01", "省督导", "教师不足", PICTURE], ["W02", "省督导", "场地不足", "见附件"]]
    data: bytes | str = desk.csv(lines) if container == "csv" else page(lines)
    if container == "xlsx":
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
            sheet = book.add_worksheet("清单")
            for row, cells in enumerate(lines):
                sheet.write_row(row, 0, [cell for cell in cells if cell != PICTURE])
            sheet.write_formula(1, 3, "=_xlfn." + PICTURE[1:], None, PICTURE)
        data = buffer.getvalue()
    result = desk.deliver(data)
    assert [row["note"] for row in desk.bronze(result)] == [None, "见附件"]
    assert [(note.rule, note.row, note.column) for note in result.notes] == [("picture_in_cell", 2, "备注")]


def test_a_picture_of_an_open_document(desk) -> None:
    lines = [FINDINGS, ["W01", "省督导", "教师不足", "P"]]
    mark = '<table:table-cell office:value-type="string"><text:p>P</text:p>'
    formula = 'table:formula="of:=DISPIMG(&quot;ID_1&quot;;1)"'
    data = rewritten(
        ods(lines),
        "content.xml",
        lambda xml: xml.replace(mark.encode(), mark.replace("<table:table-cell", f"<table:table-cell {formula}").encode()),
    )
    result = desk.deliver(data)
    assert [row["note"] for row in desk.bronze(result)] == [None]
    assert [note.rule for note in result.notes] == ["picture_in_cell"]


def test_a_picture_where_something_is_required_is_a_fault(desk, rules_of) -> None:
    result = desk.deliver(desk.csv([FINDINGS, ["W01", "省督导", PICTURE, ""], ["W02", "省督导", "场地不足", ""]]))
    assert rules_of(result) == {"required_empty"}
    assert [note.rule for note in result.notes] == ["picture_in_cell"]


def test_a_picture_in_a_wide_table_is_told_by_its_place(desk) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("小学")
        sheet.write_row(0, 0, ["学校标识码", "学校名称", "办学类型", "在校生数", "校门照片"])
        sheet.write_row(1, 0, ["2199010001", "甲小学", "211", "300"])
        sheet.write_formula(1, 4, "=_xlfn." + PICTURE[1:], None, PICTURE)
    result = desk.deliver(buffer.getvalue())
    assert (result.contract, result.refused) == ("school_census.wide", False)
    assert [(note.rule, note.column) for note in result.notes] == [("picture_in_cell", "E列")]
