"""The per-school workbook of the series 基础基 (to 2020/21), and both layouts of the floor area in the series 教基."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samples.shapes import DrawnSheet, framed, jichu_workbook, stages_of

NAMES = ("teaching_area_m2", "indoor_sports_area_m2", "outdoor_sports_area_m2", "multimedia_rooms", "equipment_value_wan_yuan")
BY_STAGE = ("pupils", "teachers", "qualified", "pe_art", "backbone")


def school(kind: str = "312", **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"county_code": "990101", "school_year": 2020, "school_code": "3199010001", "school_name": "示范学校"}
    row |= {"school_kind_code": kind, "teaching_area_m2": Decimal("2000.5"), "indoor_sports_area_m2": Decimal(200)}
    row |= {"outdoor_sports_area_m2": Decimal(5000), "multimedia_rooms": 18, "equipment_value_wan_yuan": Decimal("123.45")}
    for stage in ("primary", "junior"):
        values = zip(BY_STAGE, (400, 30, 24, 5, 4), strict=True)
        row |= {f"{name}_{stage}": value if stage in stages_of(row) else None for name, value in values}
    return row | changes


@pytest.fixture
def read(desk):
    def reading(data: bytes) -> tuple[Any, dict[str, Any]]:
        result = desk.deliver(data, year=2020, name="学校.xlsx")
        return result, next(iter(desk.bronze(result)), {})

    return reading


@pytest.mark.parametrize("drawn", [True, False])
@pytest.mark.parametrize("with_kind", [True, False])
@pytest.mark.parametrize("kind", ["211", "311", "312"])
def test_a_school_with_and_without_what_the_client_draws(read, drawn: bool, with_kind: bool, kind: str) -> None:
    row = school(kind)
    result, found = read(jichu_workbook(row, drawn, with_kind))
    assert not result.refused, result.reason
    assert (result.contract, result.covers) == ("school_census.jichu_workbook", "school")
    stated = {name: value for name, value in row.items() if value is not None}
    assert {name: found[name] for name in stated} == stated
    # "*" and a form that is not there are no figures of a stage the school does not have
    absent = {name: found[name] for name, value in row.items() if value is None}
    assert not any(absent.values())
    assert json.loads(found["_cells"])["multimedia_rooms"].count("+") == 1


def _published(sheets: dict[str, dict[str, str]]) -> dict[str, list[list[str]]]:
    """Sheets that hold nothing but values at their published addresses."""
    found = {}
    for name, cells in sheets.items():
        grid = [[""] * 26 for _ in range(40)]
        for address, text in cells.items():
            grid[int(address[1:]) - 1][ord(address[0]) - 65] = text
        found[name] = grid
    return found


PUBLISHED = {
    "基础基312": {"H7": "400"},
    "基础基313": {"G7": "210"},
    "基础基423": {"D8": "30", "D11": "1", "D12": "20", "D13": "6", "M8": "2", "N8": "1", "P8": "1", "Q8": "1"},
    "基础基424": {"D8": "25", "D12": "2", "D13": "20", "D14": "3", "V8": "2", "W8": "1", "X8": "1", "Y8": "0"},
    "基础基112": {"D30": "5", "D31": "6"},
    "基础基512": {"E10": "2000.5", "E16": "200"},
    "基础基522": {"F9": "5000", "L9": "10", "N9": "8", "O9": "123.45"},
    "基础基212": {"E6": "12", "E8": "3", "E17": "1"},
    "基础基213": {"E7": "9", "E9": "2", "E18": "4"},
}
EXPECTED = {
    "pupils_primary": 400,
    "pupils_junior": 210,
    "teachers_primary": 30,
    "qualified_primary": 27,
    "pe_art_primary": 5,
    "teachers_junior": 25,
    "qualified_junior": 22,
    "pe_art_junior": 4,
    "backbone_primary": 5,
    "backbone_junior": 6,
    "teaching_area_m2": Decimal("2000.5"),
    "indoor_sports_area_m2": Decimal(200),
    "outdoor_sports_area_m2": Decimal(5000),
    "multimedia_rooms": 18,
    "equipment_value_wan_yuan": Decimal("123.45"),
    "classes_primary": 12,
    "classes_primary_le25": 3,
    "classes_primary_ge66": 1,
    "classes_junior": 9,
    "classes_junior_le25": 2,
    "classes_junior_ge66": 4,
}


@pytest.mark.parametrize("drawn", [False, True])
def test_published_addresses_stand_in_where_a_sheet_shows_nothing(desk, read, drawn: bool) -> None:
    identity = [["学校（机构）标识码", "3199010001"], ["学校（机构）名称", "示范学校"], ["办学类型", "九年一贯制学校"]]
    sheets: dict[str, Any] = {"基础基111": identity} | _published(PUBLISHED)
    if drawn:  # the letters and numbers are part of the sheet; the addresses count them
        for name in PUBLISHED:
            sheets[name][0] = ["", *(chr(65 + n) for n in range(25))]
            for number in range(1, 40):
                sheets[name][number][0] = str(number)
    result, found = read(desk.xlsx(sheets))
    assert not result.refused, result.reason
    assert {name: found[name] for name in EXPECTED} == EXPECTED
    assert json.loads(found["_cells"])["pupils_primary"] == "基础基312!H7"


def test_two_room_columns_that_cannot_be_told_apart_leave_the_rooms_unknown(desk, read) -> None:
    identity = [["学校（机构）标识码", "3199010001"], ["学校（机构）名称", "示范学校"], ["办学类型", "小学"]]
    land = [["表题"], ["指标名称", "编号", "网络多媒体教室", "网络多媒体教室"], ["甲", "乙", "1", "2"], ["总计", "01", "9", "8"]]
    sheets = {"基础基111": identity, "基础基312": _published(PUBLISHED)["基础基312"], "基础基522": land}
    result, found = read(desk.xlsx(sheets))
    assert not result.refused, result.reason
    assert found["multimedia_rooms"] is None


def test_a_nine_year_workbook_without_the_junior_form_is_refused(desk, read, rules_of) -> None:
    identity = [["学校（机构）标识码", "3199010001"], ["学校（机构）名称", "示范学校"], ["办学类型", "九年一贯制学校"]]
    result, _ = read(desk.xlsx({"基础基111": identity, "基础基312": _published(PUBLISHED)["基础基312"]}))
    assert rules_of(result) == {"missing_form"}
    assert "基础基313" in result.reason


FIGURES = st.integers(0, 10**5)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["211", "311", "312"]),
    counts=st.lists(FIGURES, min_size=10, max_size=10),
    area=st.none() | st.decimals(1, 10**6, places=2),
    drawn=st.booleans(),
)
def test_round_trip(read, kind: str, counts: list[int], area: Decimal | None, drawn: bool) -> None:
    row = school(kind, teaching_area_m2=area)
    drawn_figures = dict(zip([f"{name}_{stage}" for stage in ("primary", "junior") for name in BY_STAGE], counts, strict=True))
    row |= {name: value for name, value in drawn_figures.items() if row[name] is not None}
    result, found = read(jichu_workbook(row, drawn))
    assert not result.refused, result.reason
    stated = {name: value for name, value in row.items() if value is not None}
    assert {name: found[name] for name in stated} == stated
    assert found["teaching_area_m2"] == area


JJ = {
    "教基1001": [["学校（机构）标识码", "", "2199010001"], ["学校（机构）名称", "", "示范小学"], ["办学类型", "", "小学"]],
    "教基3112": [["指标名称", "代码", "在校生数"], ["甲", "乙", "7"], ["总计", "01", "400"]],
}
LAST, THIS = "上学年校舍建筑面积", "本学年校舍建筑面积"


@pytest.mark.parametrize(
    ("header", "values", "expected"),
    [
        # C is last year's, F this year's
        ([LAST, "", "", THIS, "", ""], ["1000", "0", "0", "2000", "0", "0"], 2000),
        # this year's first, or alone
        ([THIS, "", "", LAST, "", ""], ["2000", "0", "0", "1000", "0", "0"], 2000),
        ([THIS], ["2000"], 2000),
    ],
)
def test_both_layouts_of_the_floor_area(desk, header: list[str], values: list[str], expected: int) -> None:
    subheader = ["合计", "#危房", "#当年新增"] * (len(header) // 3) or ["合计"]
    index = ["甲", "乙", *(str(n + 1) for n in range(len(header)))]
    form = [["中小学校舍情况"], ["指标名称", "代码", *header], ["", "", *subheader], index, ["教学及辅助用房", "05", *values]]
    form.append(["室内体育用房", "12", *("0" for _ in values)])
    result = desk.deliver(desk.xlsx(JJ | {"教基5170": form}), name="学校.xlsx")
    assert not result.refused, result.reason
    (row,) = desk.bronze(result)
    assert row["teaching_area_m2"] == expected


def test_last_years_floor_area_alone_is_not_taken_for_this_years(desk, rules_of) -> None:
    form = [["中小学校舍情况"], ["指标名称", "代码", LAST, "", "", LAST], ["甲", "乙", "1", "2", "3", "4"]]
    form += [["教学及辅助用房", "05", "1", "1", "1", "1"], ["室内体育用房", "12", "0", "0", "0", "0"]]
    result = desk.deliver(desk.xlsx(JJ | {"教基5170": form}), name="学校.xlsx")
    assert rules_of(result) == {"form_cell_missing"}


def _below(values: dict[str, Any] | None = None) -> list[list[Any]]:
    """The identity form with its labels in rows 6 and 13, values below; ``values`` by address."""
    cells = {
        "A2": "基础教育学校（机构）统计调查表", "A3": "（2020 /2021 学年初）", "A5": "基础基111",
        "A6": "学校标识码", "C6": "学校（机构）名称（章）", "G6": "学校（机构）英文名称",
        "A7": "2199010001", "C7": "示范县实验小学",
        "C13": "学校（机构）办学类型", "D13": "学校（机构）举办者", "F13": "学校（机构）性质类别",
        "H13": "学校（机构）驻地城乡类型",
        "A14": "名称", "C14": "小学", "D14": "县级教育部门", "F14": "*", "H14": "镇中心区",
        "A15": "代码", "C15": "211", "D15": "7", "F15": "*", "H15": "121",
    }  # fmt: skip
    grid: list[list[Any]] = [[""] * 11 for _ in range(15)]
    for address, value in (cells | (values or {})).items():
        grid[int(address[1:]) - 1][ord(address[0]) - 65] = value
    return grid


def _identified(desk: Any, identity: list[list[Any]], drawn: bool = False) -> Any:
    pupils = _published(PUBLISHED)["基础基312"]
    if drawn:
        identity = framed(DrawnSheet(identity)).rows
    return desk.deliver(desk.xlsx({"基础基111": identity, "基础基312": pupils}), year=2020, name="学校.xlsx")


@pytest.mark.parametrize("drawn", [False, True])
def test_identity_with_values_below_their_labels(desk, drawn: bool) -> None:
    result = _identified(desk, _below(), drawn)
    assert not result.refused, result.reason
    (row,) = desk.bronze(result)
    names = ("school_code", "school_name", "school_kind_code", "sponsor_code", "urban_rural_code", "school_year")
    assert [row[name] for name in names] == ["2199010001", "示范县实验小学", "211", "7", "121", 2020]


def test_identity_with_a_code_alone_below_its_label(desk) -> None:
    (row,) = desk.bronze(_identified(desk, _below({"C14": "", "D14": "", "H14": ""})))
    assert [row[name] for name in ("school_kind_code", "urban_rural_code", "sponsor_code")] == ["211", "121", None]


@pytest.mark.parametrize(("address", "row", "column"), [("A7", 6, "A列 学校标识码"), ("C7", 6, "C列 学校名称")])
def test_a_label_is_never_a_value(desk, address: str, row: int, column: str) -> None:
    """Where nothing stands beside or below it, the item is missing and the sentence names the label's cell."""
    result = _identified(desk, _below({address: ""}))
    assert [(fault.rule, fault.row, fault.column) for fault in result.faults] == [("required_empty", row, column)]


def test_a_kind_is_missing_where_its_label_alone_stands(desk) -> None:
    result = _identified(desk, _below({"C14": "", "C15": ""}))
    assert [(fault.rule, fault.row, fault.column) for fault in result.faults] == [("required_empty", 13, "C列 办学类型码")]
    result = _identified(desk, _below({"C14": "武术馆", "C15": ""}))
    assert ("unknown_kind", 14) in [(fault.rule, fault.row) for fault in result.faults]


def test_an_empty_value_to_the_right_is_not_looked_for_below(desk) -> None:
    """The next label, known or not, is no value either."""
    pairs = [["学校标识码", "2199010001"], ["学校名称", ""], ["邮政编码", "999999"], ["办学类型", "小学"]]
    result = _identified(desk, pairs)
    assert [(fault.rule, fault.row, fault.column) for fault in result.faults] == [("required_empty", 2, "A列 学校名称")]
    beside = [["学校名称", "", "学校标识码", "2199010001"], ["地址", "示范路1号"], ["办学类型", "小学"]]
    result = _identified(desk, beside)
    assert [(fault.rule, fault.row, fault.column) for fault in result.faults] == [("required_empty", 1, "A列 学校名称")]
