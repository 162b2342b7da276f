"""Posts of a county of a build: who teaches what, which lessons there are, and the county's own list."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest

from planning.posts.county_posts import CountyPosts, NoPosts, OwnList, read_own_list, read_posts
from planning.posts.posts_book import (
    EffectFigure,
    NamesOfPosts,
    RotationEffect,
    sentences,
    write_posts_book,
    write_rotation_scenario,
)
from planning.posts.rotation import propose
from planning.scenario import read_scenario

COUNTY = "990101"
Teacher = tuple[str, str, str, str | None, bool]


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    with duckdb.connect() as opened:
        for schema in ("marts", "intermediate"):
            opened.execute(f"create schema {schema}")
        schools = "('A','一小','东镇',null), ('B','二小','东镇',null), ('C','校区','东镇','B'), ('D','三小','西镇',null)"
        opened.execute(
            "create table marts.dim_school as select '990101' as county_code, 2025 as school_year, * from"
            f" (values {schools}) as t (school_code, school_name, township, folded_into_school_code)"
        )
        opened.execute(
            "create table intermediate.int_roster__teacher (county_code text, school_year int, census_school_code text,"
            " stage text, person text, places int, above_degree boolean, is_backbone boolean, teaches_pe_art boolean,"
            " exchange_eligible boolean, exchanged boolean, subject text)"
        )
        opened.execute(
            "create table intermediate.int_roster__person_subject (county_code text, school_year int, person text, subject text)"
        )
        opened.execute(
            "create table intermediate.int_classes__class (county_code text, school_year int, school_code text, stage text,"
            " grade text)"
        )
        opened.execute(
            "create table intermediate.int_census__school (county_code text, school_year int, school_code text,"
            " classes_primary int, classes_junior int, exchanged_primary int, exchanged_junior int,"
            " exchanged_backbone_primary int, exchanged_backbone_junior int)"
        )
        opened.execute(
            "create table intermediate.int_roster__subject_structure (county_code text, school_year int, school_code text,"
            " stage text, undecided_reason text)"
        )
        opened.execute(
            "create table marts.fct_teacher_structure as select '990101' as county_code, 2025 as school_year, 'B' as school_code,"
            " 'primary' as stage, 'pe' as subject, '体育 Ⅱ级' as weak_results_zh, true as is_weak_subject"
        )
        for number, (school, subjects) in enumerate([*[("A", ["pe"])] * 7, ("B", ["pe"]), ("C", ["pe", "music"]), ("D", [])]):
            opened.execute(
                "insert into intermediate.int_roster__teacher values ('990101', 2025, ?, 'primary', ?, 1, true, ?, true, true,"
                " false, null)",
                [school, f"t{number}", number == 0],
            )
            for subject in subjects:
                values = [f"t{number}", subject]
                opened.execute("insert into intermediate.int_roster__person_subject values ('990101', 2025, ?, ?)", values)
        for school, grade in [("A", "1"), ("A", "3"), ("B", "1"), ("C", "3"), ("C", "1；2")]:
            opened.execute(
                "insert into intermediate.int_classes__class values ('990101', 2025, ?, 'primary', ?)", [school, grade]
            )
        opened.execute("insert into intermediate.int_census__school values ('990101', 2025, 'D', 6, null, 10, 5, 1, 1)")
        yield opened


def read(connection: duckdb.DuckDBPyConnection, own_list: OwnList | None = None) -> CountyPosts:
    return read_posts(connection, COUNTY, own_list)


def test_a_subject_of_the_county_is_shared_out_by_lessons(connection: duckdb.DuckDBPyConnection) -> None:
    county = read(connection)
    posts = {post.cell: post for post in county.posts}
    lessons = {"A": Fraction(26 + 30), "B": 26 + 30 + Fraction(26 * 2 + 30 * 4, 6)}
    assert posts["A", "primary", "pe"].have == 7
    assert posts["B", "primary", "pe"].have == Fraction(3, 2), "a campus counts with its school, two subjects by half"
    assert posts["A", "primary", "pe"].need == Fraction(17, 2) * lessons["A"] / sum(lessons.values())
    assert sum((post.spare for post in county.posts), Fraction(0)) == 0, "what one has to spare another lacks"
    assert county.left_out == ("D",), "whose subjects nobody has reported"
    assert county.owed == 1, "a fifth of 15, less 2"
    assert county.weak == {("B", "primary", "pe"): "体育 Ⅱ级"}


def test_the_countys_own_list_counts_classes(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "课时.csv"
    path.write_text("学段,学科,每班周课时,教师周课时\n小学,体育,4,16\n", encoding="utf-8")
    posts = {post.cell: post.need for post in read(connection, read_own_list(path, {"体育": "pe"})).posts}
    assert posts == {("A", "primary", "pe"): Fraction(2 * 4, 16), ("B", "primary", "pe"): Fraction(3 * 4, 16)}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("学段,学科\n", "表头"),
        ("学段,学科,每班周课时,教师周课时\n小学,体育,4,0\n", "第2行：“小学，体育，4，0”看不懂"),
        ("学段,学科,每班周课时,教师周课时\n小学,武术,4,16\n", "第2行"),
        ("学段,学科,每班周课时,教师周课时\n小学,体育,4,16\n小学,体育,3,16\n", "第3行：小学体育前面已经有了"),
    ],
)
def test_a_list_of_no_use_is_refused_with_its_row(text: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "课时.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NoPosts, match=fault):
        read_own_list(path, {"体育": "pe"})


def test_a_county_without_a_roster_has_no_posts(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("delete from intermediate.int_roster__teacher")
    with pytest.raises(NoPosts, match="没有可用的教师名册"):
        read(connection)
    with pytest.raises(NoPosts, match="没有区划代码"):
        read_posts(connection, "990199", None)


def test_a_proposal_is_a_scenario_and_a_workbook_without_persons(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    county = read(connection)
    rotation = propose(county, {})
    assert [(move.from_cell[0], move.to_school, move.teachers) for move in rotation.moves if move.facts[1]] == [("A", "B", 1)]
    measures = read_scenario(write_rotation_scenario(county, rotation, tmp_path)).measures
    amounts = {(m.measure, m.school_code, m.field, m.to_school_code): int(m.amount) for m in measures}
    assert amounts["move", "A", "teachers_primary", "B"] == rotation.teachers == 3
    assert amounts["move", "A", "backbone_primary", "B"] == 1
    assert amounts["count_exchange", "B", "exchanged_primary", ""] == 3
    assert amounts["count_exchange", "B", "exchanged_backbone_primary", ""] == 1
    names = NamesOfPosts("示范县", {"primary": "小学"}, {"pe": "体育", "music": "音乐"}, {"L2": "骨干"})
    figure = EffectFigure("primary", "L2", None, None, 1)
    lead = sentences(county, rotation, None)
    assert "建议轮岗 3 人" in lead[1]
    path = write_posts_book(
        county, rotation, RotationEffect([figure], [figure]), names, lead, "r1", "2026-03-01T00:00:00+08:00", tmp_path
    )
    assert path.stat().st_size > 5000
    with open(tmp_path / "scenario.csv", encoding="utf-8-sig", newline="") as handle:
        assert not any(f"t{number}" in cell for row in csv.reader(handle) for cell in row for number in range(10))
