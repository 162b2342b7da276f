"""The 申报表 as the ministry lays it out: no stage in 表Ⅱ-2, sentences in 表Ⅳ and 表Ⅴ; and one that nobody filled in."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingest.schema.stages import stages
from junheng.cli.main import main
from junheng.core.records import ParseResult
from samples.shapes import Cell, DrawnSheet, Grid, workbook
from tests.unit.ingest.made import judged

VALUES: list[Cell] = [
    "每百名学生拥有高于规定学历教师数",
    "每百名学生拥有县级及以上 骨干教师数",
    "每百名学生拥有体育、艺术 (美术、音乐)专任教师数",
    "生均教学及辅助用 房面积（ ㎡）",
    "生均体育运动场馆面积（㎡）",
    "生均教学仪器设备值(元)",
    "每百名学生拥有网络多媒体 教室数",
]
MARKS = {"小学": "小学", "初级中学": "初中", "中学": "初中"}
ORDER = ["小学", "初中"]


def numbers(count: int) -> list[Cell]:
    return [f"L{number}" for number in range(1, count + 1)]


def basic(filled: bool = True) -> DrawnSheet:
    """表Ⅰ: a header of three rows over the numbers."""
    rows: Grid = [
        ["表 I  义务教育优质均衡发展县(市、区)基本情况"],
        [],
        ["自然情况", "", "普通中小学校数(所)", "", "教职工数(人)", "", ""],
        ["人口总数 (万人)", "乡镇数(个)", "小学", "初 中", "小学", "", "初中"],
        ["", "", "", "", "合计", "其 中 专 任 教 师", "合 计"],
        numbers(7),
        [41.36, 12, 30, 11, 900, 850, 700] if filled else [""] * 7,
        [],
        ["注：“人口总数”按常住人口统计，数字保留两位小数。"],
    ]
    return DrawnSheet(rows, [(2, 0, 2, 1), (2, 2, 2, 3), (2, 4, 2, 6), (3, 4, 3, 5), (8, 0, 8, 6)])


def shares(filled: bool = True) -> DrawnSheet:
    """表Ⅱ-1: the stage once for its two lines."""
    cells: list[Cell] = [11] * 8 if filled else [""] * 8
    rows: Grid = [["表Ⅱ-1  小学、初中资源配置基本情况"], ["", "", *VALUES, "综合评估"], ["", "", *numbers(8)]]
    rows += [["小学", "达标学校总数", *cells], ["", "达标学校比例（%）", *cells]]
    rows += [["初中", "达标学校总数", *cells], ["", "达标学校比例（%）", *cells]]
    return DrawnSheet(rows)


def schools(lines: list[tuple[Any, str] | None]) -> DrawnSheet:
    """表Ⅱ-2: a number and a name per line; None for an empty line."""
    header: list[Cell] = ["序 号", "学校名称", "举办者 类型", "在校生数", "年级数", "班级数", *VALUES]
    header += ["该校综合评估是否达标", "备注（注 明有哪几项指标达标，哪几项指标达    到 85%）"]
    rows: Grid = [["表Ⅱ-2  小学、初中资源配置基本情况（分学校）", *[""] * 14], header, numbers(14)]
    for line in lines:
        rows.append([*line, 7, 600, 6, 12, *[Decimal("4.25")] * 7, "是", "L7-L13达标"] if line else [])
    rows.append(
        ["注： 1.小学学校总数＿＿所（其中： 一贯制学校的小学部有＿＿所）。2.举办者类型处填写代码。3. L7-L13 数值均保留两位小数。"]
    )
    return DrawnSheet(rows, [(0, 0, 0, 14)])


def county(filled: bool = True) -> DrawnSheet:
    cells: list[Cell] = [4.51] * 7 if filled else [""] * 7
    rows: Grid = [["表Ⅲ 县域义务教育校际均衡情况"], ["", "", *VALUES, "综合"], ["", "", *numbers(8)]]
    rows += [["小学", "全县平均值", *cells, "——"], ["", "差异系数", *cells, 0.3 if filled else ""]]
    rows += [["初中", "全县平均值", *cells, "——"], ["", "差异系数", *cells, 0.3 if filled else ""]]
    return DrawnSheet(
        [*rows, ["注： 全县平均值保留两位小数，差异系数保留三位小数。"]], [(1, 0, 2, 1), (3, 0, 4, 0), (5, 0, 6, 0)]
    )


GOVERNMENT = [
    ("1.  县域内义务教育学校规划布局合理，符合国家规定要求", "", "布局合理"),
    (
        "4.  所有小学、初中学校规模不超过 2000 人，九年一贯制学校、十 二年一贯制学校义务 教育阶段规模不超过 2500 人",
        "超过 2000 人的小学＿＿所，初中＿＿所，超过 2500 人的一贯制学校____ 所",
        "超过 2000 人的小学 3 所，初中＿0＿所，超过 2500 人的一贯制学校1所",
    ),
    (
        "5.  小学、初中所有班级学生数分别不超过 45 人、50 人",
        "超过 45 人的小学班级＿＿个，超过 50 人的初中班级＿＿个",
        "我县超过45人的小学班级12个，没有超过50人的初中班级",
    ),
    (
        "6.  不足 100 人的规模较小学校按不低于 100 人核定公用 经费",
        "不足 100 人的规模较小学校学生数＿＿人，公用经费＿＿元。",
        "不足100人的规模较小学校学生数1,285人，公用经费835250.50元。",
    ),
]
LATER = [
    (
        "9.  教师 5 年 360 学时培训完成率达到 100%",
        "完成 360 学时培训的教师＿＿人，全县教师＿＿人，教师培训完成率＿＿%",
        "完成360学时培训的教师1290人，全县教师1300人，教师培训完成率99.2%",
    )
]
BLANK = "科学＿＿级、校际差异率＿＿；体育＿＿级、校际差异率____ ;  艺术＿＿级、校际差异率＿＿；德育＿＿级、校际差异率＿＿。"
QUALITY = [
    ("8.  无过重课业负担", "", "无"),
    (
        "9.  在国家义务教育质量监测中，相关科目学生学业水平达到Ⅲ级以上，且校际差 异率低于 0.15",
        f"语文＿＿级、校际差异率＿＿；数学＿＿级、校际差异率____ ;  {BLANK}",
        f"语文Ⅲ级、校际差异率0.121；数学3级、校际差异率0.1;  {BLANK}",
    ),
]


def statements(title: str, pages: list[list[tuple[str, str, str]]], filled: bool = True) -> DrawnSheet:
    rows: Grid = [[title]]
    for number, page in enumerate(pages):
        rows.append([["名称", "指标名称"][number], "指标值或简要结论", "是否达标"])
        rows += [[name, said if filled else printed, "达标" if filled else ""] for name, printed, said in page]
        rows.append([])
    return DrawnSheet([*rows, ["注：表中所有比例数值保留一位小数，其余保留整数。"]])


def survey(filled: bool = True) -> DrawnSheet:
    rows: Grid = [
        ["表Ⅵ 社会认可度调查情况"],
        ["", "问卷总数", "", "", "问卷调查综合满意度（ %）", "实地走访人数", "", "实地走访满意度（ %）"],
        ["", "计", "其中： 回收有效问卷数", "", "", "计", "其中：满意人数", ""],
        ["", "", "计", "其中：满意问卷数", "", "", "", ""],
        ["", *numbers(7)],
        ["计", *([3120, 3046, 2711, 89.0, 156, 141, 90.4] if filled else [""] * 7)],
        ["其中：家长", *([1800, 1752, 1487, 84.9, 60, 52, 86.7] if filled else [""] * 7)],
    ]
    return DrawnSheet(rows, [(1, 5, 1, 6), (1, 1, 1, 3), (2, 2, 2, 3)])


LIST: list[tuple[Any, str] | None] = [
    (1, "城关小学"), (2, "育才学校"), (3, "柳湾教学点"), None, (1, "第一中学"), (2, "育才学校"),
]  # fmt: skip


def form(filled: bool = True) -> dict[str, DrawnSheet]:
    return {
        "表1": basic(filled),
        "表2-1": shares(filled),
        "表2-2": schools(LIST if filled else []),
        "表3": county(filled),
        "表4": statements("表Ⅳ 政府保障程度评估指标指标", [GOVERNMENT, LATER], filled),
        "表5": statements("表Ⅴ 教育质量评估指标指标", [QUALITY], filled),
        "表6": survey(filled),
    }


def deliver(desk: Any, sheets: dict[str, DrawnSheet]) -> dict[str, ParseResult]:
    first = desk.deliver(workbook(sheets), name="申报表.xlsx")
    return {result.source or "": result for result in [first, *first.parts]}


def items(desk: Any, found: dict[str, ParseResult]) -> dict[tuple[str, str, str | None], dict[str, Any]]:
    rows = desk.bronze(found["declared_forms_item"])
    by_place = {(row["form"], row["line"], row["stage"]): row for row in rows}
    assert len(by_place) == len(rows)
    return by_place


def test_every_form_is_taken_whole(desk: Any) -> None:
    found = deliver(desk, form())
    assert {source: (r.refused, r.faults) for source, r in found.items()} == dict.fromkeys(
        ["declared_forms_item", "declared_forms_school", "declared_forms_county"], (False, [])
    )
    assert len(desk.bronze(found["declared_forms_county"])) == 4


def test_the_gate_takes_every_line(desk: Any, tmp_path: Path) -> None:
    """Lines of one number, and a school with both stages, are no repeated records."""
    night = judged(desk, tmp_path, {"申报表.xlsx": workbook(form())})
    found = night.read_table("submissions").to_pylist()
    assert [(row["status"], row["rows_quarantined"]) for row in found] == [("accepted", 0)] * 3
    assert sum(row["rows_accepted"] for row in found) == sum(row["rows_read"] for row in found) > 0


def test_schools_have_the_stage_that_the_count_tells(desk: Any) -> None:
    rows = desk.bronze(deliver(desk, form())["declared_forms_school"])
    assert [row["school_name"] for row in rows] == ["城关小学", "育才学校", "柳湾教学点", "第一中学", "育才学校"]
    assert [row["stage"] for row in rows] == ["primary"] * 3 + ["junior"] * 2
    names = ("declared_qualified", "declared_multimedia", "declared_pupils", "sponsor_code", "form_note")
    assert [rows[0][name] for name in names] == [Decimal("4.25"), Decimal("4.25"), 600, "7", "L7-L13达标"]


def test_where_nothing_tells_the_stage_the_line_to_add_is_named(desk: Any, rules_of: Any) -> None:
    """One count through both stages, and names that say nothing."""
    lines: list[tuple[Any, str] | None] = [(1, "育才学校"), (2, "城关小学"), (3, "启明学校"), (4, "第一中学"), (5, "光明学校")]
    result = deliver(desk, {"表2-2": schools(lines)})["declared_forms_school"]
    assert result.faults == []
    (note,) = result.notes
    assert (note.rule, note.sheet, note.row) == ("stage_not_told", "表2-2", 6)
    assert "启明学校" in note.guidance
    assert "加一行，只写“小学”或“初中”" in note.guidance
    stages_found = {row["school_name"]: row["stage"] for row in desk.bronze(result)}
    told = {"育才学校": "primary", "城关小学": "primary", "第一中学": "junior", "光明学校": "junior"}
    assert stages_found == told | {"启明学校": None}
    shape = schools([*lines[:2], ("初中", ""), *lines[2:]])
    shape.rows[5][1:] = [""] * 14
    assert not deliver(desk, {"表2-2": shape})["declared_forms_school"].notes


def test_a_line_without_a_stage_passes_the_gate_once(desk: Any, tmp_path: Path) -> None:
    """The census may tell what it is of; twice the same line says nothing."""
    lines: list[tuple[Any, str] | None] = [(1, "育才学校"), (2, "城关小学"), (3, "启明学校"), (4, "第一中学"), (5, "光明学校")]
    night = judged(desk, tmp_path, {"申报表.xlsx": workbook({"表2-2": schools(lines)})})
    (row,) = night.read_table("submissions").to_pylist()
    assert (row["status"], row["rows_read"], row["rows_accepted"]) == ("accepted", 5, 5)
    (told,) = [row for row in night.read_table("check_results").to_pylist() if row["check_id"] == "ingest.stage_not_told"]
    assert (told["status"], told["rows_failed"]) == ("warn", 1)


def test_a_line_without_a_stage_that_stands_there_three_times_is_set_aside(desk: Any, tmp_path: Path) -> None:
    lines: list[tuple[Any, str] | None] = [(1, "城关小学"), (2, "启明学校"), (3, "启明学校"), (4, "启明学校"), (5, "第一中学")]
    night = judged(desk, tmp_path, {"申报表.xlsx": workbook({"表2-2": schools(lines)})})
    (row,) = night.read_table("submissions").to_pylist()
    assert (row["status"], row["rows_read"], row["rows_accepted"]) == ("accepted", 5, 2)


@pytest.mark.parametrize(
    ("numbers", "names", "expected"),
    [
        # the count begins anew once: the stages in order, whatever a single name says
        ([1, 2, 3, 1, 2], ["育才学校", "启明学校", "光明学校", "实验学校", "育才学校"], "ppp" + "jj"),
        ([1, 2, 3, 4, 5, 1], ["一小学", "二小学", "三小学", "四小学", "附属中学", "第一中学"], "ppppp" + "j"),
        # most names say that it is the other way round, or that both are one stage
        ([1, 2, 1], ["第一中学", "第二中学", "城关小学"], "jjp"),
        ([1, 2, 1, 2], ["城关小学", "城北小学", "河西小学", "育才学校"], "pppp"),
        # a count by township: each block by its names, else unknown
        ([1, 2, 1, 1], ["城关小学", "城北学校", "第一中学", "育才学校"], "ppj-"),
        # one count: by names, and a school that is there twice
        ([1, 2, 3, 4], ["城关小学", "育才学校", "第一中学", "育才学校"], "ppjj"),
        ([1, 2, 3], ["城关小学", "育才学校", "启明学校"], "p--"),
        ([None, None], ["育才学校", "启明学校"], "--"),
    ],
)
def test_ways_of_telling_the_stage(numbers: list[int | None], names: list[str], expected: str) -> None:
    words = {"p": "小学", "j": "初中", "-": None}
    assert stages(numbers, names, MARKS, ORDER) == [words[sign] for sign in expected]


def test_figures_in_sentences_and_what_is_said_to_be_met(desk: Any) -> None:
    found = items(desk, deliver(desk, form()))

    def said(form: str, line: str, stage: str | None = None) -> tuple[Any, ...]:
        row = found[form, line, stage]
        return row["item_name"].rpartition("/")[2], row["declared_value"], row["declared_text"], row["declared_unit"]

    assert said("IV", "1") == ("县域内义务教育学校规划布局合理，符合国家规定要求", None, "布局合理", None)
    assert said("IV", "1/是否达标") == ("是否达标", None, "达标", None)
    assert [said("IV", f"4.{n}")[1:] for n in (1, 2, 3)] == [(Decimal(n), None, "所") for n in (3, 0, 1)]
    assert said("IV", "4.2")[0] == "超过2000人的初中"
    assert "十二年一贯制学校义务教育阶段" in found["IV", "4", None]["item_name"]
    # other words than the form's: what can be found is taken, the rest stays in the text
    assert said("IV", "5.1", "primary")[1:] == (Decimal(12), None, "个")
    assert ("IV", "5.2", "junior") not in found
    assert found["IV", "5", None]["declared_text"] == "我县超过45人的小学班级12个，没有超过50人的初中班级"
    assert [said("IV", f"6.{n}")[1] for n in (1, 2)] == [Decimal(1285), Decimal("835250.50")]
    assert said("IV", "9.3") == ("教师培训完成率", Decimal("99.2"), None, "%")
    assert said("V", "9.1")[1:] == (None, "III", None)
    assert [said("V", f"9.{n}")[1] for n in (2, 3, 4)] == [Decimal("0.121"), Decimal(3), Decimal("0.1")]
    assert found["V", "9.2", None]["subject"] == "语文"
    assert ("V", "9.5", None) not in found
    assert found["IV", "4.1", None]["_cells"].count("表4!B4") == 1


def test_lines_of_one_number_are_told_apart(desk: Any) -> None:
    found = items(desk, deliver(desk, form()))
    assert found["VI", "L2", None]["item_name"] == "问卷总数/其中：回收有效问卷数/计"
    assert found["VI", "L2/其中:家长", None]["declared_value"] == Decimal(1752)
    assert {stage for form_, line, stage in found if (form_, line) == ("II-1", "L1/达标学校比例(%)")} == {"primary", "junior"}
    assert found["II-1", "L4/达标学校比例(%)", "junior"]["declared_unit"] == "%"
    assert found["I", "L4", "junior"]["item_name"] == "普通中小学校数（所）/初中"


def test_a_form_that_nobody_filled_in_is_not_accepted(desk: Any, rules_of: Any) -> None:
    found = deliver(desk, form(filled=False))
    assert {(result.refused, *rules_of(result)) for result in found.values()} == {(True, "blank_form")}
    assert "空白表" in found["declared_forms_school"].reason
    assert "工作表“表2-2”" in found["declared_forms_school"].reason


def test_a_blank_form_beside_filled_ones_is_told(desk: Any) -> None:
    result = deliver(desk, form() | {"表4": form(filled=False)["表4"]})["declared_forms_item"]
    assert not result.refused
    assert "工作表“表4”（空白表，未读入）" in result.left_out


def test_inspect_ends_in_one_result_for_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheets = {"封面": DrawnSheet([["申报表"], ["县（市、区）：示范县"]])} | form()
    path = tmp_path / "申报表.xlsx"
    path.write_bytes(workbook(sheets | {"表3": county(filled=False)}))
    assert main(["inspect", str(path), "--area", "990101", "--school-year", "2025"]) == 3
    out = capsys.readouterr().out
    assert (out.count("✓"), out.count("✗")) == (0, 1)
    assert "1 张表会被退回（申报表表Ⅲ（平均值与差异系数）），2 张可以读入。" in "".join(out.split("\n  "))
    assert out.count("夜间运行还要按规则目录核对") == 1
    assert "契约以外的列：工作表" not in out
    assert "工作表“封面”（没有要读的表，未读入）" in out
    path.write_bytes(workbook(sheets))
    assert main(["inspect", str(path), "--area", "990101", "--school-year", "2025"]) == 0
    assert "✓ 整个文件可以读入：3 张表" in capsys.readouterr().out
