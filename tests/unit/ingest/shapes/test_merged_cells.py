"""Cells merged downwards: what is written once holds for every record of its range, and an amount for none of them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import docx
import pytest
import xlsxwriter

from ingest.readers.sheet import column_letter
from ingest.schema.table import TableContract
from ingest.shapes.contracts import load_contracts
from ingest.shapes.edited import guard
from samples.declared import schools
from samples.plain_sources import rows
from samples.shapes import workbook
from tests.unit.ingest.made import MANIFEST, ODS, compound, judged

Lines = Sequence[Sequence[Any]]
Spans = Sequence[tuple[int, int, int, int]]
"""First row, first column, last row, last column."""

HEADER = ["问题编号", "问题来源", "发文日期", "问题描述", "责任单位", "整改时限"]
FINDINGS = [
    HEADER,
    ["W01", "省级督导反馈", "2025-09-30", "教师不足", "县教育局", "2026-06-30"],
    ["W02", "", "", "场地不足", "", ""],
    ["W03", "", "", "大班额", "", ""],
]
SPANS = [(1, column, 3, column) for column in (1, 2, 4, 5)]


def xlsx(lines: Lines, spans: Spans = (), name: str = "Sheet1") -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet(name)
        for top, left, bottom, right in spans:
            sheet.merge_range(top, left, bottom, right, "")
        for row, cells in enumerate(lines):
            for column, cell in enumerate(cells):
                if cell != "":
                    sheet.write(row, column, cell)
    return buffer.getvalue()


def xls(lines: Lines, spans: Spans = ()) -> bytes:
    def record(kind: int, data: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def bof(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))

    sheet = bof(0x10)
    for number, row in enumerate(lines):
        for column, cell in enumerate(row):
            text = str(cell)
            if text:
                sheet += record(0x0204, struct.pack("<HHHHB", number, column, 0, len(text), 1) + text.encode("utf-16-le"))
    sheet += record(0xE5, struct.pack("<H", len(spans)) + b"".join(struct.pack("<4H", t, b, lt, r) for t, lt, b, r in spans))
    name = "清单".encode("utf-16-le")
    start = len(bof(5) + record(0x85, bytes(8) + name) + record(0x0A))
    bound = record(0x85, struct.pack("<IBBBB", start, 0, 0, 2, 1) + name)
    return compound(["Workbook"], bof(5) + bound + record(0x0A) + sheet + record(0x0A))


def ods(lines: Lines, spans: Spans = ()) -> bytes:
    starts = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in spans}

    def cell(row: int, column: int, text: object) -> str:
        height, width = starts.get((row, column), (1, 1))
        size = (
            f' table:number-rows-spanned="{height}" table:number-columns-spanned="{width}"' if (height, width) != (1, 1) else ""
        )
        if text == "":
            return "<table:covered-table-cell/>"
        return f'<table:table-cell{size} office:value-type="string"><text:p>{text}</text:p></table:table-cell>'

    rows = "".join(
        f"<table:table-row>{''.join(cell(row, column, text) for column, text in enumerate(cells))}</table:table-row>"
        for row, cells in enumerate(lines)
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as container:
        container.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        container.writestr("META-INF/manifest.xml", MANIFEST)
        container.writestr("content.xml", ODS.format(f'<table:table table:name="清单">{rows}</table:table>'))
    return buffer.getvalue()


def word(lines: Lines, spans: Spans = ()) -> bytes:
    document = docx.Document()
    table = document.add_table(len(lines), len(lines[0]))
    for row, cells in enumerate(lines):
        for column, cell in enumerate(cells):
            table.cell(row, column).text = str(cell)
    for top, left, bottom, right in spans:
        text = table.cell(top, left).text
        table.cell(top, left).merge(table.cell(bottom, right)).text = text
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def page(lines: Lines, spans: Spans = ()) -> bytes:
    starts = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in spans}
    covered = {(r, c) for t, lt, b, rt in spans for r in range(t, b + 1) for c in range(lt, rt + 1)} - starts.keys()
    rows = ""
    for row, cells in enumerate(lines):
        rows += "<tr>"
        for column, cell in enumerate(cells):
            height, width = starts.get((row, column), (1, 1))
            if (row, column) not in covered:
                rows += f'<td rowspan="{height}" colspan="{width}">{cell}</td>'
        rows += "</tr>"
    return f"<html><body><table>{rows}</table></body></html>".encode()


MAKERS = {"xlsx": xlsx, "xls": xls, "ods": ods, "word": word, "page": page}


@pytest.mark.parametrize("name", MAKERS)
def test_every_row_of_a_range_has_its_value(desk, name: str) -> None:
    make: Callable[[Lines, Spans], bytes] = MAKERS[name]
    result = desk.deliver(make(FINDINGS, SPANS))
    assert not result.refused, result.reason
    found = desk.bronze(result)
    assert [row["finding_no"] for row in found] == ["W01", "W02", "W03"]
    for field, value in zip(
        ("finding_source", "document_date", "responsible_unit", "deadline"), FINDINGS[1][1:3] + FINDINGS[1][4:], strict=True
    ):
        assert {row[field] for row in found} == {value}
    (note,) = result.notes
    assert note.rule == "filled_down"
    assert "“问题来源”B2:B4、“发文日期”C2:C4、“责任单位”E2:E4、“整改时限”F2:F4" in note.guidance


def test_the_filling_is_told_in_the_ledger_and_costs_nothing(desk, tmp_path) -> None:
    night = judged(desk, tmp_path, {"清单.xlsx": xlsx(FINDINGS, SPANS)})
    (row,) = [r for r in night.read_table("check_results").to_pylist() if r["check_id"] == "ingest.filled_down"]
    assert (row["status"], row["rows_failed"]) == ("pass", 0)
    assert "有上下合并的单元格：“问题来源”B2:B4、" in row["observed"]
    assert [r["status"] for r in night.read_table("submissions").to_pylist()] == ["accepted"]


def _schools(desk: Any, count: int, **blank: str) -> list[list[Any]]:
    rows = [desk.school_row(学校标识码=f"219901000{n}", 学校名称=f"示范小学{n}") for n in range(1, count + 1)]
    for row in rows[1:]:
        for name in blank:
            row[desk.header.index(name)] = ""
    return rows


def test_area_and_year_of_a_census(desk) -> None:
    lines = [desk.header, *_schools(desk, 4, 区划代码="", 学年="")]
    result = desk.deliver(xlsx(lines, [(1, 0, 4, 0), (1, 1, 4, 1)]))
    assert not result.refused, result.reason
    assert [(row["county_code"], row["school_year"]) for row in desk.bronze(result)] == [("990101", 2025)] * 4


def test_a_range_ends_where_it_ends(desk) -> None:
    """Two townships, and a blank cell below that is nobody's."""
    header = [*desk.header, "乡镇(街道)"]
    rows = [[*row, name] for row, name in zip(_schools(desk, 5), ["城关镇", "", "东河镇", "", ""], strict=True)]
    result = desk.deliver(xlsx([header, *rows], [(1, 7, 2, 7), (3, 7, 4, 7)]))
    assert [row["township"] for row in desk.bronze(result)] == ["城关镇", "城关镇", "东河镇", "东河镇", None]
    assert "H2:H3、H4:H5" in result.notes[0].guidance


@pytest.mark.parametrize("large", [False, True])
def test_an_amount_over_several_records_is_nobodys(desk, rules_of, large: bool) -> None:
    """Neither once for each of them nor for the first alone."""
    count = 400 if large else 4
    rows = [desk.school_row(学校标识码=f"21990{n:05d}", 学校名称=f"示范小学{n}") for n in range(1, count + 1)]
    for row in rows[1:3]:
        row[desk.header.index("小学在校生")] = ""
    result = desk.deliver(xlsx([desk.header, *rows], [(1, 5, 3, 5)]))
    assert (result.refused, rules_of(result)) == (True, {"merged_figure"})
    assert [fault.row for fault in result.faults] == [2, 3, 4]
    assert "F2:F4" in result.reason
    assert "取消合并" in result.fix
    assert result.rows_parsed == count - 3


def test_an_amount_over_several_findings_sets_them_aside(desk, rules_of) -> None:
    header = ["项目编号", "项目名称", "建设类型", "总投资"]
    lines = [header, ["XM1", "综合楼", "新建", 500], ["XM2", "操场", "新建", ""], ["XM3", "食堂", "新建", 20]]
    result = desk.deliver(xlsx(lines, [(1, 3, 2, 3)]))
    assert not result.refused
    assert [row["project_no"] for row in desk.bronze(result)] == ["XM3"]
    assert rules_of(result) == {"merged_figure"}


def test_what_does_not_add_up_may_be_written_once(desk) -> None:
    header = [*desk.header, "小学最大班额"]
    rows = [[*row, size] for row, size in zip(_schools(desk, 3), [45, "", ""], strict=True)]
    result = desk.deliver(xlsx([header, *rows], [(1, 7, 3, 7)]))
    assert [row["largest_class_primary"] for row in desk.bronze(result)] == [45, 45, 45]


def test_the_school_of_several_classes_is_written_once(desk) -> None:
    header = ["学校标识码", "学校名称", "年级", "班级名称", "班级人数"]
    lines = [
        header,
        ["2199010001", "示范小学", 1, "一班", 40],
        ["", "", 1, "二班", 41],
        ["", "", 2, "一班", 42],
        ["2199010002", "东河小学", 1, "一班", 30],
        ["", "", 2, "一班", 31],
    ]
    result = desk.deliver(xlsx(lines, [(1, 0, 3, 0), (1, 1, 3, 1), (4, 0, 5, 0), (4, 1, 5, 1)]))
    assert not result.refused, result.reason
    assert [row["school_code"] for row in desk.bronze(result)] == ["2199010001"] * 3 + ["2199010002"] * 2


def test_a_record_of_two_lines_is_one(desk) -> None:
    """All its cells are merged over two lines: the second one is none."""
    rows = _schools(desk, 2)
    lines = [desk.header, rows[0], [""] * 7, rows[1], [""] * 7]
    spans = [(top, column, top + 1, column) for top in (1, 3) for column in range(7)]
    result = desk.deliver(xlsx(lines, spans))
    assert (result.refused, result.rows_read, result.notes) == (False, 2, [])


def test_two_lines_of_figures_for_one_school_are_not_two_schools(desk, rules_of) -> None:
    rows = _schools(desk, 1)
    lines = [desk.header, rows[0], ["", "", "", "", "", "20", "2"]]
    result = desk.deliver(xlsx(lines, [(1, column, 2, column) for column in range(5)]))
    assert (result.refused, rules_of(result)) == (True, {"merged_record"})
    assert "C2:C3" in result.reason or "A2:A3" in result.reason


def test_totals_and_footers_within_a_range_stay_what_they_are(desk) -> None:
    header = ["乡镇(街道)", *desk.header]
    rows = [[name, *row] for row, name in zip(_schools(desk, 2), ["城关镇", ""], strict=True)]
    total = ["", "小计", "", "", "", "", 600, 40]
    result = desk.deliver(xlsx([header, *rows, total], [(1, 0, 3, 0)]))
    assert not result.refused, result.reason
    assert [row["township"] for row in desk.bronze(result)] == ["城关镇", "城关镇"]
    assert result.left_out == ["工作表“Sheet1”第4行（合计行，不是记录，未读入）"]


def test_a_wide_table(desk, rules_of) -> None:
    header = ["学校标识码", "学校名称", "办学类型", "所在地区划", "在校生数"]
    rows: list[list[Any]] = [["2199010001", "甲小学", "211", "990101", 300], ["2199010002", "乙小学", "211", "", 200]]
    lines = [["小学基本情况"], header, *rows]
    result = desk.deliver(xlsx(lines, [(2, 3, 3, 3)]))
    assert result.contract == "school_census.wide"
    assert [row["county_code"] for row in desk.bronze(result)] == ["990101"] * 2
    assert [note.rule for note in result.notes] == ["filled_down"]
    rows[1][4] = ""
    assert rules_of(desk.deliver(xlsx(lines, [(2, 4, 3, 4)]))) == {"merged_figure"}


@pytest.mark.parametrize(("merged", "rules"), [("本次进展", set()), ("本次整改资金(元)", {"merged_figure"})])
def test_one_report_over_several_lines_of_the_ledger(desk, rules_of, merged: str, rules: set[str]) -> None:
    (contract,) = (c for c in load_contracts() if isinstance(c, TableContract) and c.edited)
    assert contract.columns
    assert contract.edited
    headers = [names[0] for names in contract.columns.values()]
    done = {"本次办理事项": "报告进展", "本次办理日期": "2026-03-02", "本次填报单位": "县教育局", merged: "800"}
    lines: list[list[str]] = [[*headers, contract.edited.guard]]
    for number in range(3):
        own = {"台账区划代码": "990101", "台账编号": f"990101-{number:012d}", "末次事件编号": "a" * 16}
        line = dict.fromkeys(headers, "") | own | (done if number == 0 else {})
        lines.append([*line.values(), guard(own)])
    spans = [(1, headers.index(name), 3, headers.index(name)) for name in done]
    result = desk.deliver(xlsx(lines, spans))
    assert rules_of(result) == rules
    assert [row["event"] for row in desk.bronze(result)] == ([] if rules else ["progress"] * 3)


def test_an_amount_in_a_list_of_the_declaration(desk) -> None:
    """The two lines of a school of two stages: one figure over both is nobody's."""
    shape = schools(rows("declared_forms_school"))
    first = next(n for n, line in enumerate(shape.rows) if n > 4 and str(line[1]).isdigit())
    column = shape.rows[2].index("学生数")
    shape.rows[first + 1][column] = None
    shape.merged.append((first, column, first + 1, column))
    result = desk.deliver(workbook({"表Ⅱ-2": shape}))
    faults = [fault for fault in result.faults if fault.rule == "merged_figure"]
    assert [fault.row for fault in faults] == [first + 1, first + 2]
    whole = desk.deliver(workbook({"表Ⅱ-2": schools(rows("declared_forms_school"))}))
    assert result.rows_parsed == whole.rows_parsed - 2


@pytest.mark.parametrize("wide", [False, True], ids=["one column", "two columns"])
def test_texts_in_a_list_of_the_declaration_are_told(desk, wide: bool) -> None:
    """What is written once for several lines of 表Ⅱ-2 holds for each of them, however wide its cell is."""
    shape = schools(rows("declared_forms_school"))
    first = next(n for n, line in enumerate(shape.rows) if n > 4 and str(line[1]).isdigit())
    whole = desk.bronze(desk.deliver(workbook({"表Ⅱ-2": shape})))
    header = shape.rows[2]
    column = header.index("备注")
    if wide:
        shape.rows = [[*line, None] for line in shape.rows]
    for row in range(first, first + 3):
        shape.rows[row][column] = "L4达到85%" if row == first else None
    shape.merged.append((first, column, first + 2, column + wide))
    result = desk.deliver(workbook({"表Ⅱ-2": shape}))
    assert not result.faults
    (note,) = result.notes
    letter = column_letter(column)
    assert (note.rule, note.sheet) == ("filled_down", "表Ⅱ-2")
    assert f"“备注”{letter}{first + 1}:{letter}{first + 3}" in note.guidance
    found = desk.bronze(result)
    assert [row["form_note"] for row in found if first < row["_row"] <= first + 3] == ["L4达到85%"] * 3
    assert len(found) == len(whole)


def test_persons_are_not_told(desk) -> None:
    lines = [[*desk.header, "联系电话：13800000000"], *[[*row, "x"] for row in _schools(desk, 2)]]
    lines[2][7] = ""
    result = desk.deliver(xlsx(lines, [(1, 7, 2, 7)]))
    assert "13800000000" not in str(result.to_dict())
