"""A line below a table that is a header whose columns stand elsewhere: what follows is read by it."""

from __future__ import annotations

import pytest

from tests.unit.ingest.made import word

HEADER = ["学校标识码", "学校名称", "年级", "班级名称", "班级人数"]
OTHER = ["学校标识码", "学校名称", "班级人数", "班级名称", "年级"]
FIRST = [["2199010001", "甲小学", "1", "一班", "45"], ["2199010001", "甲小学", "2", "一班", "44"]]
SECOND = [["3199010002", "乙中学", "9", "一班", "7"], ["3199010002", "乙中学", "8", "二班", "8"]]
READ = [("1", 45), ("2", 44), ("7", 9), ("8", 8)]


def classes(desk, result) -> list[tuple[str, int]]:
    return [(row["grade"], row["pupils"]) for row in desk.bronze(result)]


@pytest.mark.parametrize("between", [[], [[""] * 5], [["二、初中", "", "", "", ""]], [["合计", "", "", "", "89"]]])
@pytest.mark.parametrize("container", ["csv", "xlsx"])
def test_rows_are_read_by_their_own_header(desk, container: str, between: list[list[str]]) -> None:
    lines = [HEADER, *FIRST, *between, OTHER, *SECOND]
    result = desk.deliver(desk.csv(lines) if container == "csv" else desk.xlsx({"班级": lines}))
    assert not result.refused, result.reason
    assert classes(desk, result) == READ
    assert [row["_row"] for row in desk.bronze(result)] == [2, 3, len(between) + 5, len(between) + 6]
    number = len(between) + 4
    assert any(f"第{number}行（另一个表头，其下各行按它读入" in text for text in result.left_out)


def test_a_third_header_and_the_first_one_again(desk) -> None:
    lines = [HEADER, *FIRST, OTHER, *SECOND, HEADER, ["2199010003", "丙小学", "3", "一班", "30"]]
    assert classes(desk, desk.deliver(desk.csv(lines))) == [*READ, ("3", 30)]


def test_a_header_with_another_column_beside_the_known_ones(desk) -> None:
    other = ["编号", "学校标识码", "学校名称", "班级人数", "班级名称", "年级"]
    lines = [[*HEADER, ""], *[[*row, ""] for row in FIRST], other, *[["9", *row] for row in SECOND]]
    assert classes(desk, desk.deliver(desk.csv(lines))) == READ


def test_no_figure_of_another_column_where_a_required_one_is_missing(desk) -> None:
    other = ["学校标识码", "学校名称", "班级人数", "班级名称", "备注"]
    result = desk.deliver(desk.csv([HEADER, *FIRST, other, *SECOND]))
    assert classes(desk, result) == READ[:2]
    assert {fault.rule for fault in result.faults} == {"required_empty"}
    assert {fault.row for fault in result.faults} == {5, 6}


def test_a_header_where_no_code_tells_records(desk) -> None:
    """Findings are known by any text: a header among them is none of them."""
    header = ["问题编号", "问题来源", "问题描述", "责任单位"]
    other = ["问题编号", "问题描述", "责任单位", "问题来源"]
    lines = [header, ["W01", "省督导", "教师不足", "县教育局"], other, ["W02", "场地不足", "县自然资源局", "市督导"]]
    for data in (desk.csv(lines), desk.csv([*lines[:2], ["编号", *other[1:], "问题编号"], ["9", *lines[3][1:], "W02"]])):
        result = desk.deliver(data)
        assert [(r["finding_no"], r["finding_source"], r["description"]) for r in desk.bronze(result)] == [
            ("W01", "省督导", "教师不足"),
            ("W02", "市督导", "场地不足"),
        ]


def test_a_unit_of_another_size_in_a_further_header_refuses(desk, rules_of) -> None:
    header, other = [*desk.header, "教学仪器设备资产值"], ["教学仪器设备资产值(元)", *desk.header]
    lines = [header, [*desk.school, "12"], other, ["120000", *desk.school_row(学校标识码="2199010002")]]
    assert rules_of(desk.deliver(desk.csv(lines))) == {"unit_mismatch"}


@pytest.mark.parametrize("stated", ["178", "89"])
def test_a_total_below_both_tables(desk, rules_of, stated: str) -> None:
    """It counts all of them; the records of the second alone are another sum."""
    result = desk.deliver(desk.csv([HEADER, *FIRST, OTHER, *FIRST_IN_OTHER, ["合计", "", stated, "", ""]]))
    assert not result.refused
    assert len(desk.bronze(result)) == 4
    wrong = desk.deliver(desk.csv([HEADER, *FIRST, OTHER, *FIRST_IN_OTHER, ["合计", "", "177", "", ""]]))
    assert "total_disagrees" in rules_of(wrong)


FIRST_IN_OTHER = [["2199010004", "丁小学", "45", "一班", "1"], ["2199010004", "丁小学", "44", "一班", "2"]]


def test_many_rows(desk) -> None:
    """Large sheets are kept by columns."""
    first = [["2199010001", "甲小学", "1", f"{n}班", "40"] for n in range(400)]
    second = [["3199010002", "乙中学", "50", f"{n}班", "7"] for n in range(400)]
    result = desk.deliver(desk.xlsx({"班级": [HEADER, *first, OTHER, *second]}))
    found = classes(desk, result)
    assert (found[:400], found[400:]) == ([("1", 40)] * 400, [("7", 50)] * 400)


CLASSES = ["区划代码", "学年", "学校标识码", "学校名称", "年级", "班级名称", "班级人数"]


@pytest.mark.parametrize("container", ["csv", "xlsx"])
@pytest.mark.parametrize("census_first", [True, False])
def test_tables_of_two_subjects_below_each_other_are_refused(desk, rules_of, container: str, census_first: bool) -> None:
    """Whichever fits best: of the other one nothing would be read, and nobody told."""
    census = [desk.header, desk.school, desk.school_row(学校标识码="2199010002")]
    classes = [CLASSES, ["990101", "2025", "2199010001", "示范小学", "1", "1班", "44"]]
    lines = [*census, [], *classes] if census_first else [*classes, [], *census]
    result = desk.deliver(desk.csv(lines) if container == "csv" else desk.xlsx({"Sheet1": lines}))
    assert rules_of(result) == {"several_sources"}
    assert "学校普查标准模板" in result.reason
    assert "班级名单标准模板" in result.reason


@pytest.mark.parametrize("container", ["csv", "xlsx"])
def test_records_above_the_header_are_not_lost(desk, rules_of, container: str) -> None:
    """The first page has lost its header: the one of the second page says nothing of the lines above it."""
    lines = [["2025学年学校普查"], desk.school, desk.school_row(学校标识码="2199010002"), desk.header]
    lines.append(desk.school_row(学校标识码="2199010003"))
    result = desk.deliver(desk.csv(lines) if container == "csv" else desk.xlsx({"Sheet1": lines}))
    assert rules_of(result) == {"records_above_header"}
    assert "第2、3行在表头（第4行）上面" in result.reason


def test_lines_above_a_header_that_name_a_school_are_a_title(desk) -> None:
    lines = [["", "", "2199010001"], ["学校", "示范小学", "2199010001"], desk.header, desk.school]
    assert not desk.deliver(desk.csv(lines)).refused


def test_a_sheet_that_goes_on_without_a_header_is_refused(desk, rules_of) -> None:
    """A census that lacks its schools would be wrong as a whole."""
    further = [desk.school_row(学校标识码="2199010002"), desk.school_row(学校标识码="2199010003")]
    result = desk.deliver(desk.xlsx({"普查": [desk.header, desk.school], "普查2": further}))
    assert rules_of(result) == {"records_without_header"}
    assert "工作表“普查2”第1行" in result.reason
    notes = [["填表说明"], ["学校标识码", "填10位代码", "例如2199010001"], ["1", "2", "3", "4", "5", "6", "7"]]
    assert not desk.deliver(desk.xlsx({"普查": [desk.header, desk.school], "说明": notes})).refused


def test_a_table_of_a_document_that_a_page_has_cut(desk, rules_of) -> None:
    first = ["W01", "省级督导反馈", "2025-09-30", "教师不足"]
    header = ["问题编号", "问题来源", "发文日期", "问题描述"]
    result = desk.deliver(word([[header, first], [["W02", *first[1:]]]]))
    assert rules_of(result) == {"records_without_header"}
    signed = desk.deliver(word([[header, first], [["分管领导签字", "", "经办人", ""]]]))
    assert not signed.refused
    assert desk.deliver(word([[header, first], [header, ["W02", *first[1:]]]])).rows_parsed == 2
