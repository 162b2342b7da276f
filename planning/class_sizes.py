"""Classes above the limit of their size: how many more classes a school opens so that none is, and how large classes are then.

Pupils of a grade are spread evenly over its classes, and a class more goes to the grade whose classes are largest. Where nobody
lists the classes, the pupils of the stage are spread over all its classes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

import duckdb

from junheng.core.sql import records

_MOST = 200
"""Classes that one stage of a school may open."""
_LISTED = """
    select grade, sum(pupils) as pupils, count(*) as classes
    from intermediate.int_classes__class
    where county_code = ? and school_year = ? and census_school_code = ? and stage = ?
    group by grade
    having count(pupils) = count(*)
    order by grade
"""
_CROWDED = """
    select sizes.school_code, sizes.part as stage, limits.class_limit, schools.pupils_{stage} as pupils,
        schools.classes_{stage} as classes
    from intermediate.int_requirement__class_size as sizes
    inner join intermediate.int_census__school as schools using (county_code, school_year, school_code)
    inner join seeds.rule_class_limits as limits on sizes.part = limits.stage
    where sizes.county_code = ? and sizes.school_year = ? and sizes.ruleset_id = ? and sizes.part = '{stage}'
        and sizes.verdict_strict = 'unmet' and limits.class_limit is not null
    qualify limits.class_limit = min(limits.class_limit) over (partition by sizes.school_code)
    order by all
"""
_ROOMS = """
    select rooms.school_code, count(distinct rooms.room_no) as rooms
    from staging.stg_room_list__room as rooms
    inner join (
        select distinct submission_id, county_code, school_year from intermediate.int_ledger__coverage_in_force
        where source = 'room_list'
    ) using (submission_id, county_code, school_year)
    where county_code = ? and school_year = ? {kinds}
    group by rooms.school_code
"""
_OF_KINDS = "and list_contains(?, room_kind)"


@dataclass(frozen=True)
class Grades:
    """Pupils and classes of the grades of a stage; of one grade alone where nobody lists them."""

    pupils: Sequence[Decimal]
    classes: Sequence[int]

    def largest(self, more: int) -> int:
        """The largest class after so many classes more."""
        classes = list(self.classes)
        for _ in range(more):
            fullest = max(range(len(classes)), key=lambda grade: self.pupils[grade] / max(classes[grade], 1))
            classes[fullest] += 1
        return max(ceil(pupils / max(of_grade, 1)) for pupils, of_grade in zip(self.pupils, classes, strict=True))


@dataclass(frozen=True)
class CrowdedStage:
    """A stage of a school with classes above the limit."""

    school_code: str
    stage: str
    limit: int
    more: int | None
    """Classes to open; 0: sharing pupils out anew is enough; None: it is not known how many there are."""
    rooms_lacking: int | None
    """Ordinary rooms that the list does not have; None: no list."""


def grades_of(
    connection: duckdb.DuckDBPyConnection,
    place: tuple[str, int, str, str],
    pupils: Decimal,
    classes: Decimal,
) -> Grades:
    """``place``: county, year, school, stage. The list says the shares of the grades, ``pupils`` and ``classes`` how many."""
    listed = records(connection, _LISTED, *place)
    total = sum((Decimal(row["pupils"]) for row in listed), Decimal(0))
    if not total or sum(row["classes"] for row in listed) != classes:
        return Grades([pupils], [int(classes)])
    return Grades([Decimal(row["pupils"]) * pupils / total for row in listed], [int(row["classes"]) for row in listed])


def classrooms(connection: duckdb.DuckDBPyConnection, county: str, year: int, kinds: Sequence[str]) -> dict[str, int]:
    """How many rooms for a class the list in force has, by school; schools that it does not speak of are not there."""
    return {
        row["school_code"]: int(row["rooms"])
        for row in records(connection, _ROOMS.format(kinds=_OF_KINDS), county, year, list(kinds))
    }


def listed_rooms(connection: duckdb.DuckDBPyConnection, county: str, year: int, kinds: Sequence[str]) -> dict[str, int]:
    """All rooms of schools whose list names rooms for a class: what can be equipped."""
    every = records(connection, _ROOMS.format(kinds=""), county, year)
    known = classrooms(connection, county, year, kinds)
    return {row["school_code"]: int(row["rooms"]) for row in every if row["school_code"] in known}


def crowded(
    connection: duckdb.DuckDBPyConnection, place: tuple[str, int, str], stages: Sequence[str], kinds: Sequence[str]
) -> list[CrowdedStage]:
    """Stages of schools with classes above the limit. ``place``: county, year, rule set; ``kinds``: of rooms for a class."""
    county, year, _ = place
    rooms = classrooms(connection, county, year, kinds)
    needed = defaultdict[str, int](int)
    found_stages = list[CrowdedStage]()
    for stage in stages:
        for row in records(connection, _CROWDED.format(stage=stage), *place):
            more = _more(connection, (county, year, row["school_code"], stage), row)
            school, lacking = row["school_code"], None
            if more is not None and school in rooms:
                needed[school] += int(row["classes"]) + more
                lacking = max(needed[school] - rooms[school], 0)
            found_stages.append(CrowdedStage(school, stage, row["class_limit"], more, lacking))
    return found_stages


def _more(connection: duckdb.DuckDBPyConnection, place: tuple[str, int, str, str], row: Mapping[str, int]) -> int | None:
    if not row["pupils"] or not row["classes"]:
        return None
    grades = grades_of(connection, place, Decimal(row["pupils"]), Decimal(row["classes"]))
    return next((more for more in range(_MOST) if grades.largest(more) <= row["class_limit"]), None)
