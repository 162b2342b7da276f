"""A county of a build to forecast: which lists count, what folds, what is spread, which classes are needed and warned of."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from planning.pupils.forecast import GREEN, RED, forecast
from planning.pupils.forecast_county import CountyToForecast, NotForecast, forecast_settings, read_county_to_forecast

COUNTY = "990101"
SCHOOLS = [
    # year, code, name, unit it counts with, primary, junior, classes, classes
    (2024, "A", "一小", None, 300, None, 6, None),
    (2024, "B", "二校", None, 120, 150, 6, 3),
    (2024, "G", "已停办", None, 60, None, 6, None),
    (2025, "A", "一小", None, 330, None, 10, None),
    (2025, "C", "一小校区", "A", 30, None, 2, None),
    (2025, "B", "二校", None, 120, 150, 6, 4),
]


def build(path: Path, classes: list[tuple[int, str, str | None, int]]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(path))
    for schema in ("marts", "intermediate", "staging", "seeds", "bronze"):
        connection.execute(f"create schema {schema}")
    connection.execute(
        "create table marts.dim_county as select '990101' as county_code, '示范县' as county_name, 2025 as school_year"
    )
    connection.execute(
        "create table marts.dim_school (county_code text, school_year int, school_code text, school_name text, township text,"
        " folded_into_school_code text)"
    )
    connection.execute(
        "create table intermediate.int_census__school (county_code text, school_year int, school_code text, pupils_primary int,"
        " pupils_junior int, classes_primary int, classes_junior int, teachers_primary int, teachers_junior int,"
        " migrant_pupils int)"
    )
    for year, code, name, unit, primary, junior, *counts in SCHOOLS:
        connection.execute("insert into marts.dim_school values ('990101', ?, ?, ?, '东镇', ?)", [year, code, name, unit])
        values = [year, code, primary, junior, *counts]
        connection.execute("insert into intermediate.int_census__school values ('990101', ?, ?, ?, ?, ?, ?, 10, null, 6)", values)
    connection.execute(
        "create table intermediate.int_pupils__school_grade (county_code text, school_year int, school_code text, grade int,"
        " pupils int, undecided_reason text, migrants int)"
    )
    connection.execute(
        "create table intermediate.int_classes__class (county_code text, school_year int, school_code text, grade text,"
        " pupils int)"
    )
    for row in classes:
        connection.execute("insert into intermediate.int_classes__class values ('990101', ?, ?, ?, ?)", list(row))
    connection.execute(
        "create table intermediate.int_census__row_in_force (county_code text, school_year int, school_code text,"
        " submission_id text, sheet text, row_number int)"
    )
    grades = ", ".join(f"pupils_grade_{grade} int" for grade in range(1, 10))
    connection.execute(f"create table bronze.school_census (_submission_id text, _sheet text, _row int, {grades})")
    connection.execute(
        "create table marts.rpt_place_forecast (county_code text, school_year int, entry_year int, school_code text,"
        " children int, migrant_children int)"
    )
    for row in [(2025, 2025, "A", 50), (2025, 2026, "A", 60), (2025, 2026, None, 6), (2025, 2024, "A", 999)]:
        connection.execute("insert into marts.rpt_place_forecast values ('990101', ?, ?, ?, ?, 10)", list(row))
    connection.execute(
        "create table staging.stg_room_list__room as select '990101' as county_code, 2025 as school_year, 'A' as school_code,"
        " 'ordinary' as room_kind, number as room_no, list as submission_id"
        " from range(7) as r (number), (values ('new'), ('older')) as l (list)"
    )
    connection.execute(
        "create table intermediate.int_ledger__coverage_in_force as select 'new' as submission_id, 'room_list' as source,"
        " '990101' as county_code, 2025 as school_year"
    )
    connection.execute(
        "create table marts.fct_project (county_code text, school_year int, project_name text, new_places int,"
        " completed_on date, due_on date)"
    )
    for name, due in (("新校", date(2028, 10, 1)), ("已建成", date(2024, 1, 1)), ("待定", None)):
        connection.execute("insert into marts.fct_project values ('990101', 2025, ?, 400, null, ?)", [name, due])
    limits = "values ('primary', 45), ('junior', 50)"
    connection.execute(f"create table seeds.rule_class_limits as select * from ({limits}) as t (stage, class_limit)")
    return connection


def read(path: Path, classes: list[tuple[int, str, str | None, int]], horizon: int = 3) -> CountyToForecast:
    with build(path / "b.duckdb", classes) as connection:
        return read_county_to_forecast(connection, COUNTY, horizon, "没有{county}")


def by_grade(year: int, school: str, pupils: list[int], first: int = 1) -> list[tuple[int, str, str | None, int]]:
    return [(year, school, str(first + number), count) for number, count in enumerate(pupils)]


WHOLE = [
    *by_grade(2025, "A", [50, 50, 60, 60, 50, 60]),
    *by_grade(2025, "C", [5, 5, 5, 5, 5, 5]),
    *by_grade(2025, "B", [20, 20, 20, 20, 20, 20, 50, 50, 50]),
]


def test_campuses_fold_and_grades_add_up_to_the_census(tmp_path: Path) -> None:
    county = read(tmp_path, WHOLE)
    assert county.cohorts.units == ("A", "B")
    assert county.years_by_grade == (2025,)
    assert county.cohorts.pupils[0, 0].tolist() == [55, 55, 65, 65, 55, 65, 0, 0, 0]
    assert county.cohorts.pupils[1, 0].tolist() == [20] * 6 + [50] * 3
    assert (county.schools["A"].classes, county.schools["A"].rooms, county.schools["B"].rooms) == (12, 7, None)
    assert county.limits == {"primary": 45, "junior": 50}


def test_a_census_by_grade_tells_of_progression_where_no_list_does(tmp_path: Path) -> None:
    with build(tmp_path / "b.duckdb", by_grade(2025, "B", [30, 10, 20, 20, 20, 20, 50, 50, 50])) as connection:
        for number, (year, code, _, _, primary, junior, *_) in enumerate(SCHOOLS):
            connection.execute(
                "insert into intermediate.int_census__row_in_force values ('990101', ?, ?, 's', null, ?)", [year, code, number]
            )
            pupils = [primary // 6] * 6 + [(junior or 0) // 3] * 3
            connection.execute(f"insert into bronze.school_census values ('s', null, ?, {', '.join(map(str, pupils))})", [number])
        connection.execute("insert into bronze.school_census select 'older', null, 3, 999, 0, 0, 0, 0, 0, 0, 0, 0")
        county = read_county_to_forecast(connection, COUNTY, 3, "没有{county}")
    assert county.years_by_grade == (2024, 2025)
    assert county.cohorts.pupils[0, 1].tolist() == [60] * 6 + [0] * 3
    assert county.cohorts.pupils[1, 1].tolist() == [30, 10, 20, 20, 20, 20, 50, 50, 50], "the list of classes knows better"


def test_children_are_those_of_the_newest_list_and_catchments_without_a_school_are_shared_out(tmp_path: Path) -> None:
    county = read(tmp_path, WHOLE)
    assert county.cohorts.children[0, :2].tolist() == [50, 66]
    assert np.isnan(county.cohorts.children[1]).all()
    assert county.has_children


def test_a_list_that_is_not_whole_tells_nothing_of_progression(tmp_path: Path) -> None:
    county = read(tmp_path, [*by_grade(2025, "A", [50] * 6), (2025, "B", "1；2", 20)])
    assert county.years_by_grade == ()
    assert county.evenly == 1
    assert county.cohorts.pupils[1, 0].tolist() == [20] * 6 + [50] * 3
    assert county.cohorts.momentum, "the year before is known by stage"


def test_pupils_of_schools_that_are_no_more_are_shared_out_by_those_of_now(tmp_path: Path) -> None:
    before = [*by_grade(2024, "A", [50] * 6), *by_grade(2024, "B", [20] * 6 + [50] * 3), *by_grade(2024, "G", [10] * 6)]
    county = read(tmp_path, [*WHOLE, *before])
    assert county.cohorts.years == (2024, 2025)
    assert county.cohorts.pupils[:, 0].sum() == 300 + 270 + 60
    assert county.cohorts.pupils[0, 0].sum() == pytest.approx(300 + 60 * 360 / 480)


def test_places_of_projects_count_from_the_year_after(tmp_path: Path) -> None:
    found = {each.project: each.from_year for each in read(tmp_path, WHOLE).new_places}
    assert found == {"新校": 2029, "待定": None}


def test_a_school_is_warned_of_where_its_grades_need_more_classes_than_there_are_rooms(tmp_path: Path) -> None:
    made = forecast(read(tmp_path, WHOLE), None, 3, forecast_settings())
    of_year = {(each.school_code, each.year): each for each in made.schools}
    school = of_year["A", 2026]
    assert (school.rooms, school.classes, school.warning) == (7, 12, RED)
    assert of_year["B", 2026].warning == GREEN
    assert made.outlooks == []
    assert made.projection.draws is None
    assert {line.stage for line in made.years} == {"primary", "junior"}
    assert [line.teachers for line in made.years if line.stage == "junior"] == [None] * 3, "nobody has reported them"


def test_grades_taught_together_need_classes_together(tmp_path: Path) -> None:
    few = [*by_grade(2025, "A", [55, 55, 65, 65, 55, 65]), *by_grade(2025, "B", [20] * 6 + [50] * 3)]
    with build(tmp_path / "b.duckdb", few) as connection:
        connection.execute("update intermediate.int_census__school set classes_primary = 3 where school_code = 'B'")
        county = read_county_to_forecast(connection, COUNTY, 1, "没有{county}")
    (school,) = [each for each in forecast(county, None, 1, forecast_settings()).schools if each.school_code == "B"]
    assert school.classes == 3 + 4, "122 and, with all leavers of the county, 185 pupils"


def test_a_county_that_is_not_there(tmp_path: Path) -> None:
    with build(tmp_path / "b.duckdb", WHOLE) as connection, pytest.raises(NotForecast, match="没有990199"):
        read_county_to_forecast(connection, "990199", 3, "没有{county}")
