"""The ministry's per-school workbook: cells found by code, label and header, by position only at need."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from ingest.readers.workbook import open_workbook
from ingest.schema.form_workbook import FormWorkbookContract
from ingest.shapes.contracts import load_contracts
from ingest.shapes.kinds.form_workbook import FormWorkbook
from ingest.values.cells import CellError
from junheng.core.records import Covered, LandedFile

Grid = list[list[Any]]
Sheets = dict[str, Grid]

IDENTITY: Grid = [
    ["学校（机构）基本情况（2025 /2026 学年初）"],
    ["指标名称", "", "内容"],
    ["学校（机构）标识码", "", "3199010001"],
    ["学校（机构）名称", "", "示范学校"],
    ["属地管理教育行政部门地域码", "", "990101000000"],
    ["驻地城乡类型", "", "镇中心区"],
    ["办学类型", "", "九年一贯制学校"],
    ["举办者", "", "县级教育部门"],
]
PRIMARY_PUPILS = ["毕业生数", "招生数", "未接受过", "一年", "两年", "三年", "在校生数", "#女"]
COURSES = ["合计", "#女", "语文", "数学", "体育与健康"]


def _numbered(header: list[str], rows: Mapping[str, list[Any]]) -> Grid:
    """A form with title, header, index row and coded rows."""
    index = ["甲", "乙", *(str(n + 1) for n in range(len(header)))]
    body = [[name, f"{n:02d}", *cells] for n, (name, cells) in enumerate(rows.items(), start=1)]
    return [["表题"], ["指标名称", "代码", *header], index, *body]


def _teachers(art: list[str], totals: list[Any], degrees: Mapping[str, Any]) -> Grid:
    rows = {"总  计": [30, 20, 9, 9, *totals]} | {name: [count] for name, count in degrees.items()}
    return _numbered([*COURSES, *art], rows)


PRIMARY_DEGREES = {"博士研究生": 1, "硕士研究生": 1, "本科": 19, "专科": 8, "高中阶段": 1}
JUNIOR_DEGREES = {"博士研究生": 1, "硕士研究生": 2, "本科": 20, "专科": 7}
TEACHERS = {"教基4155": ("primary", PRIMARY_DEGREES), "教基4156": ("junior", JUNIOR_DEGREES)}
"""Forms of teachers, their stages and degrees."""


def workbook() -> Sheets:
    return {
        "教基1001_九年一贯制学校": copy.deepcopy(IDENTITY),
        "教基1102_九年一贯制学校": [
            ["表题"],
            ["指标名称", "代码", "计量单位", "数量"],
            ["甲", "乙", "丙", "1"],
            ["县级以上骨干教师（小学）", "01", "人", "5"],
            ["县级以上骨干教师（初中）", "02", "人", "6"],
        ],
        "教基3112_九年一贯制学校": _numbered(PRIMARY_PUPILS, {"总  计": [1, 2, 3, 4, 5, 6, "４００", 190]}),
        "教基3115_九年一贯制学校": _numbered(["毕业生数", "招生数", "在校生数"], {"总  计": [1, 2, "210"]}),
        "教基4155_九年一贯制学校": _teachers(["音乐", "美术", "艺术"], [3, 2, 1, 0], PRIMARY_DEGREES),
        "教基4156_九年一贯制学校": _teachers(["音乐", "美术", "艺术"], [2, 1, 1, 1], JUNIOR_DEGREES),
        "教基5170_九年一贯制学校": [
            ["表题"],
            ["指标名称", "代码", "上学年校舍建筑面积", "", "本学年校舍建筑面积", ""],
            ["", "", "计", "其中：危房", "计", "其中：危房"],
            ["甲", "乙", "1", "2", "3", "4"],
            ["教学及辅助用房", "01", "1000", "0", "2000.5", "0"],
            ["其中：室内体育用房", "02", "100", "0", "200", "0"],
        ],
        "教基5176_九年一贯制学校": [
            ["表题"],
            ["指标名称", "代码", "计量单位", "数量"],
            ["甲", "乙", "丙", "1"],
            ["占地面积", "01", "平方米", "9000"],
            ["其中：运动场地面积", "02", "平方米", "5000"],
            ["图书（册）", "03", "册", "12,000"],
            ["网络多媒体教室", "04", "间", "18"],
            ["固定资产总值", "05", "万元", "900"],
            ["其中：教学仪器设备资产值", "06", "万元", "123.45"],
        ],
    }


def _sheet(sheets: Sheets, form: str) -> Grid:
    return sheets[f"{form}_九年一贯制学校"]


@pytest.fixture
def read(desk):
    def reading(sheets: Sheets, merges: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        result = desk.deliver(desk.xlsx(sheets, merges), name="学校.xlsx")
        return result, next(iter(desk.bronze(result)), {})

    return reading


def test_a_nine_year_school(read) -> None:
    result, row = read(workbook())
    assert not result.refused, result.reason
    assert (result.contract, result.covers, result.rows_read) == ("school_census.jj_workbook", "school", 1)
    assert result.covered == [Covered("990101", 2025, 1)]
    expected = {
        "county_code": "990101",
        "school_year": 2025,
        "school_code": "3199010001",
        "school_name": "示范学校",
        "school_kind_code": "312",
        "urban_rural_code": "121",
        "sponsor_code": "7",
        "pupils_primary": 400,
        "pupils_junior": 210,
        "pupils_senior": None,
        "teachers_primary": 30,
        "teachers_junior": 30,
        "qualified_primary": 29,
        "qualified_junior": 23,
        "pe_art_primary": 6,
        "pe_art_junior": 5,
        "backbone_primary": 5,
        "backbone_junior": 6,
        "teaching_area_m2": Decimal("2000.5"),
        "indoor_sports_area_m2": Decimal(200),
        "outdoor_sports_area_m2": Decimal(5000),
        "books": 12000,
        "multimedia_rooms": 18,
        "equipment_value_wan_yuan": Decimal("123.45"),
    }
    assert {name: row[name] for name in expected} == expected
    cells = json.loads(row["_cells"])
    assert cells["pupils_primary"] == "教基3112_九年一贯制学校!I4"
    assert cells["qualified_junior"] == "+".join(f"教基4156_九年一贯制学校!C{n}" for n in (5, 6, 7))
    assert cells["teaching_area_m2"] == "教基5170_九年一贯制学校!E5"
    assert (row["_sheet"], row["_row"]) == ("教基1001_九年一贯制学校", None)


@pytest.mark.parametrize("form", TEACHERS)
@pytest.mark.parametrize(
    ("art", "totals"),
    [
        (["艺术", "#音乐", "#美术"], [3, 5, 3, 2]),
        (["艺术", "其中：音乐", "其中：美术"], [3, 5, 3, 2]),
        (["艺术"], [3, 5]),
        (["音乐", "美术"], [3, 3, 2]),
        (["音乐", "美术", "艺术"], [3, 1, 2, 2]),
    ],
)
def test_art_is_counted_once(read, form: str, art: list[str], totals: list[int]) -> None:
    stage, degrees = TEACHERS[form]
    sheets = workbook()
    sheets[f"{form}_九年一贯制学校"] = _teachers(art, totals, degrees)
    assert read(sheets)[1][f"pe_art_{stage}"] == 8


@pytest.mark.parametrize("form", TEACHERS)
@pytest.mark.parametrize("merged", [True, False])
def test_art_as_a_group_with_its_total(read, form: str, merged: bool) -> None:
    """艺术 over 计, 音乐, 美术, 艺术: the total holds the other three."""
    stage, degrees = TEACHERS[form]
    sheets = workbook()
    grid = _teachers(["计", "音乐", "美术", "艺术"], [3, 5, 2, 2, 1], degrees)
    head = ["指标名称", "代码", "合计", "#女", "语文", "数学", "体育与健康", "艺术", "", "", ""]
    grid[1:2] = [head, ["", "", "", "", "", "", "", "计", "音乐", "美术", "艺术"]]
    sheets[f"{form}_九年一贯制学校"] = grid
    merges = {f"{form}_九年一贯制学校": [(1, 7, 1, 10, "艺术"), (1, 6, 2, 6, "体育与健康")]} if merged else None
    result, row = read(sheets, merges)
    assert not result.refused, result.reason
    assert row[f"pe_art_{stage}"] == 8
    assert json.loads(row["_cells"])[f"pe_art_{stage}"].count("+") == 1


def test_a_blank_part_is_nil_beside_a_filled_one_and_never_alone(read) -> None:
    whole = read(workbook())[1]["qualified_primary"]
    sheets = workbook()
    degrees = _sheet(sheets, "教基4155")[4:8]
    blank = int(degrees[0][2])
    degrees[0][2] = ""
    result, row = read(sheets)
    assert not result.refused
    assert row["qualified_primary"] == whole - blank
    for degree in degrees:
        degree[2] = ""
    result, row = read(sheets)
    assert not result.refused
    assert row["qualified_primary"] is None
    assert row["teachers_primary"] == 30


def test_marks_for_does_not_apply(read) -> None:
    sheets = workbook()
    _sheet(sheets, "教基1001")[6][2] = "小学"
    _sheet(sheets, "教基1102")[3][3] = "*"
    _sheet(sheets, "教基1102")[4][3] = "-1"
    _sheet(sheets, "教基5176")[6][3] = "*"
    for form in ("教基3115", "教基4156"):
        del sheets[f"{form}_九年一贯制学校"]
    result, row = read(sheets)
    assert not result.refused, result.reason
    assert row["backbone_primary"] is None
    assert row["backbone_junior"] == 0
    assert row["multimedia_rooms"] is None
    assert row["pupils_junior"] is None


def _bare(cells: Mapping[str, Any]) -> Grid:
    """Bare cells at the documented addresses, as in an export that lost its labels."""
    grid: Grid = [[None] * 26 for _ in range(30)]
    for address, value in cells.items():
        grid[int(address[1:]) - 1][ord(address[0]) - 65] = value
    return grid


def test_positions_of_teachers_in_a_primary_school(read) -> None:
    teachers = {"C6": "40", "C9": "1", "C10": "2", "C11": "30", "C12": "6", "L6": "4", "M6": "6", "N6": "1", "O6": "2", "P6": "3"}
    sheets = {
        "教基1001_小学": _bare({"C3": "2199010001", "C4": "示范学校", "C27": "小学"}),
        "教基1102_小学": _bare({"D12": "7"}),
        "教基3112_小学": _bare({"J6": "500"}),
        "教基4155_小学": _bare(teachers),
        "教基5170_小学": _bare({"F10": "3000", "F17": "300"}),
        "教基5176_小学": _bare({"D7": "6000", "D12": "9000", "D17": "20", "D19": "150.5"}),
    }
    result, row = read(sheets)
    assert not result.refused, result.reason
    assert {name: row[f"{name}_primary"] for name in ("teachers", "qualified", "pe_art", "backbone")} == {
        **{"teachers": 40, "qualified": 39, "pe_art": 10, "backbone": 7},
    }


def test_positions_where_a_sheet_shows_no_structure(read) -> None:
    identity = {"C3": "3199010001", "C4": "示范学校", "C27": "初级中学"}
    teachers = {"C6": "40", "C10": "1", "C11": "4", "C12": "32", "C13": "3", "U6": "1", "V6": "1", "W6": "1", "X6": "1"}
    sheets = {
        "教基1001_初级中学": _bare(identity),
        "教基1102_初级中学": _bare({"D12": "7"}),
        "教基3115_初级中学": _bare({"E6": "500"}),
        "教基4156_初级中学": _bare(teachers),
        "教基5170_初级中学": _bare({"F10": "3000", "F17": "300", "C10": "1", "C17": "1"}),
        "教基5176_初级中学": _bare({"D7": "6000", "D12": "9000", "D17": "20", "D19": "150.5"}),
    }
    result, row = read(sheets)
    assert not result.refused, result.reason
    expected = {
        "county_code": "990101",
        "school_year": 2025,
        "school_kind_code": "311",
        "pupils_junior": 500,
        "teachers_junior": 40,
        "qualified_junior": 37,
        "pe_art_junior": 4,
        "backbone_junior": 7,
        "teaching_area_m2": 3000,
        "indoor_sports_area_m2": 300,
        "outdoor_sports_area_m2": 6000,
        "books": 9000,
        "multimedia_rooms": 20,
        "equipment_value_wan_yuan": Decimal("150.5"),
    }
    assert {name: row[name] for name in expected} == expected


def test_rows_and_columns_drawn_by_the_client(read) -> None:
    sheets = workbook()
    for name, grid in sheets.items():
        width = max(map(len, grid))
        letters = ["", *(chr(65 + n) for n in range(width))]
        sheets[name] = [letters, *([str(n), *row] for n, row in enumerate(grid, start=1))]
    result, row = read(sheets)
    assert not result.refused, result.reason
    assert row["pupils_primary"] == 400
    assert json.loads(row["_cells"])["pupils_primary"] == "教基3112_九年一贯制学校!J5"


def test_the_later_teacher_form_with_both_stages(read) -> None:
    header = [*(str(n) for n in range(1, 17)), "体育与健康", "艺术", "音乐", "美术"]

    def line(total: int, pe: int = 0, art: int = 0) -> list[int]:
        return [total, *[0] * 15, pe, art, art, 0]

    rows = [("总计", line(70, 11, 10)), ("小学", line(40, 6, 5)), ("博士研究生", line(1)), ("硕士研究生", line(2))]
    rows += [("本科", line(29)), ("专科", line(8)), ("初中", line(30, 5, 5)), ("博士研究生", line(1))]
    rows += [("硕士研究生", line(3)), ("本科", line(20)), ("专科", line(6))]
    grid = _numbered(header, {})
    grid[0] = ["义务教育阶段专任教师分课程、分学历情况"]
    grid += [[name, f"{n:02d}", *cells] for n, (name, cells) in enumerate(rows, start=1)]
    sheets = workbook()
    sheets["教基4155_九年一贯制学校"] = grid
    del sheets["教基4156_九年一贯制学校"]
    result, row = read(sheets)
    assert not result.refused, result.reason
    names = ("teachers_primary", "qualified_primary", "pe_art_primary", "teachers_junior", "qualified_junior")
    assert [row[name] for name in (*names, "pe_art_junior")] == [40, 40, 11, 30, 24, 10]


def test_last_years_block_is_never_taken(read, rules_of) -> None:
    sheets = workbook()
    grid = _sheet(sheets, "教基5170")
    for row in grid[1:]:
        del row[4:]
        row.extend(["", ""])
    grid[1][2:] = ["上学年校舍建筑面积", "上学年校舍建筑面积", "上学年校舍建筑面积", "上学年校舍建筑面积"]
    result, _ = read(sheets)
    assert result.refused
    assert rules_of(result) == {"form_cell_missing"}


def test_a_moved_row_is_found_by_its_label_and_a_missing_one_is_no_position(read, rules_of) -> None:
    sheets = workbook()
    _sheet(sheets, "教基5176").insert(4, ["其中：绿化用地面积", "99", "平方米", "700"])
    assert read(sheets)[1]["outdoor_sports_area_m2"] == 5000
    grid = _sheet(sheets, "教基5176")
    grid[5][0] = "其中：操场"
    grid.insert(6, ["别的", "98", "平方米", "1"])
    result, _ = read(sheets)
    assert rules_of(result) == {"form_cell_missing"}
    assert "运动场地面积" in result.reason
    assert (result.rows_read, result.rows_parsed) == (1, 0)


@pytest.mark.parametrize(
    ("form", "row", "column", "value", "rule"),
    [
        ("教基3112", 3, 8, "约400", "not_a_number"),
        ("教基3112", 3, 8, "400.5", "not_whole"),
        ("教基1001", 2, 2, "3199010001.0", "id_as_float"),
        ("教基1001", 2, 2, "31990100", "bad_school_code"),
        ("教基1001", 3, 2, "", "required_empty"),
        ("教基1001", 6, 2, "培训机构", "unknown_kind"),
    ],
)
def test_bad_cells_are_placed(read, rules_of, form: str, row: int, column: int, value: str, rule: str) -> None:
    sheets = workbook()
    _sheet(sheets, form)[row][column] = value
    result, _ = read(sheets)
    assert result.refused
    assert rule in rules_of(result)
    assert result.faults[0].sheet == f"{form}_九年一贯制学校"


def test_a_number_that_is_none_names_sheet_row_and_column(read) -> None:
    sheets = workbook()
    _sheet(sheets, "教基3112")[3][8] = "约400"
    (fault,) = read(sheets)[0].faults
    assert (fault.sheet, fault.row, fault.value) == ("教基3112_九年一贯制学校", 4, "约400")
    assert fault.column == "I列 小学在校生"


def test_forms_of_a_stage_must_be_there(read, rules_of) -> None:
    sheets = workbook()
    del sheets["教基3115_九年一贯制学校"]
    result, _ = read(sheets)
    assert rules_of(result) == {"missing_form"}
    assert "教基3115" in result.reason
    sheets = workbook()
    del sheets["教基1001_九年一贯制学校"]
    result, _ = read(sheets)
    assert rules_of(result) == {"missing_form"}
    assert "教基1001" in result.reason


@pytest.mark.parametrize("index_row", [True, False])
def test_a_column_of_row_codes_is_no_value(read, index_row: bool) -> None:
    sheets = workbook()
    grid = _sheet(sheets, "教基1001")
    head: Grid = [grid[0], ["指标名称", "代码" if index_row else "", "内容"], *([["甲", "乙", "1"]] if index_row else [])]
    body: Grid = [[label, f"{n:02d}", value] for n, (label, _, value) in enumerate(grid[2:], start=10)]
    sheets["教基1001_九年一贯制学校"] = head + body
    result, row = read(sheets)
    assert not result.refused, result.reason
    names = ("county_code", "school_code", "school_name", "school_kind_code", "urban_rural_code", "sponsor_code")
    assert [row[name] for name in names] == ["990101", "3199010001", "示范学校", "312", "121", "7"]


def test_two_sheets_of_one_form(read, rules_of) -> None:
    sheets = workbook()
    sheets["教基3112_小学"] = _numbered(PRIMARY_PUPILS, {"总  计": [1, 2, 3, 4, 5, 6, 999, 190]})
    assert read(sheets)[1]["pupils_primary"] == 400
    sheets["教基3112_其他"] = sheets.pop("教基3112_九年一贯制学校")
    assert rules_of(read(sheets)[0]) == {"ambiguous_sheet"}


def test_year_from_the_text_and_else_from_the_folder(read, rules_of) -> None:
    sheets = workbook()
    _sheet(sheets, "教基1001")[0][0] = "学校（机构）基本情况（2024—2025学年初）"
    result, _ = read(sheets)
    assert rules_of(result) == {"folder_disagrees"}
    _sheet(sheets, "教基1001")[0][0] = "学校（机构）基本情况"
    assert read(sheets)[1]["school_year"] == 2025


def test_a_city_whose_folder_it_lies_in_is_no_county(desk, rules_of) -> None:
    sheets = workbook()
    for row in _sheet(sheets, "教基1001"):
        row[:] = ["" if str(cell).startswith("990101") or "区划代码" in str(cell) else cell for cell in row]
    data = desk.xlsx(sheets)
    assert desk.bronze(desk.deliver(data))[0]["county_code"] == "990101"
    result = desk.deliver(data, area="990100")
    assert rules_of(result) == {"required_empty"}


def test_formula_errors_in_forms(desk) -> None:
    book = open_workbook(desk.xlsx(workbook()))
    book.sheet("教基3112_九年一贯制学校").rows[3][8] = CellError("#REF!")
    contract = next(c for c in load_contracts() if c.id == "school_census.jj_workbook")
    assert isinstance(contract, FormWorkbookContract)
    row = FormWorkbook(contract, book, LandedFile("990101/2025/a.xlsx", 1, "990101", 2025, "0" * 64)).row()
    assert [fault.rule for fault in row.faults] == ["formula_error"]
