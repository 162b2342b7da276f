from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.landing import parse
from ingest.readers import text
from ingest.schema.source import load_source
from ingest.values.faults import rules

ROW_FAULTS = [
    ({"小学在校生": "约300"}, "not_a_number"),
    ({"小学在校生": "300.5"}, "not_whole"),
    ({"小学在校生": "30%"}, "percent_sign"),
    ({"小学在校生": "9" * 16}, "number_too_large"),
    ({"学年": "今年"}, "not_a_year"),
    ({"学校标识码": "2199010001.0"}, "id_as_float"),
    ({"学校标识码": "2.19E+09"}, "id_as_float"),
    ({"学校标识码": "21990101"}, "bad_school_code"),
    ({"学校名称": ""}, "required_empty"),
    ({"学校标识码": "—"}, "required_empty"),
    ({"区划代码": "合 计"}, "total_row"),
    ({"区划代码": "填表人：李四"}, "footer_row"),
]


@pytest.mark.parametrize(("change", "rule"), ROW_FAULTS)
def test_one_bad_row_refuses_the_census(desk, rules_of, change: dict[str, str], rule: str) -> None:
    result = desk.deliver(desk.csv([desk.header, desk.school, desk.school_row(**change)]))
    assert result.refused
    assert rules_of(result) == {rule}
    assert (result.rows_read, result.rows_parsed) == (2, 1)
    assert "第3行" in result.reason
    (fault,) = result.faults
    assert fault.row == 3


def test_the_reason_names_the_cell_and_how_many_more(desk) -> None:
    bad = [desk.school_row(学校标识码=f"219901000{n}", 小学在校生="约300") for n in range(3)]
    result = desk.deliver(desk.csv([desk.header, *bad]))
    assert result.reason == "第2行“小学在校生”的值“约300”不是数字（共3处问题）。"
    assert result.fix == "请填写阿拉伯数字，不知道就留空。"
    assert result.rows_parsed == 0
    assert not desk.home.bronze_file("school_census", result.submission_id).exists()


def test_negative_numbers_are_left_to_the_catalogue(desk) -> None:
    (row,) = desk.bronze(desk.deliver(desk.csv([desk.header, desk.school_row(小学在校生="-3")])))
    assert row["pupils_primary"] == -3


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty_file"),
        (b"\r\n \r\n", "empty_file"),
        (b"%PDF-1.7 ...", "unsupported_format"),
        (b"\x89PNG\r\n\x1a\n", "unsupported_format"),
        (b"<html><table></table></html>", "unsupported_format"),
        (b'<?xml version="1.0"?><Workbook/>', "unsupported_format"),
        (b"abc\0def", "unsupported_format"),
        (b"PK\x03\x04 cut", "damaged_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "damaged_workbook"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512 + "EncryptedPackage".encode("utf-16-le"),
            "encrypted_workbook",
        ),
        ("姓名,身份证件号\n".encode(), "unknown_layout"),
        (b"just a note", "unknown_layout"),
    ],
)
def test_what_is_no_export(desk, rules_of: Callable[..., set[str]], data: bytes, rule: str) -> None:
    result = desk.deliver(data, name="报表.xlsx")
    assert result.refused
    assert rules_of(result) == {rule}
    assert (result.rows_read, result.rows_parsed, result.covered) == (0, 0, [])


def test_truncated_workbook(desk, rules_of) -> None:
    data = desk.xlsx({"a": [desk.header, desk.school]})
    for length in (30, len(data) // 2, len(data) - 30):
        assert rules_of(desk.deliver(data[:length])) == {"damaged_workbook"}


def test_other_containers(desk, rules_of) -> None:
    for member, rule in (("word/document.xml", "damaged_workbook"), ("a.txt", "unsupported_format")):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as container:
            container.writestr(member, "x")
        assert rules_of(desk.deliver(buffer.getvalue())) == {rule}


def test_empty_workbook_and_header_only(desk, rules_of) -> None:
    assert rules_of(desk.deliver(desk.xlsx({"a": [], "b": []}))) == {"empty_file"}
    assert rules_of(desk.deliver(desk.xlsx({"a": [desk.header]}))) == {"no_rows"}
    assert rules_of(desk.deliver(desk.csv([desk.header]))) == {"no_rows"}


def test_a_stray_cell_far_away_does_not_eat_the_memory(desk, rules_of) -> None:
    rows: list[list[object]] = [desk.header, desk.school]
    data = bytearray(desk.xlsx({"a": rows}))
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as old, zipfile.ZipFile(buffer, "w") as new:
        for item in old.namelist():
            content = old.read(item)
            if item == "xl/worksheets/sheet1.xml":
                stray = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                content = content.replace(b"</sheetData>", stray)
            new.writestr(item, content)
    assert rules_of(desk.deliver(buffer.getvalue())) == {"too_large"}


def test_formula_errors_are_no_empty_cells(desk, rules_of) -> None:
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("普查")
        sheet.write_row(0, 0, desk.header)
        sheet.write_row(1, 0, desk.school)
        sheet.write_formula(1, 5, "=1/0", None, "#DIV/0!")
    result = desk.deliver(buffer.getvalue())
    assert rules_of(result) == {"formula_error"}
    assert result.faults[0].value == "#DIV/0!"


def test_missing_column_is_named(desk, rules_of) -> None:
    result = desk.deliver(desk.csv([desk.header[:4] + desk.header[5:], desk.school[:4] + desk.school[5:]]))
    assert rules_of(result) == {"missing_column"}
    assert "办学类型码（school_kind_code）" in result.reason


def test_unknown_layout_names_the_nearest(desk, rules_of) -> None:
    result = desk.deliver("区划代码,学年,金额\n990101,2025,3\n")
    assert rules_of(result) == {"unknown_layout"}
    assert "标准模板" in result.reason
    assert "项目代码" in result.reason or "学校标识码" in result.reason


@pytest.mark.parametrize(("kind", "missing"), [("312", "pupils_junior"), ("初中", "pupils_junior"), ("345", "pupils_senior")])
def test_pupils_of_a_stage_the_kind_has_need_a_column(desk, rules_of, kind: str, missing: str) -> None:
    result = desk.deliver(desk.csv([desk.header, desk.school_row(办学类型码=kind)]))
    assert rules_of(result) == {"missing_column"}
    assert missing in result.reason
    assert result.rows_parsed == 1


def test_an_empty_cell_of_such_a_column_is_only_unknown(desk) -> None:
    (row,) = desk.bronze(desk.deliver(desk.csv([desk.header, desk.school_row(小学在校生="")])))
    assert row["pupils_primary"] is None


def test_duplicate_header(desk, rules_of) -> None:
    result = desk.deliver(desk.csv([[*desk.header, "pupils_primary"], [*desk.school, "1"]]))
    assert rules_of(result) == {"duplicate_header"}
    assert "F列、H列" in result.reason


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ("教学仪器设备资产值(元)", {"unit_mismatch"}),
        ("教学仪器设备资产值（万元）", set()),
        ("运动场地面积(亩)", {"unit_mismatch"}),
        ("运动场地面积(平方米)", set()),
        ("运动场地面积(必填)", set()),
    ],
)
def test_units_in_headers(desk, rules_of, header: str, rule: set[str]) -> None:
    assert rules_of(desk.deliver(desk.csv([[*desk.header, header], [*desk.school, "12"]]))) == rule


def test_bad_bytes_are_placed(desk, rules_of) -> None:
    text = desk.csv([desk.header, desk.school, desk.school])
    damaged = text.encode()
    cut = damaged.rindex("示".encode())
    result = desk.deliver(damaged[:cut] + b"\xe7\xa4," + damaged[cut:])
    assert rules_of(result) == {"bad_encoding"}
    assert "第3行" in result.reason
    assert "UTF-8" in result.reason
    gb = text.encode("gb18030") + b"\xff\xff\n"
    result = desk.deliver(gb)
    assert rules_of(result) == {"bad_encoding"}
    assert "GB18030" in result.reason
    assert "0xFF" in result.reason


def test_quotes_that_do_not_pair(desk, rules_of) -> None:
    result = desk.deliver(desk.csv([desk.header, desk.school]) + '990101,2025,"2199010002,开着的引号\n')
    assert rules_of(result) == {"bad_quotes"}


def test_a_text_of_too_many_cells_is_refused(desk, monkeypatch) -> None:
    lines = [desk.header, desk.school, *[[""] * len(desk.header)] * 8]
    monkeypatch.setattr(text, "MAX_CELLS", 10 * len(desk.header))
    assert not desk.deliver(desk.csv(lines)).refused
    for more in ([""] * len(desk.header), []):
        result = desk.deliver(desk.csv([*lines, more]))
        assert result.reason == f"文件展开后过大（超过{10 * len(desk.header)}个单元格）。"


@pytest.mark.parametrize("end", ["\x1a", "\r\n\x1a", "\r\n\x1a\x1a\0\0", "\r\n\x1a\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_the_end_mark_of_dos_is_no_line(desk, end: str, encoding: str) -> None:
    rows = [desk.header, desk.school, desk.school_row(学校标识码="2199010002")]
    result = desk.deliver((desk.csv(rows).rstrip() + end).encode(encoding))
    assert (result.refused, result.rows_parsed) == (False, 2)


def test_an_end_mark_within_the_text_ends_nothing(desk) -> None:
    text = desk.csv([desk.header, desk.school]) + "\x1a" + desk.csv([desk.school_row(学校标识码="2199010002")])
    assert desk.deliver(text).rows_parsed == 2


def test_shifted_and_truncated_lines(desk, rules_of) -> None:
    text = desk.csv([desk.header, desk.school])
    assert rules_of(desk.deliver(text + "990101,2025,2199010002,示范小学,211,300,20,7\n")) == {"too_many_cells"}
    result = desk.deliver(text + "990101,2025,2199010002,示范小学,211,3")
    assert rules_of(result) == {"truncated_row"}
    assert not desk.deliver(text + "990101,2025,2199010002,示范小学,211,3\n").refused


def test_folder_and_content_disagree(desk, rules_of) -> None:
    result = desk.deliver(desk.csv([desk.header, desk.school]), area="990102", year=2024)
    assert rules_of(result) == {"folder_disagrees"}
    assert result.reason == "文件夹是990102/2024，文件内容却是区划代码 990101，学年 2025。"
    assert result.rows_parsed == 1


def test_two_sources_in_one_workbook(desk, rules_of) -> None:
    items = [["区划代码", "学年", "指标代码", "项目代码"], ["990101", 2025, "P2", "P2"]]
    assert rules_of(desk.deliver(desk.xlsx({"a": [desk.header, desk.school], "b": items}))) == {"several_sources"}


def test_a_sheet_with_a_broken_header_is_not_passed_over(desk, rules_of) -> None:
    data = desk.xlsx({"东片": [desk.header, desk.school], "西片": [desk.header[:4], desk.school[:4]]})
    assert rules_of(desk.deliver(data)) == {"missing_column"}


def test_a_failing_reader_never_takes_the_night_down(desk, rules_of, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(parse, "match_text", broken)
    result = desk.deliver(desk.csv([desk.header, desk.school]))
    assert rules_of(result) == {"unreadable"}
    assert result.reason == "读取文件时出错（内容不合格式）。"


def test_quarantine_contract_without_any_good_row_is_refused(desk, rules_of) -> None:
    result = desk.deliver("区划代码,学年,指标代码,项目代码,数值\n990101,2025,G7,G7.funds,约3\n")
    assert result.refused
    assert (result.rows_read, result.rows_parsed) == (1, 0)


@pytest.mark.parametrize("as_workbook", [True, False])
def test_damaged_bytes_never_raise(desk, as_workbook: bool) -> None:
    rows = [desk.header, desk.school, desk.school_row(学校标识码="2199010002")]
    whole = desk.xlsx({"a": rows}) if as_workbook else desk.csv(rows).encode()  # written once: a workbook holds the time of day

    @settings(max_examples=40, deadline=None)
    @given(start=st.integers(0, len(whole) - 1), lost=st.integers(0, 8), put=st.binary(max_size=8))
    def deliver_damaged(start: int, lost: int, put: bytes) -> None:
        desk.deliver(whole[:start] + put + whole[start + lost :])

    deliver_damaged()


@given(data=st.binary(max_size=200))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_refused(desk, data: bytes) -> None:
    assert desk.deliver(data).refused


def test_every_rule_has_its_sentences() -> None:
    for rule in rules().values():
        assert rule.what.endswith("。")
        assert rule.what.count("。") == 1
        assert rule.fix.endswith("。")


def test_every_source_field_has_both_headers_once() -> None:
    for name in ("school_census", "county_items", "monitoring_result"):
        fields = load_source(name).fields
        headers = [text for f in fields for text in (f.name, f.zh, *f.aliases)]
        assert len(headers) == len(set(headers))
