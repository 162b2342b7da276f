"""The dirt of real tables: what is no record is left out and told; what might be a school is never left out."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter


def _line(desk: Any, *cells: Any) -> list[Any]:
    return [*cells, *[""] * (len(desk.header) - len(cells))]


def _total(desk: Any, label: str, **sums: Any) -> list[Any]:
    return [sums.get(name, label if n == 0 else "") for n, name in enumerate(desk.header)]


def _schools(desk: Any, *numbers: int) -> list[list[Any]]:
    return [desk.school_row(学校标识码=f"21990100{n:02d}", 学校名称=f"示范小学{n}") for n in numbers]


@pytest.mark.parametrize("label", ["合计", "总  计", "小 计：", "全县合计", "合计（2所）", "城关镇小计", "本县总计"])
def test_a_total_that_agrees_is_left_out_and_told(desk, label: str) -> None:
    total = _total(desk, label, 小学在校生="600", 小学专任教师="40")
    result = desk.deliver(desk.csv([desk.header, *_schools(desk, 1, 2), total]))
    assert not result.refused, result.reason
    assert (result.rows_read, result.rows_parsed, result.faults) == (2, 2, [])
    assert result.left_out == ["第4行（合计行，不是记录，未读入）"]
    assert [row["school_name"] for row in desk.bronze(result)] == ["示范小学1", "示范小学2"]


@pytest.mark.parametrize("column", ["小学在校生", "小学专任教师"])
def test_a_total_that_disagrees_is_told_and_refuses_the_census(desk, rules_of, column: str) -> None:
    sums = {"小学在校生": "600", "小学专任教师": "40"} | {column: "641"}
    result = desk.deliver(desk.csv([desk.header, *_schools(desk, 1, 2), _total(desk, "合计", **sums)]))
    assert result.refused
    assert rules_of(result) == {"total_disagrees"}
    assert (result.rows_read, result.rows_parsed) == (3, 2)
    (fault,) = result.faults
    assert (fault.row, fault.column, fault.value) == (4, column, "641")
    assert result.reason.startswith(f"第4行合计行“{column}”是641，所合计各行之和却是")


def test_totals_of_groups_and_of_everything(desk, rules_of) -> None:
    def lines(last: str) -> list[list[Any]]:
        return [
            desk.header,
            _line(desk, "城关镇（2所）"),
            *_schools(desk, 1, 2),
            _total(desk, "小计", 小学在校生="600"),
            _line(desk, "东河镇"),
            *_schools(desk, 3),
            _total(desk, "小计", 小学在校生="300"),
            _total(desk, "合计", 小学在校生=last),
        ]

    result = desk.deliver(desk.csv(lines("900")))
    assert not result.refused, result.reason
    assert result.rows_read == 3
    assert result.left_out == ["第2、6行（分组行，不是记录，未读入）", "第5、8、9行（合计行，不是记录，未读入）"]
    assert rules_of(desk.deliver(desk.csv(lines("901")))) == {"total_disagrees"}


@pytest.mark.parametrize("figure", ["900", "901"])
def test_totals_above_their_records(desk, rules_of, figure: str) -> None:
    lines = [
        desk.header,
        _total(desk, "合计", 小学在校生=figure),
        _total(desk, "城关镇小计", 小学在校生="600"),
        *_schools(desk, 1, 2),
        _total(desk, "东河镇小计", 小学在校生="300"),
        *_schools(desk, 3),
    ]
    result = desk.deliver(desk.csv(lines))
    assert result.refused == (figure == "901")
    assert rules_of(result) == ({"total_disagrees"} if result.refused else set())
    assert [fault.row for fault in result.faults] == ([2] if result.refused else [])


def test_what_is_not_added_up_may_stand_in_a_total(desk) -> None:
    header = [*desk.header, "小学最大班额", "小学年级数"]
    lines = [[*row, 45, 6] for row in _schools(desk, 1, 2)]
    total = [*_total(desk, "合计", 小学在校生="600"), 45, 6]
    result = desk.deliver(desk.csv([header, *lines, total]))
    assert not result.refused, result.reason


@pytest.mark.parametrize(("total", "refused"), [("93.00", False), ("93.1", True)])
def test_a_total_of_rounded_cells_is_true_within_their_rounding(desk, total: str, refused: bool) -> None:
    header = [*desk.header, "教学仪器设备资产值"]
    lines = [[*row, "10.33"] for row in _schools(desk, *range(1, 10))]
    result = desk.deliver(desk.csv([header, *lines, [*_total(desk, "合计"), total]]))
    assert result.refused == refused


def test_a_total_without_figures_and_one_over_unknown_cells(desk) -> None:
    rows = [*_schools(desk, 1), desk.school_row(学校标识码="2199010002", 小学在校生="")]
    for total in (_total(desk, "合计"), _total(desk, "合计", 小学在校生="300"), _total(desk, "平均", 小学在校生="299")):
        result = desk.deliver(desk.csv([desk.header, *rows, total]))
        assert not result.refused, result.reason
        assert result.rows_parsed == 2


@pytest.mark.parametrize(
    "change",
    [{"区划代码": "合计"}, {"学校名称": "合计", "学校标识码": "2199010009"}, {"学校名称": "合计", "学校标识码": "21990109.0"}],
)
def test_a_row_with_a_school_code_is_no_total(desk, change: dict[str, str]) -> None:
    result = desk.deliver(desk.csv([desk.header, desk.school, desk.school_row(**change)]))
    assert result.left_out == []
    assert result.rows_read == 2


@pytest.mark.parametrize(
    "line",
    [["附件1："], ["示范市（92所）"], ["一、城区学校"], ["（二）农村学校"], ["城关镇"], ["城关镇", "城关镇", "城关镇", "城关镇"]],
)
def test_group_rows(desk, line: list[str]) -> None:
    result = desk.deliver(desk.csv([desk.header, _line(desk, *line), desk.school]))
    assert not result.refused, result.reason
    assert (result.rows_read, result.left_out) == (1, ["第2行（分组行，不是记录，未读入）"])


def test_a_merged_group_row_of_any_name(desk) -> None:
    rows = [desk.header, ["直属单位"], desk.school]
    data = desk.xlsx({"a": rows}, {"a": [(1, 0, 1, 6, "直属单位")]})
    result = desk.deliver(data)
    assert not result.refused, result.reason
    assert result.left_out == ["工作表“a”第2行（分组行，不是记录，未读入）"]


@pytest.mark.parametrize(
    "cells", [["", "", "", "示范小学"], ["", "", "2199010002"], ["990101"], ["示范小学"], ["", "", "21990102"]]
)
def test_a_row_with_little_in_it_is_still_a_row(desk, cells: list[str]) -> None:
    """Half a school is a fault, never a line to pass over."""
    result = desk.deliver(desk.csv([desk.header, desk.school, _line(desk, *cells)]))
    assert result.refused
    assert (result.rows_read, result.rows_parsed, result.left_out) == (2, 1, [])


@pytest.mark.parametrize(
    "index", [["甲", "乙", "1", "2", "3", "4", "5"], ["1", "2", "3", "4", "5", "6", "7"], ["甲", "乙", "丙", "丁", "1", "2", "3"]]
)
def test_index_rows(desk, index: list[str]) -> None:
    result = desk.deliver(desk.csv([desk.header, index, desk.school]))
    assert not result.refused, result.reason
    assert (result.rows_read, result.left_out) == (1, ["第2行（栏号行，不是记录，未读入）"])


def test_page_breaks_repeat_title_header_and_index(desk) -> None:
    page = [["2025学年学校普查"], desk.header, ["1", "2", "3", "4", "5", "6", "7"]]
    first, second = _schools(desk, 1, 2)
    result = desk.deliver(desk.csv([*page, first, [], *page, second]))
    assert not result.refused, result.reason
    assert result.rows_read == 2
    assert result.left_out == [
        "第3、8行（栏号行，不是记录，未读入）",
        "第6行（重复的表题，不是记录，未读入）",
        "第7行（重复的表头，不是记录，未读入）",
    ]


@pytest.mark.parametrize("number", ["第1页 共2页", "第 1 页", "- 第1页，共2页 -", "共2页第1页"])
@pytest.mark.parametrize("title", ["2025学年学校普查（续）", "示范县学校情况（续表2）", "续表", "接上表：学校普查"])
def test_a_table_that_goes_on_over_a_page(desk, number: str, title: str) -> None:
    first, second = _schools(desk, 1, 2)
    result = desk.deliver(desk.csv([["2025学年学校普查"], desk.header, first, [number], [title], desk.header, second]))
    assert not result.refused, result.reason
    assert result.left_out == [
        "第4行（表尾说明，不是记录，未读入）",
        "第5行（重复的表题，不是记录，未读入）",
        "第6行（重复的表头，不是记录，未读入）",
    ]


def test_a_name_that_goes_on_over_a_page_is_a_record(desk) -> None:
    """What stands beside other cells is none of a page's lines."""
    result = desk.deliver(desk.csv([desk.header, desk.school_row(学校名称="示范小学（续）")]))
    assert (result.refused, result.rows_parsed, result.left_out) == (False, 1, [])


@pytest.mark.parametrize("english_first", [True, False])
def test_a_header_said_in_two_languages(desk, english_first: bool) -> None:
    english = [
        "county_code",
        "school_year",
        "school_code",
        "school_name",
        "school_kind_code",
        "pupils_primary",
        "teachers_primary",
    ]
    lines = [english, desk.header] if english_first else [desk.header, english]
    result = desk.deliver(desk.csv([*lines, desk.school]))
    assert (result.refused, result.rows_read) == (False, 1)
    assert result.left_out == ["第2行（重复的表头，不是记录，未读入）"]


def test_stamp_and_day_below_a_table(desk) -> None:
    lines = [["", "", "", "单位（盖章）：", "", "", ""], ["", "", "", "", "", "2025年10月8日", ""], ["公章："]]
    result = desk.deliver(desk.csv([desk.header, desk.school, *lines]))
    assert (result.refused, result.rows_read) == (False, 1)
    assert result.left_out == ["第3、4、5行（表尾说明，不是记录，未读入）"]


def test_many_lines_are_told_in_one_entry(desk) -> None:
    pages = [line for n in range(8) for line in (desk.header, *_schools(desk, n))]
    result = desk.deliver(desk.csv(pages))
    assert result.rows_read == 8
    assert result.left_out == ["第3、5、7、9、11等7行（重复的表头，不是记录，未读入）"]


HEAD = ["区划代码", "学年", "学校标识码", "学校名称", "办学类型码"]


@pytest.mark.parametrize("merged", [True, False])
def test_a_header_stacked_over_two_rows(desk, merged: bool) -> None:
    rows = [
        ["2025学年学校普查"],
        [*HEAD, "小学", "", "初中", ""],
        ["", "", "", "", "", "在校生", "专任教师", "在校生", "专任教师"],
        [*desk.school[:4], "312", "300", "20", "200", "18"],
    ]
    ranges = [(1, c, 2, c, text) for c, text in enumerate(HEAD)] + [(1, 5, 1, 6, "小学"), (1, 7, 1, 8, "初中")]
    result = desk.deliver(desk.xlsx({"a": rows}, {"a": ranges} if merged else None))
    assert not result.refused, result.reason
    (row,) = desk.bronze(result)
    found = [row[f"{name}_{stage}"] for stage in ("primary", "junior") for name in ("pupils", "teachers")]
    assert found == [300, 20, 200, 18]
    assert row["_row"] == 4
    (row,) = desk.bronze(desk.deliver(desk.csv(rows)))
    assert (row["pupils_primary"], row["pupils_junior"]) == (300, 200)


def test_a_header_stacked_by_item(desk) -> None:
    """A group for each item, its columns the stages: as a bureau draws its own table."""
    single, grouped = desk.header[:5], ["在校生数", "专任教师数"]
    top = [*single, grouped[0], "", grouped[1], ""]
    below = [""] * 5 + ["小学", "初中"] * 2
    rows = [["基本情况统计表"], top, below, [*desk.school[:5], 300, "", 20, ""]]
    (row,) = desk.bronze(desk.deliver(desk.xlsx({"表": rows})))
    assert [row[name] for name in ("pupils_primary", "pupils_junior", "teachers_primary", "teachers_junior")] == [
        300,
        None,
        20,
        None,
    ]


def test_columns_without_a_header_are_kept_by_their_letter(desk) -> None:
    result = desk.deliver(desk.csv([[*desk.header, "", ""], [*desk.school, "x", ""]]))
    assert result.unknown_columns == ["H列"]


def test_hidden_rows_and_sheets_are_read_like_any_other(desk) -> None:
    """The reader does not tell them; a school that somebody hid counts (docs/adr/0003-every-export.md)."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for name, numbers in (("东片", (1, 2)), ("西片", (3,))):
            sheet = book.add_worksheet(name)
            for number, line in enumerate([desk.header, *_schools(desk, *numbers)]):
                sheet.write_row(number, 0, line)
            if name == "东片":
                sheet.set_row(2, options={"hidden": True})
            else:
                sheet.hide()
    result = desk.deliver(buffer.getvalue())
    assert [row["school_name"] for row in desk.bronze(result)] == ["示范小学1", "示范小学2", "示范小学3"]


def test_of_which_rows_of_a_form_are_never_added(desk) -> None:
    rows = [["总计", "01", *[""] * 6, "400"], ["#女", "02", *[""] * 6, "190"], ["#寄宿生", "03", *[""] * 6, "20"]]
    header = ["指标名称", "代码", *(f"第{n}项" for n in range(1, 7)), "在校生数"]
    forms: dict[str, list[list[Any]]] = {
        "教基1001": [["学校（机构）标识码", "", "2199010001"], ["学校（机构）名称", "", "示范小学"], ["办学类型", "", "小学"]],
        "教基3112": [header, ["甲", "乙", *(str(n) for n in range(1, 8))], *rows],
    }
    (row,) = desk.bronze(desk.deliver(desk.xlsx(forms), name="学校.xlsx"))
    assert row["pupils_primary"] == 400
