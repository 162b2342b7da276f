"""Schools opened, classes opened and groups formed: rows that a scenario adds, and nothing of them where anything is wrong."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from planning.class_sizes import Grades
from planning.overlay import faults_of, lay_over
from planning.scenario import ScenarioUnusable, read_scenario
from publish.build.corrections import SCHEMA

HEADER = "措施,学校标识码,学校名称,学段,项目,数量,调入学校标识码,区划代码,乡镇,金额（万元）"
STAGES = ("primary", "junior")
FIELDS = [f"{name}_{stage}" for stage in STAGES for name in ("pupils", "classes", "classes_over", "largest_class", "backbone")]
FIELDS += ["classes_primary_46_50", "teaching_area_m2", "public_funds_budget_yuan"]
Rows = list[tuple[object, ...]]


@pytest.fixture
def base() -> duckdb.DuckDBPyConnection:
    """A school of 300 pupils in six classes, two of them of 60, and one without classes that anybody knows."""
    connection = duckdb.connect()
    connection.execute("create schema intermediate; create schema run; create schema seeds; create schema marts")
    columns = ", ".join(f"{field} decimal(18, 4)" for field in FIELDS)
    place = "county_code text, school_year integer, school_code text, school_name text, school_kind_code text, township text"
    stages = ", ".join(f"has_{stage} boolean" for stage in (*STAGES, "senior"))
    for table in ("int_census__school", "int_census__reported_school"):
        connection.execute(
            f"create table intermediate.{table} ({place}, counts_as_school integer, {columns}"
            f"{', ' + stages if table == 'int_census__school' else ''})"
        )
        connection.execute(
            f"insert into intermediate.{table} by name select '990101' as county_code, 2025 as school_year,"
            " unnest(['S1', 'S2']) as school_code, unnest(['一小', '二小']) as school_name, '211' as school_kind_code,"
            " unnest([300, 90]) as pupils_primary, unnest([6, 3]) as classes_primary, unnest([2, null]) as classes_over_primary,"
            " unnest([2, null]) as classes_primary_46_50, unnest([60, 30]) as largest_class_primary, 3 as backbone_primary"
        )
    connection.execute("update intermediate.int_census__school set has_primary = true, has_junior = false, has_senior = false")
    kinds = """
        values ('gb', '211', '小学', '完全小学', 'general', true, false, false),
            ('gb', '312', '九年一贯制学校', null, 'general', true, true, false),
            ('other', 'EB', '基础教育学校', null, 'general', true, true, false)
    """
    names = "system, kind_code, name_zh, aliases, sector, has_primary, has_junior, has_senior"
    connection.execute(f"create table seeds.school_kinds as select *, false as always_folds from ({kinds}) as t ({names})")
    connection.execute(
        "create table intermediate.int_classes__class as select '990101' as county_code, 2025 as school_year,"
        " 'S1' as census_school_code, 'primary' as stage, unnest(['1', '1', '2', '2', '3', '3']) as grade,"
        " unnest([60, 60, 45, 45, 45, 45]) as pupils"
    )
    keys = "county_code varchar, school_year integer, school_code varchar, main_school_code varchar"
    connection.execute(f"create table intermediate.int_census__folding ({keys})")
    connection.execute(
        "create table marts.brg_school_group as select '990101' as county_code, 2025 as school_year, '一小集团' as group_name,"
        " 'S1' as school_code, '一小' as school_name, 'lead' as role, 'S1' as lead_school_code, 1 as member_count,"
        " 1 as group_count"
    )
    for column in ("member_count", "group_count"):  # as the contract of the model has it
        connection.execute(f"alter table marts.brg_school_group alter column {column} set not null")
    connection.register("given", SCHEMA.empty_table())
    connection.execute("create table run.correction as select * from given")
    connection.execute("create table run.night as select 1 as night, date '2026-03-01' as as_of")
    return connection


def written(folder: Path, *lines: str) -> Path:
    path = folder / "s.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def laid(connection: duckdb.DuckDBPyConnection, folder: Path, *lines: str) -> dict[tuple[str, str], Decimal | None]:
    lay_over(connection, read_scenario(written(folder, *lines)), "模拟")
    rows = connection.execute("select school_code, field, corrected_value from run.correction").fetchall()
    return {(school, field): value for school, field, value in rows}


OPENED = "开办,S9,新校,,九年一贯制学校,,,,东镇,800"


def test_a_school_is_opened_with_nothing_and_filled_by_the_rows_below(base: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    cells = laid(base, tmp_path, "调配,S1,,小学,在校生,91,S9,,,0", "开班,S9,,小学,教学班,2,,,,0", OPENED)
    row = base.execute(
        "select county_code, school_year, school_name, school_kind_code, township, counts_as_school, pupils_primary,"
        " teaching_area_m2, classes_over_primary, public_funds_budget_yuan, has_junior"
        " from intermediate.int_census__school where school_code = 'S9'"
    ).fetchall()
    assert row == [("990101", 2025, "新校", "312", "东镇", 1, 0, 0, None, None, True)]
    assert base.execute("select count(*) from intermediate.int_census__reported_school").fetchone() == (3,)
    assert (cells["S9", "pupils_primary"], cells["S1", "pupils_primary"]) == (91, 209)
    assert (cells["S9", "classes_primary"], cells["S9", "largest_class_primary"]) == (2, 46)


def test_classes_more_go_to_the_grade_with_the_largest(base: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    cells = laid(base, tmp_path, "开班,S1,,小学,教学班,1,,,,60")
    assert (cells["S1", "classes_primary"], cells["S1", "largest_class_primary"]) == (7, 45)
    assert (cells["S1", "classes_over_primary"], cells["S1", "classes_primary_46_50"]) == (None, None)


def test_without_a_list_pupils_are_spread_over_all_classes(base: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert laid(base, tmp_path, "开班,S2,,小学,教学班,1,,,,60")["S2", "largest_class_primary"] == 23


def test_the_largest_class_by_hand() -> None:
    grades = Grades([Decimal(120), Decimal(90)], [2, 2])
    assert [grades.largest(more) for more in range(4)] == [60, 45, 40, 30]


def test_a_group_is_formed_and_joined(base: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    laid(base, tmp_path, "加入集团,S2,,,一小集团,,,,,0", "牵头集团,S2,,,二小集团,,,,,0")
    columns = "group_name, school_code, role, lead_school_code, member_count, group_count"
    assert base.execute(f"select {columns} from marts.brg_school_group order by all").fetchall() == [
        ("一小集团", "S1", "lead", "S1", 2, 1),
        ("一小集团", "S2", "member", "S1", 2, 2),
        ("二小集团", "S2", "lead", "S2", 1, 2),
    ]


BAD = {
    "开办,S1,新校,,小学,,,,,1": ("B2", "标识码“S1”已经有学校了：一小"),
    "开办,S9,,,小学,,,,,1": ("C2", "要在“学校名称”里写明新学校的名称"),
    "开办,S9,新校,,大学,,,,,1": ("E2", "没有“大学”这类学校。可以开办：小学、九年一贯制学校"),
    "开办,S9,新校,,基础教育学校,,,,,1": ("E2", "没有“基础教育学校”这类学校"),
    "开办,S9,新校,,小学,3,,,,1": ("F2", "“开办”是整所学校的事：“数量”不填"),
    "开办,S9,新校,,小学,,,110101,,1": ("H2", "没有区划代码为“110101”的县"),
    "开办,S9,新校,,小学,,,,,": ("J2", "“金额（万元）”没有填"),
    "加入集团,S8,,,一小集团,,,,,0": ("B2", "没有标识码为“S8”的学校"),
    "加入集团,S1,,,一小集团,,,,,0": ("B2", "一小已经在“一小集团”里"),
    "牵头集团,S2,,,一小集团,,,,,0": ("B2", "“一小集团”已经有牵头学校：一小"),
    "加入集团,S2,,,,,,,,0": ("E2", "“项目”没有填"),
    "开班,S1,,小学,教学班,0.5,,,,0": ("F2", "不是整数"),
}


@pytest.mark.parametrize("line", BAD)
def test_what_is_wrong_is_told_and_leaves_nothing_behind(line: str, base: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    place, fault = BAD[line]
    lines = (line, "开办,S7,又一新校,,小学,,,,,1", "加入集团,S2,,,又一集团,,,,,0")
    with pytest.raises(ScenarioUnusable) as raised:
        laid(base, tmp_path, *lines)
    assert [sentence for sentence in raised.value.faults if f"第2行 {place}：" in sentence and fault in sentence]
    for table, count in (("run.correction", 0), ("marts.brg_school_group", 1), ("intermediate.int_census__school", 2)):
        assert base.execute(f"select count(*) from {table}").fetchone() == (count,)


def test_a_scenario_is_looked_at_without_being_laid(base: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    scenario = read_scenario(written(tmp_path, OPENED, "加入集团,S2,,,一小集团,,,,,0"))
    assert faults_of(base, scenario, "模拟") == []
    assert base.execute("select count(*) from intermediate.int_census__school").fetchone() == (2,)
    assert base.execute("select count(*) from marts.brg_school_group").fetchone() == (1,)


def test_of_several_counties_one_is_named(base: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    base.execute(
        "insert into intermediate.int_census__reported_school by name select '990102' as county_code, 2025 as school_year,"
        " 'T1' as school_code"
    )
    with pytest.raises(ScenarioUnusable, match=r"第2行 H2：已发布的数据里有几个县（990101、990102）"):
        laid(base, tmp_path, OPENED)
