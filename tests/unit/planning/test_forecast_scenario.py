"""A forecast with a scenario: who sits where from a year on, how many classes there may be, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planning.pupils.cohort import Cohorts
from planning.pupils.forecast import Forecast, forecast
from planning.pupils.forecast_county import CountyToForecast, SchoolNow, forecast_settings
from planning.scenario import ScenarioUnusable, read_scenario

HEADER = "措施,学校标识码,学校名称,学段,项目,数量,调入学校标识码,年度,金额（万元）"


def county(migrants: Cohorts | None = None) -> CountyToForecast:
    """A and B in one township, C in another; 40, 20 and 10 pupils in each grade of primary school, 10 in each of junior at B."""
    pupils = np.zeros((3, 1, 9))
    pupils[:, 0, :6] = np.array([[40.0], [20.0], [10.0]])
    pupils[1, 0, 6:] = 70.0
    cohorts = Cohorts(("A", "B", "C"), (2025,), pupils, np.full((3, 1), np.nan))
    schools = {
        "A": SchoolNow("一小", "东镇", 6, None),
        "B": SchoolNow("二校", "东镇", 12, 14),
        "C": SchoolNow("三小", "西镇", 6, None),
    }
    limits = {"primary": 45, "junior": 50}
    teachers = {"primary": 30.0, "junior": 10.0}
    return CountyToForecast(
        "990101", "示范县", cohorts, schools, limits, teachers, (), (2025,), 0, False, migrants, None if migrants else 42.0
    )


def made(folder: Path, *lines: str) -> Forecast:
    path = folder / "s.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return forecast(county(), None, 3, forecast_settings(), read_scenario(path))


def primary(of: Forecast) -> dict[tuple[str, int], int]:
    return {(each.school_code, each.year): round(each.pupils["primary"].value) for each in of.schools if "primary" in each.pupils}


def test_a_merged_school_goes_on_in_the_other_one(tmp_path: Path) -> None:
    after = made(tmp_path, "合并,A,,,,,B,2027,0")
    assert [primary(after)["A", year] for year in (2026, 2027, 2028)] == [240, 0, 0]
    assert [primary(after)["B", year] for year in (2026, 2027, 2028)] == [120, 360, 360]
    rooms = {(each.school_code, each.year): each.rooms for each in after.schools}
    assert (rooms["B", 2026], rooms["B", 2027], rooms["A", 2027]) == (14, 20, 0)


def test_pupils_of_a_closed_school_go_to_the_township_first(tmp_path: Path) -> None:
    near, far = made(tmp_path, "停办,A,,,,,,2026,0"), made(tmp_path, "停办,C,,,,,,2026,0")
    assert (primary(near)["B", 2026], primary(near)["C", 2026]) == (360, 60)
    assert (primary(far)["A", 2026], primary(far)["B", 2026]) == (280, 140)


def test_a_school_is_opened_with_a_share_of_another_one(tmp_path: Path) -> None:
    lines = ("开办,N,新小,,小学,,,2027,900", "调配,A,,小学,在校生,120,N,2027,0", "开班,N,,小学,教学班,2,,2027,0")
    after = made(tmp_path, *lines, "新建,A,,,运动场地,100,,2027,3")
    assert [primary(after)[school, 2028] for school in ("A", "N")] == [120, 120]
    assert ("N", 2026) not in primary(after) or primary(after)["N", 2026] == 0
    new = next(each for each in after.schools if (each.school_code, each.year) == ("N", 2028))
    assert (new.rooms, new.classes, new.warning) == (2, 6, "red")
    assert after.unused == 1
    assert sum(each.pupils.value for each in after.years if each.year == 2028) == pytest.approx(
        sum(each.pupils.value for each in forecast(county(), None, 3, forecast_settings()).years if each.year == 2028)
    )


def test_a_capped_intake_is_pupils_who_do_not_sit_there(tmp_path: Path) -> None:
    assert primary(made(tmp_path, "控制招生,A,,小学,在校生,60,,2026,0"))["A", 2028] == 180


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("合并,A,,,,,B,,0", "第2行 H2：预测里的措施要写明从哪一学年起（2026—2028），不能是“”"),
        ("合并,A,,,,,B,2040,0", "第2行 H2：预测里的措施要写明从哪一学年起（2026—2028），不能是“2040”"),
        ("合并,A,,,,,X,2026,0", "第2行 G2：没有标识码为“X”的学校"),
        ("开办,A,一小,,小学,,,2026,0", "第2行 B2：标识码“A”已经有学校了：一小"),
        ("调配,C,,小学,在校生,61,A,2026,0", "第2行 F2：三小在 2026 学年预计只有 60 人"),
    ],
)
def test_what_is_wrong_is_told_with_its_cell(line: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioUnusable, match=fault.replace("（", "[（]").replace("）", "[）]")):
        made(tmp_path, line)


def test_migrants_are_a_share_of_now_where_nobody_tells_them_apart() -> None:
    of_county = forecast(county(), None, 2, forecast_settings())
    whole = [sum(each.pupils.value for each in of_county.years if each.year == year) for year in (2026, 2027)]
    assert [each.value for each in of_county.migrants] == pytest.approx([42 * pupils / 630 for pupils in whole])


def test_migrants_told_apart_by_grade_move_up_by_themselves() -> None:
    """All migrants sit in the last grade of primary school of A: a year later they are in junior school, then as many are."""
    base = county()
    pupils = np.zeros_like(base.cohorts.pupils)
    pupils[0, 0, 5] = 12.0
    after = forecast(county(replace(base.cohorts, pupils=pupils)), None, 4, forecast_settings())
    assert [round(each.value, 6) for each in after.migrants] == [0.0, 0.0, 0.0, 0.0]
    shares = pupils.copy()
    shares[1, 0, 6:] = 3.0
    after = forecast(county(replace(base.cohorts, pupils=shares)), None, 4, forecast_settings())
    assert [round(each.value, 6) for each in after.migrants] == [18.0, 15.0, 12.0, 0.0]
