"""A scenario is read strictly: whatever is wrong is one sentence with file, row and cell, and nothing is applied."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from planning.overlay import lay_over
from planning.scenario import Scenario, ScenarioUnusable, read_scenario, scenario_files, scenario_form
from publish.build.corrections import SCHEMA

HEADER = "措施,学校标识码,学段,项目,数量,调入学校标识码,教师编号,年度,金额（万元）"
GOOD = "新建,S1,,教学及辅助用房,120.5,,,2026,36"


def written(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "措施.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8-sig")
    return path


def test_a_good_file_is_its_measures(tmp_path: Path) -> None:
    scenario = read_scenario(
        written(tmp_path, GOOD, "", "调配,S1,初中,骨干教师,1,S2,T7,,0", "招聘,S2,小学,体艺专任教师,2,,,,待定")
    )
    build, move, recruit = scenario.measures
    assert (build.row, build.field, build.amount, build.cost_wan_yuan) == (2, "teaching_area_m2", Decimal("120.5"), Decimal(36))
    assert (move.row, move.kind, move.field, move.to_school_code) == (4, "move", "backbone_junior", "S2")
    assert (recruit.field, recruit.cost_wan_yuan) == ("pe_art_primary", None)


def test_codes_are_as_good_as_words_and_a_workbook_as_a_text(tmp_path: Path) -> None:
    path = tmp_path / "measures.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["measure", "school_code", "stage", "item", "amount", "cost_wan_yuan"])
        sheet.write_row(1, 0, ["build", 2199000001, "", "multimedia_rooms", 3, 4.5])
    (measure,) = read_scenario(path).measures
    assert (measure.school_code, measure.amount, measure.cost_wan_yuan) == ("2199000001", Decimal(3), Decimal("4.5"))


BAD = {
    "无名措施,S1,,教学及辅助用房,1,,,,0": ("第2行 A2", "没有“无名措施”这种措施"),
    "新建,,,教学及辅助用房,1,,,,0": ("第2行 B2", "“学校标识码”没有填"),
    "新建,S1,,骨干教师,1,,,,0": ("第2行 D2", "“新建、扩建”不能用于“骨干教师”"),
    "新建,S1,,教学及辅助用房,-5,,,,0": ("第2行 E2", "不是大于 0 的数"),
    "新建,S1,,教学及辅助用房,许多,,,,0": ("第2行 E2", "“许多”不是大于 0 的数"),
    "新建,S1,,教学及辅助用房,nan,,,,0": ("第2行 E2", "“nan”不是大于 0 的数"),
    "新建,S1,,教学及辅助用房,0.00001,,,,0": ("第2行 E2", "超过四位"),
    "招聘,S1,小学,骨干教师,1.5,,,,0": ("第2行 E2", "不是整数"),
    "招聘,S1,,骨干教师,1,,,,0": ("第2行 C2", "按学段统计"),
    "招聘,S1,大学,骨干教师,1,,,,0": ("第2行 C2", "学段“大学”不认识"),
    "新建,S1,,教学及辅助用房,1,,,,": ("第2行 I2", "“金额（万元）”没有填"),
    "新建,S1,,教学及辅助用房,1,,,,-3": ("第2行 I2", "不是从 0 起的万元数"),
    "新建,S1,,教学及辅助用房,1,,,明年,0": ("第2行 H2", "“明年”不是年份"),
    "新建,S1,,教学及辅助用房,1,S2,,,0": ("第2行 F2", "不写调入学校"),
    "调配,S1,小学,骨干教师,1,,,,0": ("第2行 F2", "要写明调入哪所学校"),
    "调配,S1,小学,骨干教师,1,S1,,,0": ("第2行 F2", "是同一所学校"),
    "招聘,S1,小学,骨干教师,1,,T1,,0": ("第2行 G2", "教师编号只用于"),
    "合并,S1,,,,,,,0": ("第2行 F2", "要写明调入哪所学校"),
    "合并,S1,,,5,S2,,,0": ("第2行 E2", "“合并”是整所学校的事：“数量”不填"),
    "停办,S1,小学,,,,,,0": ("第2行 C2", "“停办”是整所学校的事"),
    "停办,S1,,,,S2,,,0": ("第2行 F2", "不写调入学校"),
}


@pytest.mark.parametrize("line", BAD)
def test_a_bad_cell_is_named(tmp_path: Path, line: str) -> None:
    place, fault = BAD[line]
    with pytest.raises(ScenarioUnusable) as raised:
        read_scenario(written(tmp_path, line, GOOD))
    (sentence,) = raised.value.faults
    assert sentence.startswith(f"措施.csv {place}：")
    assert fault in sentence


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ScenarioUnusable) as raised:
        read_scenario(written(tmp_path, *BAD))
    assert len(raised.value.faults) == len(BAD)


def test_all_that_is_wrong_with_a_row_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioUnusable) as raised:
        read_scenario(written(tmp_path, "调配,S1,大学,钢琴,-1,S1,,明年,"))
    assert [fault.split(" ")[1].split("：")[0] for fault in raised.value.faults] == ["第2行"] * 6
    assert {fault.split(" ")[2].split("：")[0] for fault in raised.value.faults} == {"C2", "D2", "E2", "F2", "H2", "I2"}


def test_a_teacher_moves_once(tmp_path: Path) -> None:
    lines = ("调配,S1,小学,骨干教师,1,S2,T1,,0", "调配,S1,小学,体艺专任教师,1,S2,T1,,0", "调配,S1,小学,骨干教师,1,S3,T1,,0")
    with pytest.raises(ScenarioUnusable) as raised:
        read_scenario(written(tmp_path, *lines))
    assert raised.value.faults == ["措施.csv 第4行 G4：教师“T1”在第2行已经调过一次。"]


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        ("措施,学校标识码,项目,数量", "缺少列：金额（万元）"),
        (f"{HEADER},随便", "不认识的列：随便"),
        (f"{HEADER},办法", "“办法”出现了两次"),
    ],
)
def test_a_bad_header_is_named(tmp_path: Path, header: str, fault: str) -> None:
    with pytest.raises(ScenarioUnusable, match=fault):
        read_scenario(written(tmp_path, GOOD, header=header))


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", None])
def test_what_is_no_file_of_measures_is_said(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ScenarioUnusable, match=r"x\.csv"):
        read_scenario(path)


def test_a_file_without_measures_is_none(tmp_path: Path) -> None:
    with pytest.raises(ScenarioUnusable, match="没有一行措施"):
        read_scenario(written(tmp_path))


@pytest.fixture
def census() -> duckdb.DuckDBPyConnection:
    """Three schools of two counties; the second has no figure for its rooms, the first a correction of its ground."""
    connection = duckdb.connect()
    connection.execute("create schema intermediate; create schema run")
    fields = "teaching_area_m2, outdoor_sports_area_m2, backbone_primary, backbone_junior, has_primary, has_junior, has_senior"
    rows = """
        ('990101', 2025, 'S1', '一小', 1000, 500, 3, null, true, false, false),
        ('990101', 2024, 'S1', '一小', 1, 1, 1, null, true, false, false),
        ('990101', 2025, 'S2', '二中', null, 800, null, 2, false, true, false),
        ('990102', 2025, 'S3', '三小', 900, 900, 1, null, true, false, false),
        ('990101', 2025, 'S4', '甲', 1, 1, 1, null, true, false, false),
        ('990102', 2025, 'S4', '乙', 1, 1, 1, null, true, false, false)
    """
    for table in ("int_census__school", "int_census__reported_school"):
        columns = f"county_code, school_year, school_code, school_name, {fields}"
        connection.execute(f"create table intermediate.{table} as select * from (values {rows}) as t ({columns})")
    connection.execute("update intermediate.int_census__reported_school set outdoor_sports_area_m2 = 50 where school_code = 'S1'")
    keys = "county_code varchar, school_year integer, school_code varchar, main_school_code varchar"
    connection.execute(f"create table intermediate.int_census__folding ({keys})")
    connection.register("given", SCHEMA.empty_table())
    connection.execute("create table run.correction as select * from given")
    connection.execute("create table run.night as select 1 as night, date '2026-03-01' as as_of")
    connection.execute(
        """
        insert into run.correction by name
        select '990101' as county_code, 2025 as school_year, 'S1' as school_code, 'outdoor_sports_area_m2' as field,
            50 as expected_value, 500 as corrected_value, 'a.yml' as correction_file
        """
    )
    return connection


def laid(connection: duckdb.DuckDBPyConnection, folder: Path, *lines: str) -> list[tuple[object, ...]]:
    lay_over(connection, read_scenario(written(folder, *lines)), "模拟")
    columns = "school_code, field, expected_value, corrected_value, correction_file"
    return connection.execute(f"select {columns} from run.correction order by all").fetchall()


def test_measures_are_laid_over_what_holds_now(census: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    lines = ("新建,S1,,教学及辅助用房,20,,,,1", "新建,S1,,教学及辅助用房,5,,,,1", "新建,S1,,运动场地,100,,,,1")
    mark = "模拟 措施.csv"
    assert laid(census, tmp_path, *lines, "调配,S1,小学,骨干教师,2,S2,,,0") == [
        ("S1", "backbone_primary", 3, 1, mark),
        ("S1", "outdoor_sports_area_m2", 50, 600, mark),
        ("S1", "teaching_area_m2", 1000, 1025, mark),
        ("S2", "backbone_primary", None, 2, mark),
    ]


def test_a_merged_school_brings_all_it_has(census: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    lines = ("合并,S4,,,,S1,,,3", "新建,S4,,教学及辅助用房,20,,,,1")
    census.execute("delete from intermediate.int_census__reported_school where county_code = '990102' and school_code = 'S4'")
    mark = "模拟 措施.csv"
    assert laid(census, tmp_path, *lines) == [
        ("S1", "backbone_primary", 3, 4, mark),
        ("S1", "outdoor_sports_area_m2", 50, 501, mark),
        ("S1", "teaching_area_m2", 1000, 1021, mark),
        ("S4", "backbone_primary", 1, 0, mark),
        ("S4", "outdoor_sports_area_m2", 1, 0, mark),
        ("S4", "teaching_area_m2", 1, 0, mark),
    ]


def test_what_is_not_known_of_one_is_not_known_of_both(census: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    cells = {(school, field): after for school, field, _, after, _ in laid(census, tmp_path, "合并,S2,,,,S1,,,3")}
    assert cells["S1", "teaching_area_m2"] is None
    assert cells["S1", "outdoor_sports_area_m2"] == 1300
    assert cells["S2", "teaching_area_m2"] == 0
    assert cells["S1", "backbone_junior"] == 2


def test_a_school_does_not_leave_its_campuses_behind(census: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    census.execute("insert into intermediate.int_census__folding values ('990101', 2025, 'S2', 'S1')")
    census.execute("delete from intermediate.int_census__reported_school where county_code = '990102'")
    with pytest.raises(ScenarioUnusable, match=r"第2行 B2：一小有计入它的校区或附设班（S2）"):
        laid(census, tmp_path, "合并,S1,,,,S4,,,3")
    assert {school for school, *_ in laid(census, tmp_path, "合并,S2,,,,S4,,,0", "合并,S1,,,,S4,,,3")} == {"S1", "S2", "S4"}


def test_a_school_has_the_stages_of_its_attached_classes(census: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(ScenarioUnusable, match="二中没有小学"):
        laid(census, tmp_path, "招聘,S2,小学,骨干教师,4,,,,1")
    census.execute("insert into intermediate.int_census__folding values ('990101', 2025, 'S1', 'S2')")
    assert ("S2", "backbone_primary", None, 4, "模拟 措施.csv") in laid(census, tmp_path, "招聘,S2,小学,骨干教师,4,,,,1")


def test_a_school_goes_once_and_nothing_goes_into_it_afterwards(census: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    census.execute("delete from intermediate.int_census__reported_school where county_code = '990102'")
    for lines, place in ((("合并,S2,,,,S1,,,0", "合并,S2,,,,S4,,,0"), "B3"), (("合并,S2,,,,S1,,,0", "合并,S4,,,,S2,,,0"), "F3")):
        with pytest.raises(ScenarioUnusable, match=f"第3行 {place}：二中在前面的行里已经并走或停办"):
            laid(census, tmp_path, *lines)


def test_a_school_with_pupils_is_not_closed(census: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    census.execute("alter table intermediate.int_census__school add column pupils_primary bigint default 7")
    with pytest.raises(ScenarioUnusable, match=r"第2行 B2：一小还有学生 7 人"):
        laid(census, tmp_path, "停办,S1,,,,,,,0")
    census.execute("update intermediate.int_census__school set pupils_primary = 0")
    census.execute("alter table intermediate.int_census__reported_school add column pupils_primary bigint default 0")
    closed = laid(census, tmp_path, "停办,S1,,,,,,,0")
    assert {after for school, _, _, after, _ in closed if school == "S1"} == {0}


@pytest.mark.parametrize(
    ("line", "place", "fault"),
    [
        ("招聘,S1,初中,骨干教师,4,,,,1", "C3", "一小没有初中"),
        ("新建,S9,,教学及辅助用房,20,,,,1", "B3", "没有标识码为“S9”的学校"),
        ("新建,S4,,教学及辅助用房,20,,,,1", "B3", "990101、990102"),
        ("新建,S2,,教学及辅助用房,20,,,,1", "D3", "二中的“教学及辅助用房面积”本身没有填报"),
        ("拆除,S1,,教学及辅助用房,1100,,,,1", "E3", "减到第3行就成了 -80，不能小于 0"),
        ("调配,S1,小学,骨干教师,4,S2,,,1", "E3", "一小的“县级以上骨干教师”现有 3"),
        ("调配,S1,小学,骨干教师,1,S3,,,1", "F3", "不在同一个县"),
        ("调配,S1,小学,骨干教师,1,S9,,,1", "F3", "没有标识码为“S9”的学校"),
    ],
)
def test_what_cannot_be_laid_changes_nothing(
    census: duckdb.DuckDBPyConnection, tmp_path: Path, line: str, place: str, fault: str
) -> None:
    with pytest.raises(ScenarioUnusable) as raised:
        laid(census, tmp_path, "新建,S1,,教学及辅助用房,20,,,,1", line)
    assert [sentence for sentence in raised.value.faults if f"第3行 {place}：" in sentence and fault in sentence]
    assert census.execute("select count(*), max(correction_file) from run.correction").fetchone() == (1, "a.yml")


def test_every_item_is_a_field_of_the_census_that_models_can_correct() -> None:
    from ingest.schema.source import load_source

    known = load_source("school_census").by_name
    form = scenario_form()
    fields = [item.field.format(stage=stage) for item in form.items.values() for stage in ("primary", "junior")]
    assert [field for field in fields if field not in known] == []
    assert [code for measure in form.measures.values() for code in measure.items if code not in form.items] == []


def test_a_scenario_of_nothing_has_no_places() -> None:
    assert Scenario("x", (), {}).fault(2, "amount", "same_school").startswith("x 第2行 ：")


def test_a_folder_is_the_scenarios_in_it(tmp_path: Path) -> None:
    with pytest.raises(ScenarioUnusable, match="没有措施清单"):
        scenario_files([tmp_path])
    for name in ("b.csv", "a.xlsx", "~$a.xlsx", "notes.txt"):
        (tmp_path / name).write_text("", encoding="utf-8")
    other = tmp_path / "sub" / "c.csv"
    assert [path.name for path in scenario_files([tmp_path, other])] == ["a.xlsx", "b.csv", "c.csv"]
