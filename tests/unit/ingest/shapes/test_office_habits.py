"""What offices write in plain tables and mean well: years, totals, lines of units, ticks, numbered headers, invisible signs."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from ingest.values.cells import BadCell, clean_text, squeeze, typed

FINDINGS = ["问题编号", "问题来源", "发文日期", "问题描述", "整改时限"]
STAGES = {"小学": ["小学在校生", "小学专任教师"], "初中": ["初中在校生", "初中专任教师"]}


# years


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2025-2026学年度",
            "2025学年度",
            "（2025/2026学年初）",
            "2025-2026学年第一学期",
            "2025-2026学年度第二学期",
            "2025学年下学期",
        ),
        *(
            "2025年秋季",
            "2025秋",
            "2025年秋季学期",
            "2025—2026年度",
            "2025年-2026年",
            "2025－2026 学年（上）",
            "【2025-2026学年】",
            "2025.0",
        ),
    ],
)
def test_a_school_year_as_offices_write_it(text: str) -> None:
    assert typed(text, "year") == 2025


@pytest.mark.parametrize(
    "text",
    [
        "2025年9月",
        "2025-09-01",
        "25-26学年",
        "2025年度",
        "2026年春季",
        "2026春",
        "2025-2027学年",
        "2025年第一学期",
        "（2025",
        "学年",
    ],
)
def test_what_says_no_school_year(text: str) -> None:
    with pytest.raises(BadCell):
        typed(text, "year")


def test_the_text_of_a_year_is_shown(desk) -> None:
    result = desk.deliver(desk.csv([desk.header, desk.school_row(学年="2025-2027学年度")]))
    assert "“2025-2027学年度”" in result.reason


# totals


def _schools(desk: Any, *numbers: int) -> list[list[Any]]:
    return [desk.school_row(学校标识码=f"21990100{n:02d}", 学校名称=f"示范小学{n}") for n in numbers]


@pytest.mark.parametrize(
    "label",
    [
        "城关镇 汇总",
        "汇总",
        "总数",
        "合计数",
        "全县总数",
        "全县汇总",
        "全乡合计",
        "总合计",
        "总计数",
        "Grand Total",
        "总和：",
        "（合计）",
    ],
)
@pytest.mark.parametrize("column", [0, 2, 7])
def test_totals_by_their_other_names(desk, rules_of, label: str, column: int) -> None:
    def lines(pupils: int) -> list[list[Any]]:
        total: list[Any] = ["", "", "", "", "", pupils, "", ""]
        total[column] = label
        return [[*desk.header, "乡镇(街道)"], *([*row, "城关镇"] for row in _schools(desk, 1, 2)), total]

    result = desk.deliver(desk.csv(lines(600)))
    assert not result.refused, result.reason
    assert (result.rows_read, result.left_out) == (2, ["第4行（合计行，不是记录，未读入）"])
    assert rules_of(desk.deliver(desk.csv(lines(601)))) == {"total_disagrees"}


@pytest.mark.parametrize("label", ["城关镇 平均值", "城关镇 计数", "最大值", "总计数值计数"])
def test_other_functions_of_a_subtotal_are_no_records(desk, label: str) -> None:
    line = ["", "", label, "", "", 2, ""]
    result = desk.deliver(desk.csv([desk.header, *_schools(desk, 1, 2), line]))
    assert not result.refused, result.reason
    assert (result.rows_read, len(result.left_out)) == (2, 1)


# lines below the header


@pytest.mark.parametrize(
    "line",
    [
        ["", "", "", "", "", "人", "人"],
        ["", "", "", "", "", "（人）", "单位：名"],
        ["单位", "", "", "", "", "人", "—"],
        ["必填", "必填", "必填", "必填", "必填", "选填", "选填"],
        ["文本", "数字", "文本", "文本", "", "整数", "整数"],
    ],
)
@pytest.mark.parametrize("container", ["csv", "xlsx"])
def test_a_line_of_units_or_instructions(desk, line: list[str], container: str) -> None:
    lines = [desk.header, line, *_schools(desk, 1, 2)]
    result = desk.deliver(desk.csv(lines) if container == "csv" else desk.xlsx({"普查": lines}))
    assert not result.refused, result.reason
    assert result.rows_read == 2
    (told,) = result.left_out
    assert "第2行（单位或填写要求" in told


def test_instructions_where_no_code_tells_records(desk) -> None:
    lines = [FINDINGS, ["必填", "必填", "选填", "必填", "选填"], ["W01", "省督导", "2025-09-30", "教师不足", "2026-06-30"]]
    result = desk.deliver(desk.csv(lines))
    assert [row["finding_no"] for row in desk.bronze(result)] == ["W01"]


def test_another_unit_in_a_line_below_the_header_refuses(desk, rules_of) -> None:
    header = [*desk.header, "教学仪器设备资产值"]
    rows = [[*row, "12"] for row in _schools(desk, 1, 2)]
    for unit, rules in (("万元", set()), ("元", {"unit_mismatch"}), ("千元", {"unit_mismatch"})):
        result = desk.deliver(desk.csv([header, [*[""] * 7, unit], *rows]))
        assert rules_of(result) == rules
        assert "教学仪器设备资产值" in result.reason or not rules


def test_units_below_the_header_of_a_wide_table(desk, rules_of) -> None:
    header = ["学校标识码", "学校名称", "办学类型", "在校生数", "运动场地面积"]
    row = ["2199010001", "甲小学", "211", "300", "1000"]
    for unit, rules in (("㎡", set()), ("亩", {"unit_mismatch"})):
        result = desk.deliver(desk.csv([["小学基本情况"], header, ["", "", "", "人", unit], row]))
        assert (result.contract or "school_census.wide", rules_of(result)) == ("school_census.wide", rules)


# cells


@pytest.mark.parametrize(("text", "value"), [("TRUE", 1), ("False", 0), ("√", 1), ("✔", 1), ("yes", 1), ("", None), ("无", None)])
def test_a_flag_as_programs_and_people_write_it(text: str, value: int | None) -> None:
    assert typed(text, "flag") == value


@pytest.mark.parametrize("text", ["×", "✗", "2", "是否"])
def test_what_is_no_flag(text: str) -> None:
    with pytest.raises(BadCell):
        typed(text, "flag")


@pytest.mark.parametrize("cell", [45930, 45930.0, "45930", "４５９３０"])
def test_a_day_that_lost_its_format(desk, cell: object) -> None:
    lines = [FINDINGS, ["W01", "省督导", cell, "教师不足", 46203]]
    (row,) = desk.bronze(desk.deliver(desk.xlsx({"清单": lines})))
    assert (row["document_date"], row["deadline"]) == ("2025-09-30", "2026-06-30")


@pytest.mark.parametrize("cell", ["2025-09-30", "2025年9月", 459, "20250930"])
def test_other_days_are_left_as_they_are(desk, cell: object) -> None:
    (row,) = desk.bronze(desk.deliver(desk.xlsx({"清单": [FINDINGS, ["W01", "省督导", cell, "教师不足", ""]]})))
    assert row["document_date"] == str(cell)


def test_a_number_in_another_text_is_no_day(desk) -> None:
    (row,) = desk.bronze(desk.deliver(desk.xlsx({"清单": [[*FINDINGS, "备注"], ["W01", "省督导", "", "教师不足", "", 45930]]})))
    assert row["note"] == "45930"


# headers


@pytest.mark.parametrize(
    "form", ["{n}.{t}", "{n}、{t}", "{n}){t}", "({n}){t}", "（{n}）{t}", "{c}{t}", "{t}：", "{n}. {t}:", "一、{t}"]
)
def test_numbers_and_colons_are_no_part_of_a_header(desk, form: str) -> None:
    header = [form.format(n=n, t=text, c=chr(0x245F + n)) for n, text in enumerate(desk.header, 1)]
    result = desk.deliver(desk.csv([header, desk.school]))
    assert not result.refused, result.reason
    assert (result.rows_parsed, result.unknown_columns) == (1, [])


def test_numbered_headers_of_a_wide_table(desk) -> None:
    header = ["1.学校标识码", "2.学校名称：", "(3)办学类型", "4、在校生数(人)", "5.其中：女"]
    result = desk.deliver(desk.csv([["小学基本情况"], header, ["2199010001", "甲小学", "211", "300", "140"]]))
    assert (result.contract, result.refused) == ("school_census.wide", False), result.reason
    assert [row["pupils_primary"] for row in desk.bronze(result)] == [300]


def test_a_unit_behind_a_numbered_header_counts(desk, rules_of) -> None:
    header = [*desk.header, "8.教学仪器设备资产值（元）"]
    assert rules_of(desk.deliver(desk.csv([header, [*desk.school, "1"]]))) == {"unit_mismatch"}


def _ignorable() -> list[str]:
    """Every sign of Unicode's Default_Ignorable_Code_Point that Python knows as a format sign, and those it does not."""
    formats = [chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) == "Cf"]
    prepended = {chr(n) for n in (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD)}
    shown = prepended | {chr(n) for n in (*range(0xFFF9, 0xFFFC), *range(0x13430, 0x13440))}
    others = [
        chr(n) for n in (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180F, 0x2065, 0x3164, 0xFE00, 0xFE0F, 0xFFA0, 0xFFF0)
    ]
    return [sign for sign in formats if sign not in shown] + others + [chr(0xE0100), chr(0xE01EF), chr(0xE0FFF)]


def test_signs_that_nobody_sees_are_nowhere() -> None:
    for sign in _ignorable():
        assert clean_text(f"{sign}示范{sign}小学{sign}") == "示范小学", hex(ord(sign))
        assert squeeze(f"2199{sign}010001") == "2199010001", hex(ord(sign))
        assert typed(f"{sign}3{sign}00{sign}", "count") == 300, hex(ord(sign))
        assert typed(f"{sign}—{sign}", "count") is None, hex(ord(sign))


@pytest.mark.parametrize("sign", ["\u00ad", "\u200b", "\u2060", "\u3164", "\ufe0f", "\U000e0100"])
def test_invisible_signs_in_headers_codes_and_names(desk, sign: str) -> None:
    header = [text[0] + sign + text[1:] for text in desk.header]
    result = desk.deliver(desk.csv([header, [cell[:1] + sign + cell[1:] for cell in desk.school]]))
    assert not result.refused, result.reason
    (row,) = desk.bronze(result)
    assert (row["school_code"], row["school_name"], row["pupils_primary"]) == ("2199010001", "示范小学", 300)


# one sheet per stage


def _sheets(desk: Any, kinds: dict[str, str]) -> dict[str, list[list[Any]]]:
    base = desk.header[:5]
    found = {}
    for number, (name, columns) in enumerate(STAGES.items(), 1):
        row = [*desk.school_row(学校标识码=f"219901000{number}", 学校名称=f"{name}甲", 办学类型码=kinds[name])[:5], 300, 20]
        found[name] = [[*base, *columns], row]
    return found


def test_each_sheet_has_the_columns_of_its_own_stage(desk) -> None:
    result = desk.deliver(desk.xlsx(_sheets(desk, {"小学": "211", "初中": "311"})))
    assert not result.refused, result.reason
    assert [(row["pupils_primary"], row["pupils_junior"]) for row in desk.bronze(result)] == [(300, None), (None, 300)]


def test_a_school_of_two_stages_on_a_sheet_of_one_is_named(desk, rules_of) -> None:
    result = desk.deliver(desk.xlsx(_sheets(desk, {"小学": "312", "初中": "311"})))
    assert rules_of(result) == {"missing_column"}
    assert "初中在校生" in result.reason
    assert "小学在校生" not in result.reason
    assert "工作表“小学”第2行“小学甲”" in result.reason


def _of_two_stages(desk: Any, **differs: str) -> dict[str, list[list[Any]]]:
    """A school of nine grades on both sheets, with a number of its own on each and its area on the first alone."""
    found = {}
    for number, (name, columns) in enumerate(STAGES.items(), 1):
        changes = differs if number == 2 else {}
        nine = {"学校标识码": "2199010009", "学校名称": "九年一贯", "办学类型码": "312"}
        both = desk.school_row(**nine | changes)[:5]
        own = desk.school_row(学校标识码=f"219901000{number}", 学校名称=f"{name}甲", 办学类型码=f"{number + 1}11")[:5]
        header = ["序号", *desk.header[:5], *columns, "运动场地面积"]
        found[name] = [header, [1, *own, 300, 20, 900], [number + 6, *both, 100 * number, 10, 800 if number == 1 else ""]]
    return found


def test_a_school_of_two_stages_on_both_sheets_is_one_record(desk) -> None:
    result = desk.deliver(desk.xlsx(_of_two_stages(desk)))
    assert not result.refused, result.reason
    (row,) = [row for row in desk.bronze(result) if row["school_code"] == "2199010009"]
    told = (row["pupils_primary"], row["pupils_junior"], row["teachers_primary"], row["outdoor_sports_area_m2"])
    assert told == (100, 200, 10, 800)
    assert (row["_sheet"], row["_row"]) == ("小学", 3)
    assert '"pupils_junior": "初中!G3"' in row["_cells"]
    assert result.rows_read == 3
    (note,) = result.notes
    assert "工作表“小学”第3行和工作表“初中”第3行是同一所学校“2199010009”" in note.guidance


@pytest.mark.parametrize("differs", [{"学校名称": "别的学校"}, {"办学类型码": "345"}])
def test_rows_that_differ_are_not_put_together(desk, differs: dict[str, str]) -> None:
    result = desk.deliver(desk.xlsx(_of_two_stages(desk, **differs)))
    assert result.refused
    assert [note.rule for note in result.notes] == ["school_told_twice"]
    assert result.rows_read == 4


def test_sheets_with_all_columns_are_put_together_by_what_is_filled(desk) -> None:
    header = [*desk.header[:5], "小学在校生", "初中在校生"]
    nine = desk.school_row(办学类型码="312")[:5]
    sheets = {"小学": [header, [*nine, 100, ""]], "初中": [header, [*nine, "", 200]]}
    (row,) = desk.bronze(desk.deliver(desk.xlsx(sheets)))
    assert (row["pupils_primary"], row["pupils_junior"]) == (100, 200)
    sheets["初中"][1][5] = 0
    assert len(desk.bronze(desk.deliver(desk.xlsx(sheets)))) == 2


def test_a_copy_of_a_sheet_is_not_put_together(desk) -> None:
    lines = [[*desk.header, "初中在校生"], [*desk.school, ""]]
    assert len(desk.bronze(desk.deliver(desk.xlsx({"普查": lines, "普查(2)": lines})))) == 2
