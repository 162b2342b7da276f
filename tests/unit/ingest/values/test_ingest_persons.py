"""Names and numbers of persons stop at ingest, wherever in a file they stand."""

from __future__ import annotations

import json

import pytest

from ingest.values.persons import footer_label, masked
from junheng.core.records import ParseResult

NAME, PHONE, CARD = "张三丰", "13800001111", "11010519491231002X"


def _said(result: ParseResult) -> str:
    return json.dumps(result.to_dict(), ensure_ascii=False)


def _clean(result: ParseResult) -> None:
    said = _said(result)
    for secret in (NAME, PHONE, CARD, "138 0000 1111"):
        assert secret not in said


@pytest.mark.parametrize(
    "line",
    [
        [f"填表人：{NAME} {PHONE}"],
        [f"填表人{NAME}"],
        ["", f"单位负责人:{NAME}", f"电话{PHONE}"],
        ["填 表 人", NAME, PHONE],
        [f"联系电话：{PHONE}"],
        [f"校长：{NAME}"],
        [f"备注：{NAME}，{CARD}"],
    ],
)
def test_a_footer_is_left_out_and_tells_no_name(desk, line: list[str]) -> None:
    result = desk.deliver(desk.csv([desk.header, desk.school, line]))
    assert not result.refused, result.reason
    assert result.left_out == ["第3行（表尾说明，不是记录，未读入）"]
    assert (result.rows_read, result.rows_parsed) == (1, 1)
    _clean(result)


def test_of_a_footer_in_a_row_that_holds_a_school_only_the_label_is_reported(desk, rules_of) -> None:
    line = desk.school_row(区划代码=f"填表人：{NAME} {PHONE}")
    result = desk.deliver(desk.csv([desk.header, desk.school, line]))
    assert rules_of(result) == {"footer_row"}
    assert result.faults[0].value == "填表人"
    _clean(result)
    (row,) = desk.quarantine(result)
    assert NAME not in str(row)
    assert PHONE not in str(row)


def test_cells_beyond_the_header_are_named_by_column(desk, rules_of) -> None:
    result = desk.deliver(desk.csv([desk.header, [*desk.school, f"{NAME} {PHONE}"]]))
    assert rules_of(result) == {"too_many_cells"}
    assert (result.faults[0].column, result.faults[0].value) == ("H列", None)
    assert result.reason == "第2行比表头多出单元格（H列）。"
    _clean(result)


@pytest.mark.parametrize("column", ["区划代码", "学年", "学校标识码", "办学类型码", "小学在校生", "是否寄宿制", "建成年份"])
@pytest.mark.parametrize("value", [NAME, PHONE, f"{NAME} 138 0000 1111", f"{NAME}{CARD}", f"电话{PHONE}"])
def test_a_shifted_row_tells_no_name(desk, column: str, value: str) -> None:
    header = [*desk.header, "是否寄宿制", "建成年份"]
    row = [*desk.school, "1", "2000"]
    row[header.index(column)] = value
    _clean(desk.deliver(desk.csv([header, row])))


def test_a_name_filled_in_behind_a_header_stays_here(desk) -> None:
    result = desk.deliver(desk.csv([[*desk.header, f"填表人：{NAME} {PHONE}", "附记"], [*desk.school, "x", f"问{PHONE}"]]))
    assert not result.refused
    assert result.unknown_columns == ["填表人（个人信息，未保存）", "附记"]
    _clean(result)
    (row,) = desk.bronze(result)
    assert json.loads(row["_extra"]) == {"附记": "问***"}


def test_decimals_are_no_number_of_a_person() -> None:
    assert masked("12345.67890123456789") == "12345.67890123456789"
    assert masked("a.b@c.cn 010-12345678 +86 13800001111 G110105200001010012") == "*** *** *** ***"


def test_a_row_that_only_resembles_a_footer_is_a_row() -> None:
    assert [footer_label(text) for text in ("说明书", "校长路小学", "电话亭", "990101", "")] == [None] * 5


def test_sheets_that_differ_in_a_number_alone_are_both_read(desk) -> None:
    sheets = {f"1380000000{n}": [desk.header, desk.school_row(学校标识码=f"219901000{n}")] for n in (1, 2)}
    found = desk.bronze(desk.deliver(desk.xlsx(sheets)))
    assert [(row["_sheet"], row["school_code"]) for row in found] == [("***", "2199010001"), ("***(2)", "2199010002")]
