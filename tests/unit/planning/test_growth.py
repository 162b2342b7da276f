"""Pupils of a county's own tests linked over years: who counts, what is withheld, what is said, and that no pupil gets out."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pytest
from openpyxl import load_workbook

from planning.growth.county_growth import ABOVE, BELOW, WITHIN, CountyGrowth, read_growth
from planning.growth.growth_book import groups_of, write_growth_book, write_growth_json

COUNTY = "990101"
GOOD, BAD = "S0", "S1"
Row = tuple[int, str, int, str, str, str, float | None, bool]


def scores(schools: int = 12, pupils: int = 30) -> list[Row]:
    """The same pupils in grade 4 and grade 6; at two schools they came two thirds of a deviation further, or less far."""
    random, rows = np.random.default_rng(1), list[Row]()
    for school in range(schools):
        for number in range(pupils):
            start = random.normal()
            for subject in ("chinese", "mathematics"):
                gain = {GOOD: 0.7, BAD: -0.7}.get(f"S{school}", 0.0)
                pupil, code = f"p{school}-{number}", f"S{school}"
                rows.append((2023, "适应性测试", 4, subject, code, pupil, 80 + 10 * (start + random.normal(0, 0.4)), False))
                rows.append((2025, "期末测试", 6, subject, code, pupil, 70 + 8 * (start + gain + random.normal(0, 0.4)), False))
    return rows


def read(rows: list[Row]) -> CountyGrowth:
    with duckdb.connect() as connection:
        connection.execute("create schema intermediate")
        connection.execute("create schema seeds")
        connection.execute("create table seeds.assessment_settings as select 'min_pupils' as setting, '10' as value")
        connection.execute(
            "create table intermediate.int_assessment__score (county_code text, school_year int, assessment text, grade int,"
            " subject text, school_code text, pupil text, score decimal(18, 4), is_absent boolean)"
        )
        if rows:
            marks = "('990101', ?, ?, ?, ?, ?, ?, ?, ?)"
            connection.executemany(f"insert into intermediate.int_assessment__score values {marks}", rows)
        return read_growth(connection, COUNTY)


@pytest.fixture(scope="module")
def grown() -> CountyGrowth:
    few = [row for row in scores() if row[4] != "S11" or int(row[5].split("-")[1]) < 6]
    absent: Row = (2025, "期末测试", 6, "chinese", "S2", "p2-999", None, True)
    newcomer: Row = (2025, "期末测试", 6, "chinese", "S2", "p2-998", 71.0, False)
    return read([*few, absent, newcomer])


def test_every_subject_of_the_later_test_is_set_beside_the_earlier_one(grown: CountyGrowth) -> None:
    assert [(each.subject, each.test, each.earlier) for each in grown.subjects] == [
        (subject, (2025, "期末测试", 6), (2023, "适应性测试", 4)) for subject in ("chinese", "mathematics")
    ]
    chinese = grown.subjects[0]
    assert (chinese.tested, chinese.linked) == (337, 336), "the absent one is not tested, the newcomer has no earlier score"


def test_only_schools_that_differ_clearly_are_told_from_the_others(grown: CountyGrowth) -> None:
    for subject in grown.subjects:
        groups = {school.school_code: subject.group(school) for school in subject.value_added.schools}
        assert (groups[GOOD], groups[BAD]) == (ABOVE, BELOW)
        others = [group for code, group in groups.items() if code not in (GOOD, BAD)]
        assert others.count(WITHIN) >= len(others) - 1


def test_small_schools_are_withheld(grown: CountyGrowth) -> None:
    for subject in grown.subjects:
        assert subject.withheld == (("S11", 6),)
        assert "S11" not in {school.school_code for school in subject.value_added.schools}


def test_the_workbook_names_schools_in_no_order_of_merit_and_no_pupil(grown: CountyGrowth, tmp_path: Path) -> None:
    names = {f"S{number}": f"第{number:02}小学" for number in range(12)}
    subjects = {"chinese": "语文", "mathematics": "数学"}
    write_growth_book(grown, "示范县", names, subjects, 10, "r1", "2026-03-01T00:00:00+08:00", tmp_path)
    write_growth_json(grown, COUNTY, "r1", tmp_path)
    book = load_workbook(tmp_path / "growth.xlsx")
    assert book.sheetnames == ["增值", "依据与方法"]
    cells = [[cell.value for cell in row] for row in book["增值"].iter_rows()]
    lines = [row for row in cells if row[1] == "语文"]
    assert [row[2] for row in lines] == sorted(names.values())
    (withheld,) = [row for row in lines if row[2] == "第11小学"]
    assert withheld[4:7] == [None, None, None]
    assert "不公布" in withheld[7]
    written = (tmp_path / "growth.json").read_text(encoding="utf-8") + repr(cells)
    assert "p2-" not in written
    assert {len(each["schools"]) for each in json.loads((tmp_path / "growth.json").read_text())["subjects"]} == {11}
    assert groups_of(grown)["withheld"] == 2


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "没有县级测试的成绩"),
        ([row for row in scores() if row[0] == 2025], "没有同一批学生前后两个学年的成绩"),
        ([row for row in scores() if row[0] == 2025 or int(row[5].split("-")[1]) < 9], "能连接到以往成绩的学生只有 30%"),
        (scores(schools=4), "人数够的学校只有 4 所"),
    ],
    ids=["no test", "one year", "few linked", "few schools"],
)
def test_what_cannot_be_said_is_said_why(rows: list[Row], reason: str) -> None:
    grown = read(rows)
    assert not grown.subjects
    assert all(reason in sentence for sentence in grown.reasons)
    assert grown.reasons
