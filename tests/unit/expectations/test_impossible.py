"""Figures that cannot be: parts above their whole, cells that contradict each other, other units. Each names both cells."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.expectations.nights import File, Judged, Nights, school
from tests.unit.expectations.test_gate import INEP, ITEMS, alagoas

BANDS = {f"classes_primary_{band}": 0 for band in ("le25", "26_30", "31_35", "36_40", "51_55", "56_60", "61_65", "ge66")}
WHOLE: dict[str, Any] = {
    **{"staff_primary": 22, "exchange_eligible_primary": 10, "exchanged_primary": 2, "catchment_primary": 301},
    **{"migrant_pupils": 20, "classes_primary": 7, "grades_primary": 6, "classes_over_primary": 1, "largest_class_primary": 46},
    **{**BANDS, "classes_primary_41_45": 6, "classes_primary_46_50": 1},
    **{"public_funds_budget_yuan": 350000, "training_budget_yuan": 18000, "music_rooms": 1, "music_room_areas_m2": "96"},
    **{"outdoor_sports_area_m2": 2400, "equipment_value_wan_yuan": 75, "computers": 40, "books": 9000},
}
"""A primary school of 301 pupils in seven classes, one of them above the limit, without a contradiction."""
CENSUS: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    # check, the change, what the sentence has to name
    ("exchange_within_teachers", {"exchanged_primary": 11}, ("小学交流轮岗教师”的值“11", "小学符合交流条件教师”为“10")),
    ("exchange_within_teachers", {"exchange_eligible_primary": 21}, ("的值“21”", "小学专任教师”为“20")),
    ("catchment_within_pupils", {"catchment_primary": 302}, ("的值“302”", "小学在校生”为“301")),
    ("migrants_within_pupils", {"migrant_pupils": 302}, ("的值“302”", "小学在校生”为“301")),
    ("training_within_public_funds", {"training_budget_yuan": 350001}, ("的值“350001”", "公用经费预算”为“350000")),
    ("teachers_within_staff_of_school", {"staff_primary": 19}, ("小学专任教师”的值“20", "小学教职工”为“19")),
    (
        "over_limit_agrees_with_largest",
        {"classes_over_primary": 0, "classes_primary_41_45": None, "classes_primary_46_50": None},
        ("小学超45人班数”的值“0", "小学最大班额”为“46"),
    ),
    ("over_limit_agrees_with_largest", {"largest_class_primary": 45}, ("的值“1”", "小学最大班额”为“45")),
    ("largest_class_agrees_with_pupils", {"pupils_primary": 45, "catchment_primary": 45}, ("小学最大班额”的值“46", "“45”")),
    ("largest_class_agrees_with_pupils", {"classes_primary": 6}, ("小学在校生”为“301", "小学班数”为“6")),
    ("classes_agree_with_pupils", {"classes_primary": 0}, ("小学在校生”的值“301", "小学班数”为“0")),
    ("classes_agree_with_pupils", {"pupils_primary": 0}, ("小学在校生”的值“0", "小学班数”为“7")),
    ("classes_agree_with_pupils", {"grades_primary": 0}, ("小学在校生”的值“301", "小学年级数”为“0")),
    ("grades_agree_with_pupils", {"pupils_grade_1": 302}, ("小学在校生”的值“301", "一年级在校生”为“302")),
    (
        "grades_agree_with_pupils",
        {"pupils_grade_1": 50, **{f"pupils_grade_{grade}": 50 for grade in range(2, 7)}}
        | {f"pupils_grade_{grade}": 0 for grade in (7, 8, 9)},
        ("小学在校生”的值“301", "六年级在校生”为“50"),
    ),
    ("senior_classes_agree_with_pupils", {"pupils_senior": 90, "classes_senior": 0}, ("的值“90”", "高中班数”为“0")),
    ("bands_agree_with_classes", {"classes_primary_41_45": 5}, ("小学班数”的值“7", "小学41-45人班数”为“5")),
    (
        "bands_agree_with_classes",
        {"classes_primary_41_45": None, "classes_primary_46_50": 8, "classes_over_primary": 8},
        ("小学班数”的值“7", "小学46-50人班数”为“8"),
    ),
    ("bands_agree_with_over_limit", {"classes_over_primary": 2}, ("小学超45人班数”的值“2", "小学46-50人班数”为“1")),
    ("bands_agree_with_largest", {"largest_class_primary": 51}, ("小学最大班额”的值“51", "小学46-50人班数”为“1")),
    (
        "bands_agree_with_largest",
        {"classes_primary_46_50": 0, "classes_primary_ge66": 1, "classes_primary_41_45": None},
        ("小学最大班额”的值“46", "小学66人及以上班数”为“1"),
    ),
    ("bands_agree_with_pupils", {"pupils_primary": 290, "catchment_primary": 1}, ("小学在校生”的值“290", "小学41-45人班数”为“6")),
    ("bands_agree_with_pupils", {"pupils_primary": 321}, ("小学在校生”的值“321", "小学41-45人班数”为“6")),
    ("room_areas_within_rooms", {"music_room_areas_m2": "96;90"}, ("音乐专用教室数”的值“1", "音乐教室面积”为“96;90")),
    ("figures_possible", {"equipment_value_wan_yuan": 750000}, ("的值“750000”", "小学在校生", "像是按“元”填写的")),
    ("figures_possible", {"pupils_primary": 3, "classes_primary": 4000}, ("的值“3”", "小学班数（4000）")),
]


def _name(number: int) -> str:
    return f"{number}.csv"


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    files = [File(_name(n), [school(1, **{**WHOLE, **change})], area="990101") for n, (_, change, _) in enumerate(CENSUS)]
    for number, one in enumerate(files):
        one.rows[0]["school_code"] = f"2199{number + 1:06d}"
    files.append(File("good.csv", [school(1, **WHOLE, school_code="2199009999")]))
    return Nights(tmp_path_factory.mktemp("home")).judged(files)


@pytest.mark.parametrize("number", range(len(CENSUS)), ids=[f"{check}-{n}" for n, (check, *_) in enumerate(CENSUS)])
def test_a_contradiction_refuses_a_census_and_names_its_cells(census: Judged, number: int) -> None:
    check, _, named = CENSUS[number]
    file = File(_name(number), [])
    assert census.submission(file)["status"] == "refused"
    (told,) = [fault["guidance"] for fault in census.faults(file) if fault["rule"] == check]
    assert all(text in told for text in named), told


def test_what_agrees_is_accepted_without_a_word(census: Judged) -> None:
    good = File("good.csv", [])
    assert census.submission(good)["status"] == "accepted", census.submission(good)["reason"]
    assert census.faults(good) == []
    assert not [r for r in census.rows("check_results") if r["submission_id"] == good.id and r["status"] in ("warn", "fail")]


def test_pupils_of_an_unknown_stage_are_no_whole(nights: Nights) -> None:
    file = File("a.csv", [school(1, school_kind_code="312", pupils_junior=None, migrant_pupils=500)])
    judged = nights.judged([file])
    assert judged.status(file) == "accepted"


@pytest.mark.parametrize(
    ("change", "unit"),
    [
        ({"outdoor_sports_area_m2": "3.6"}, "亩"),
        ({"teaching_area_m2": "0.2", "indoor_sports_area_m2": None}, "公顷"),
        ({"books": 90}, "百册"),
        ({"pupils_primary": 3, "catchment_primary": None, "classes_primary": 7}, "百人"),
        ({"public_funds_budget_yuan": "35", "training_budget_yuan": None}, "万元"),
    ],
)
def test_an_odd_figure_is_taken_with_the_unit_that_would_explain_it(nights: Nights, change: dict[str, Any], unit: str) -> None:
    file = File("a.csv", [school(1, **change)])
    judged = nights.judged([file])
    assert judged.status(file) == "accepted"
    (row,) = [r for r in judged.rows("check_results") if r["check_id"] == "figures_usual"]
    assert row["status"] == "warn"
    assert f"像是按“{unit}”填写的" in row["observed"]


def test_a_census_whose_country_brings_no_bands_is_not_judged(nights: Nights) -> None:
    rows = [{**row, "equipment_value_wan_yuan": 10**9, "pupils_primary": 1} for row in alagoas()]
    file = File("2021.csv", rows, INEP, area="27")
    judged = nights.judged([file])
    assert judged.status(file) == "accepted"
    ran = {r["check_id"]: r["rows_checked"] for r in judged.rows("check_results") if r["check_id"].startswith("figures_")}
    assert set(ran.values()) <= {0}


def _item(code: str, value: Any, **given: Any) -> dict[str, Any]:
    row = {"county_code": "990101", "school_year": 2024, "requirement_code": code.split(".")[0], "item_code": code}
    return {**row, "school_code": None, "value": value, **given}


ABOVE = [
    {"G9.trained": 101, "G9.teachers": 100},
    {"G11.exchanged": 101, "G11.eligible": 100},
    {"G11.exchanged_backbone": 11, "G11.exchanged": 10},
    {"G12.certified": 101, "G12.teachers": 100},
    {"G13.catchment": 101, "G13.pupils": 100},
    {"G14.allocated": 1200, "G14.planned": 1000},
    {"G14.allocated_rural": 600, "G14.allocated": 500},
    {"G15.public": 60, "G15.purchased": 41, "G15.eligible": 100},
    {"Q1.graduates": 1060, "Q1.transferred_out": 10, "Q1.deceased": 1, "Q1.entrants": 1000, "Q1.transferred_in": 70},
    {"Q2.enrolled": 12, "Q2.children": 10},
    {"Q2.in_special_schools": 11, "Q2.enrolled": 10},
    {"Q4.training_budget": 11, "Q4.public_funds_budget": 10},
    {"S1.valid": 1200, "S1.questionnaires": 1000},
    {"S1.satisfied": 1200, "S1.valid": 1000},
    {"S1.visited_satisfied": 12, "S1.visited": 10},
    {"S1.satisfied.parents": 1200, "S1.valid.parents": 1000},
    {"S1.visited_satisfied.parents": 12, "S1.visited.parents": 10},
    {"S1.valid.parents": 1200, "S1.valid": 1000},
    {"I24": 70, "I22": 50, "I21": 60, "I23": 50},
]
POSSIBLE: list[dict[str, Any]] = [
    # graduates above the entrants, with pupils who came; more money than the quota; a whole of which a piece is missing
    {"Q1.graduates": 1060, "Q1.transferred_out": 9, "Q1.deceased": 1, "Q1.entrants": 1000, "Q1.transferred_in": 70},
    {"G6.allocated": 500000, "G6.quota": 1150},
    {"G8.teacher_pay": 99000, "G8.civil_servant_pay": 98000},
    {"Q1.graduates": 1060, "Q1.entrants": 1000},
    {"G14.allocated": 1000, "G14.planned": 1000},
]


@pytest.mark.parametrize("items", ABOVE, ids=[min(items) for items in ABOVE])
def test_a_part_above_its_whole_costs_its_rows(nights: Nights, items: dict[str, Any]) -> None:
    rows = [_item(code, value) for code, value in items.items()]
    file = File("items.csv", [*rows, _item("G7.pupils", 50), *(_item(code, 0, stage="primary") for code in items)], ITEMS)
    judged = nights.judged([file])
    assert judged.status(file) == "accepted"
    faults = judged.faults(file)
    assert [(fault["row"], fault["rule"]) for fault in faults] == [(n + 2, "parts_of_whole") for n in range(len(items))]
    for code, value in items.items():
        assert all(code in fault["guidance"] for fault in faults)
        assert any(f"{code}为“{value}”" in fault["guidance"] for fault in faults)
    assert judged.submission(file)["rows_accepted"] == 1 + len(items)


@pytest.mark.parametrize("items", POSSIBLE, ids=[f"{n}-{min(items)}" for n, items in enumerate(POSSIBLE)])
def test_what_can_be_is_taken(nights: Nights, items: dict[str, Any]) -> None:
    file = File("items.csv", [_item(code, value) for code, value in items.items()], ITEMS)
    judged = nights.judged([file])
    assert judged.faults(file) == []


def test_a_pair_in_two_files_of_a_night_names_both(nights: Nights) -> None:
    files = [
        File("有效.csv", [_item("S1.valid", 1000), _item("S1.questionnaires", 1100)], ITEMS),
        File("满意.csv", [_item("S1.satisfied", 1200), _item("S1.questionnaires", 1100)], ITEMS),
    ]
    judged = nights.judged(files)
    assert [judged.status(file) for file in files] == ["accepted", "accepted"]
    (valid,), (satisfied,) = (judged.faults(file) for file in files)
    assert (valid["row"], valid["rule"], satisfied["row"], satisfied["rule"]) == (2, "parts_of_whole", 2, "parts_of_whole")
    assert "“满意.csv”工作表“学校”第2行S1.satisfied为“1200”" in valid["guidance"]
    assert "“有效.csv”工作表“学校”第2行S1.valid为“1000”" in satisfied["guidance"]


def test_an_item_that_two_files_of_a_night_repeat_counts_once(nights: Nights) -> None:
    share = [_item("G15.public", 60), _item("G15.eligible", 100)]
    files = [File("a.csv", [*share, _item("G15.purchased", 40)], ITEMS), File("b.csv", [*share, _item("G7.pupils", 5)], ITEMS)]
    judged = nights.judged(files)
    assert [judged.faults(file) for file in files] == [[], []]


def test_a_night_says_nothing_of_another(nights: Nights) -> None:
    nights.judged([File("a.csv", [_item("S1.valid", 1000)], ITEMS)])
    later = File("b.csv", [_item("S1.satisfied", 1200)], ITEMS)
    assert nights.judged([later]).faults(later) == []


def _declared(form: str, line: str, name: str, value: Any, **given: Any) -> dict[str, Any]:
    row = {"county_code": "990101", "school_year": 2024, "form": form, "line": line, "item_name": name, "declared_value": value}
    return row | given


def _lines(form: str, lines: dict[str, Any], **given: Any) -> list[dict[str, Any]]:
    return [_declared(form, f"L{n}", name, value, **given) for n, (name, value) in enumerate(lines.items(), 1)]


COMPLETION = {"毕业班学生数": 1060, "三年前入学学生数": 1000, "毕业年级三年转入学生数": 70, "死亡学生数": 1, "转出学生数": 10}
PUPILS = {"符合条件的随迁子女": 100, "在公办学校就读": 61, "在政府购买服务的民办学校就读": 40}
PARENTS = "L1/其中:家长"
DECLARED: list[tuple[str, list[dict[str, Any]]]] = [
    (
        "parts_of_whole",
        _lines("IV", {"教师培训完成率达到100%/完成360学时培训的教师": 1301, "教师培训完成率达到100%/全县教师": 1300}),
    ),
    ("parts_of_whole", _lines("IV", {f"随迁子女就读/{name}": value for name, value in PUPILS.items()})),
    ("parts_of_whole", _lines("V", {f"初中三年巩固率达到95%以上/{name}": value for name, value in COMPLETION.items()})),
    ("parts_of_whole", _lines("V", {"入学率/残疾儿童少年": 10, "入学率/入学": 12})),
    ("parts_of_whole", _lines("VI", {"问卷总数（份）": 1000, "有效问卷(份)": 1200})),
    (
        "parts_of_whole",
        [
            _declared("VI", "L1/其中:家长", "问卷总数/计", 1000),
            _declared("VI", "L2/其中:家长", "问卷总数/其中：回收有效问卷数/计", 1001),
        ],
    ),
    ("groups_within_all", [_declared("VI", line, "实地走访人数/计", value) for line, value in (("L1", 100), (PARENTS, 101))]),
    (
        "parts_of_whole",
        _lines("I", {"教职工数（人）/小学/合计": 900, "教职工数（人）/小学/其中专任教师": 901}, stage="primary"),
    ),
]


@pytest.mark.parametrize("number", range(len(DECLARED)))
def test_a_declared_part_above_its_whole_costs_its_lines(nights: Nights, number: int) -> None:
    rule, rows = DECLARED[number]
    file = File("申报表.csv", [*rows, _declared("IV", "5.1", "班额/超过45人的班级", 3)], "declared_forms_item.template")
    judged = nights.judged([file])
    assert judged.status(file) == "accepted"
    faults = judged.faults(file)
    assert [(fault["row"], fault["rule"]) for fault in faults] == [(n + 2, rule) for n in range(len(rows))]
    for row in rows:
        assert all(f"“{row['declared_value']}”" in fault["guidance"] for fault in faults)


@pytest.mark.parametrize(
    "row",
    [
        _declared("V", "1.6", "初中三年巩固率达到95%以上/巩固率", "110"),
        _declared("V", "2.3", "入学率", "120"),
        _declared("VI", "L4", "问卷调查综合满意度（%）", "100.1"),
        _declared("II-1", "L1/达标学校比例(%)", "每百名学生拥有高于规定学历教师数", "101"),
    ],
)
def test_a_declared_share_above_the_whole_is_set_aside(nights: Nights, row: dict[str, Any]) -> None:
    good = [_declared("V", "2.9", "残疾儿童少年/入学率", 100), _declared("I", "L5", "人均地区生产总值（元）", 52310)]
    file = File("申报表.csv", [row, *good], "declared_forms_item.template")
    (fault,) = nights.judged([file]).faults(file)
    assert (fault["row"], fault["rule"]) == (2, "shares_within_whole")


def test_declared_parts_of_other_lines_and_forms_are_no_parts(nights: Nights) -> None:
    rows = [
        _declared("VI", "L1", "问卷总数/计", 1000),
        _declared("VI", "L2/其中:家长", "问卷总数/其中：回收有效问卷数/计", 1000),
        _declared("VI", "L4", "问卷调查综合满意度（%）", 80),
        _declared("VI", "L4/其中:家长", "问卷调查综合满意度（%）", 90),
        _declared("V", "1.1", "初中三年巩固率/毕业班学生数", 1060),
        _declared("V", "1.2", "初中三年巩固率/三年前入学学生数", 1000),
        _declared("IV", "15.4", "随迁子女/合计", 900),
        _declared("I", "L1", "人口/符合条件的随迁子女", 5),
    ]
    file = File("申报表.csv", rows, "declared_forms_item.template")
    assert nights.judged([file]).faults(file) == []


def test_a_pay_in_ten_thousands_is_set_aside(nights: Nights) -> None:
    file = File("items.csv", [_item("G8.teacher_pay", 98000), _item("G8.civil_servant_pay", "9.9")], ITEMS)
    (fault,) = nights.judged([file]).faults(file)
    assert (fault["row"], fault["rule"]) == (3, "figures_possible")
    assert "像是按“万元”填写的" in fault["guidance"]
