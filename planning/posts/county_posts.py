"""Posts of a county: teachers and the lessons they are needed for, by school, stage and subject."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from pydantic import Field

from junheng.core.sql import records, scalar
from junheng.core.typed import StrictModel, load
from planning.scenario import scenario_form
from publish.papers.sheets import PaperColumn

Cell = tuple[str, str, str]
"""School, stage, subject."""
_YEAR = "select max(school_year) from marts.dim_school where county_code = ?"
_SCHOOLS = """
    select school_code, school_name, township, coalesce(folded_into_school_code, school_code) as unit from marts.dim_school
    where county_code = ? and school_year = ? order by school_code
"""
_TEACHERS = """
    select teachers.census_school_code, teachers.stage, teachers.person, teachers.places, teachers.above_degree,
        teachers.is_backbone, teachers.teaches_pe_art, teachers.exchange_eligible, teachers.exchanged,
        coalesce(taught.subject, teachers.subject) as subject
    from intermediate.int_roster__teacher as teachers
    left join intermediate.int_roster__person_subject as taught using (county_code, school_year, person)
    where county_code = ? and school_year = ? and teachers.census_school_code is not null
    order by all
"""
_CLASSES = """
    select school_code, stage, try_cast(grade as integer) as grade, count(*) as classes from intermediate.int_classes__class
    where county_code = ? and school_year = ? group by all order by all
"""
_COUNTED = """
    select school_code, classes_primary as primary, classes_junior as junior from intermediate.int_census__school
    where county_code = ? and school_year = ? order by all
"""
_UNDECIDED = """
    select distinct school_code, stage from intermediate.int_roster__subject_structure
    where county_code = ? and school_year = ? and undecided_reason is not null
"""
_EXCHANGED = """
    select sum(exchanged_primary) + sum(exchanged_junior) as exchanged,
        sum(exchanged_backbone_primary) + sum(exchanged_backbone_junior) as backbone
    from intermediate.int_census__school where county_code = ? and school_year = ?
"""
_WEAK = """
    select school_code, stage, subject, weak_results_zh from marts.fct_teacher_structure
    where county_code = ? and school_year = ? and is_weak_subject
"""


class PostsPage(StrictModel):
    """A sheet: its name, its title, its columns."""

    name: str
    title: str
    columns: list[PaperColumn]


class PostsForm(StrictModel):
    """``curriculum.yml``."""

    lessons: dict[str, list[int]]
    source: str
    tolerance: float = Field(ge=0)
    backbone_share: float = Field(ge=0, le=1)
    visiting_least: float = Field(gt=0, le=1)
    most_ways: int = Field(ge=0)
    own_list: list[str]
    items: dict[str, str]
    indicators: dict[str, str]
    scenario: list[str]
    move: str
    counted: str
    whole: str
    shares: dict[str, str]
    state: str
    lines: dict[str, str]
    facts: dict[str, str]
    near: str
    far: str
    pages: dict[str, PostsPage]
    ways: dict[str, str]
    texts: dict[str, str]

    def say(self, key: str, /, **values: object) -> str:
        """A sentence with its places filled."""
        return self.texts[key].format(**values)


@cache
def posts_form() -> PostsForm:
    """``curriculum.yml``."""
    return load(Path(__file__).with_name("curriculum.yml"), PostsForm)


class NoPosts(ValueError):
    """Posts cannot be counted; the message is a Chinese sentence."""


@dataclass(frozen=True)
class RosterTeacher:
    """A full-time teacher of one school, pseudonymous: subjects, facts (None: not known) and whether she may move."""

    person: str
    school_code: str
    stage: str
    subjects: tuple[str, ...]
    facts: Mapping[str, bool | None]
    may_move: bool


@dataclass(frozen=True)
class Post:
    """A subject of a stage of a school: posts there are and posts there should be."""

    cell: Cell
    have: Fraction
    need: Fraction

    @property
    def spare(self) -> Fraction:
        """More than needed; below 0 they lack."""
        return self.have - self.need


@dataclass(frozen=True)
class SchoolPlace:
    """What people call a school, and its township."""

    name: str
    township: str


@dataclass(frozen=True)
class CountyPosts:
    """A county in its newest year."""

    code: str
    year: int
    schools: Mapping[str, SchoolPlace]
    teachers: tuple[RosterTeacher, ...]
    posts: tuple[Post, ...]
    left_out: tuple[str, ...]
    """Schools whose roster does not tell."""
    lessons: Mapping[str, Fraction]
    """Of a class in a week by the curriculum, by stage, in the mean of the county's classes."""
    weak: Mapping[Cell, str]
    owed: Fraction = Fraction(0)
    """Teachers of the backbone that this year's exchanges lack to their share; 0: none, or nobody has reported them."""


OwnList = Mapping[tuple[str, str], tuple[Fraction, Fraction]]
"""By stage and subject: lessons of a class, and of a teacher, in a week."""


def read_own_list(path: Path, subjects: Mapping[str, str]) -> OwnList:
    """The county's own list. ``subjects``: codes by name. Raises NoPosts with file and row."""
    form = posts_form()
    columns = "、".join(form.own_list)
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            rows = [[(row.get(name) or "").strip() for name in form.own_list] for row in reader]
            if set(form.own_list) - set(reader.fieldnames or ()):
                raise NoPosts(form.say("list_unreadable", file=path.name, columns=columns))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NoPosts(form.say("list_unreadable", file=path.name, columns=columns)) from error
    stages = {name: stage for stage, names in scenario_form().stages.items() for name in names}
    listed: dict[tuple[str, str], tuple[Fraction, Fraction]] = {}
    for number, (stage, subject, *amounts) in enumerate(rows, 2):
        place = {"file": path.name, "row": number}
        try:
            lessons, load_ = (Fraction(amount) for amount in amounts)
        except (ValueError, ZeroDivisionError):
            lessons = load_ = Fraction(0)
        if stage not in stages or subject not in subjects or lessons <= 0 or load_ <= 0:
            raise NoPosts(form.say("list_row", **place, value="，".join((stage, subject, *amounts)), columns=columns))
        key = stages[stage], subjects[subject]
        if key in listed:
            raise NoPosts(form.say("list_twice", **place, stage=stage, subject=subject))
        listed[key] = lessons, load_
    return listed


def read_posts(connection: duckdb.DuckDBPyConnection, code: str, own_list: OwnList | None) -> CountyPosts:
    """Posts of a county of a build. Raises NoPosts."""
    form = posts_form()
    year = scalar(connection, _YEAR, code)
    if year is None:
        raise NoPosts(form.say("no_county", county=code))
    listed = records(connection, _SCHOOLS, code, year)
    units = {row["school_code"]: row["unit"] for row in listed}
    undecided = {
        (units.get(row["school_code"], row["school_code"]), row["stage"]) for row in records(connection, _UNDECIDED, code, year)
    }
    teachers = _teachers(records(connection, _TEACHERS, code, year), units)
    silent = {(t.school_code, t.stage) for t in teachers if not t.subjects} | undecided
    teachers = tuple(teacher for teacher in teachers if (teacher.school_code, teacher.stage) not in silent)
    if not teachers:
        raise NoPosts(form.say("no_teachers", county=code, year=year))
    classes = _classes(connection, code, year, units)
    if not classes:
        raise NoPosts(form.say("no_classes", county=code, year=year))
    known = {place: lessons for place, lessons in classes.items() if place not in silent}
    staffed = {(teacher.school_code, teacher.stage) for teacher in teachers}
    left_out = sorted({school for school, stage in classes if (school, stage) in silent or (school, stage) not in staffed})
    known = {place: lessons for place, lessons in known.items() if place in staffed}
    stages = {stage for _, stage in known}
    return CountyPosts(
        code,
        year,
        {row["school_code"]: SchoolPlace(row["school_name"] or row["school_code"], row["township"] or "") for row in listed},
        teachers,
        _posts(teachers, known, own_list),
        tuple(left_out),
        {
            stage: sum((each.lessons for (_, of), each in known.items() if of == stage), Fraction(0))
            / sum(each.classes for (_, of), each in known.items() if of == stage)
            for stage in stages
        },
        {
            (units.get(row["school_code"], row["school_code"]), row["stage"], row["subject"]): row["weak_results_zh"] or ""
            for row in records(connection, _WEAK, code, year)
        },
        _owed(records(connection, _EXCHANGED, code, year)[0]),
    )


def _owed(exchanged: dict[str, Any]) -> Fraction:
    if exchanged["exchanged"] is None or exchanged["backbone"] is None:
        return Fraction(0)
    share = Fraction(str(posts_form().backbone_share))
    return max(share * int(exchanged["exchanged"]) - int(exchanged["backbone"]), Fraction(0))


def _teachers(rows: Sequence[dict[str, Any]], units: Mapping[str, str]) -> tuple[RosterTeacher, ...]:
    """One entry for a person at one school; who is at several schools or stages stays where she is."""
    form = posts_form()
    grouped: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["stage"] in form.lessons:
            grouped[row["person"], units.get(row["census_school_code"], row["census_school_code"]), row["stage"]].append(row)
    return tuple(
        RosterTeacher(
            person,
            school,
            stage,
            tuple(sorted({row["subject"] for row in entries if row["subject"]})),
            {fact: entries[0][fact] for fact in form.facts},
            entries[0]["places"] == 1 and entries[0]["exchange_eligible"] is True and entries[0]["exchanged"] is not True,
        )
        for (person, school, stage), entries in sorted(grouped.items())
    )


@dataclass(frozen=True)
class StageClasses:
    """Classes of a stage of a school, and the lessons that they have in a week."""

    classes: int
    lessons: Fraction


def _classes(
    connection: duckdb.DuckDBPyConnection, code: str, year: int, units: Mapping[str, str]
) -> dict[tuple[str, str], StageClasses]:
    """Of the list of classes grade by grade; where it does not tell, of the census in the mean of the stage."""
    lessons = posts_form().lessons
    first = dict(zip(lessons, (sum(map(len, list(lessons.values())[:number])) for number in range(len(lessons))), strict=True))
    listed: dict[tuple[str, str], list[tuple[int, Fraction]]] = defaultdict(list)
    for row in records(connection, _CLASSES, code, year):
        stage = row["stage"]
        if stage in lessons:
            place = None if row["grade"] is None else row["grade"] - 1 - first[stage]
            is_known = place is not None and 0 <= place < len(lessons[stage])
            of_class = Fraction(lessons[stage][place or 0]) if is_known else Fraction(sum(lessons[stage]), len(lessons[stage]))
            school = units.get(row["school_code"], row["school_code"])
            listed[school, stage].append((row["classes"], of_class * row["classes"]))
    counted: Counter[tuple[str, str]] = Counter()
    for row in records(connection, _COUNTED, code, year):
        for stage in lessons:
            counted[units.get(row["school_code"], row["school_code"]), stage] += int(row[stage] or 0)
    for (school, stage), classes in counted.items():
        if classes and (school, stage) not in listed:
            listed[school, stage].append((classes, Fraction(sum(lessons[stage]), len(lessons[stage])) * classes))
    return {
        place: StageClasses(sum(n for n, _ in rows), sum((of for _, of in rows), Fraction(0))) for place, rows in listed.items()
    }


def _posts(
    teachers: Sequence[RosterTeacher], classes: Mapping[tuple[str, str], StageClasses], own_list: OwnList | None
) -> tuple[Post, ...]:
    """By the county's own list, else a fair share of the teachers there are."""
    have: dict[Cell, Fraction] = defaultdict(Fraction)
    for teacher in teachers:
        for subject in teacher.subjects:
            have[teacher.school_code, teacher.stage, subject] += Fraction(1, len(teacher.subjects))
    of_county: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for (school, stage, subject), posts in have.items():
        if (school, stage) in classes:
            of_county[stage, subject] += posts
    taught = {stage: sum((c.lessons for (_, of), c in classes.items() if of == stage), Fraction(0)) for _, stage in classes}
    counted = []
    for (school, stage), of_school in sorted(classes.items()):
        for of_stage, subject in sorted(of_county if own_list is None else own_list):
            if of_stage != stage:
                continue
            if own_list is None:
                need = of_county[stage, subject] * of_school.lessons / taught[stage]
            else:
                lessons, load_ = own_list[stage, subject]
                need = of_school.classes * lessons / load_
            counted.append(Post((school, stage, subject), have[school, stage, subject], need))
    return tuple(counted)
