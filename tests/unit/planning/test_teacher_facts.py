"""A proposal may not push a coefficient beyond its limit, nor a school below a standard that it meets."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from planning.posts.county_posts import CountyPosts, Post, RosterTeacher, SchoolPlace
from planning.posts.rotation import propose
from planning.posts.teacher_facts import amounts_after, kept_within, of_teachers, slack_of
from planning.problem import Amount, Problem, StageRule, Standing, within

PUPILS = {"A": 100, "B": 100, "C": 100}
BACKBONE = {"A": 4, "B": 1, "C": 1}


def problem(limit: str, standard: str = "0") -> Problem:
    """Teachers of the backbone at three schools of 100 pupils; an amount that nobody knows stands beside them."""
    rule = StageRule("L2", "primary", 100, Decimal(standard), Decimal(0), Decimal(limit))
    keys = {school: (school, "L2", "primary") for school in PUPILS}
    amounts = tuple(Amount(key, Decimal(BACKBONE[school]), Decimal(1), True, ()) for school, key in keys.items())
    unknown = Amount(("A", "L7", "primary"), None, Decimal(1), True, ())
    standings = tuple(
        Standing(school, "primary", "L2", keys[school], pupils, Decimal(1), Decimal(pupils)) for school, pupils in PUPILS.items()
    )
    other = Standing("A", "primary", "L7", unknown.key, 100, Decimal(1), Decimal(100))
    rules = (rule, StageRule("L7", "primary", 100, Decimal(1), Decimal(1), Decimal("0.5")))
    return Problem(rules, (*amounts, unknown), (*standings, other), 1)


@pytest.fixture
def county() -> CountyPosts:
    """School A has four posts to spare, all its teachers are of the backbone; school B lacks four posts."""
    places = {school: SchoolPlace(school, "东镇") for school in PUPILS}
    posts = (
        Post(("A", "primary", "pe"), Fraction(4), Fraction(0)),
        Post(("B", "primary", "pe"), Fraction(0), Fraction(4)),
    )
    facts = {"above_degree": False, "is_backbone": True, "teaches_pe_art": False}
    teachers = tuple(RosterTeacher(f"t{number}", "A", "primary", ("pe",), facts, True) for number in range(4))
    return CountyPosts("990101", 2025, places, teachers, posts, (), {}, {})


def coefficient_is_within(moved: int, limit: str) -> bool:
    amounts = [BACKBONE["A"] - moved, BACKBONE["B"] + moved, BACKBONE["C"]]
    return within([(Fraction(amount), 100) for amount in amounts], Decimal(limit))


def test_as_many_move_as_the_coefficient_allows(county: CountyPosts) -> None:
    limit = "0.75"
    allowed = [moved for moved in range(5) if coefficient_is_within(moved, limit)]
    assert allowed == [0, 1, 2, 3]
    assert propose(county, {}).teachers == 4
    assert kept_within(county, problem(limit), None).teachers == 3


def test_a_coefficient_that_is_beyond_already_stops_nobody(county: CountyPosts) -> None:
    assert kept_within(county, problem("0.1"), None).teachers == 4


def test_a_standard_that_is_met_stays_met(county: CountyPosts) -> None:
    given = problem("5", standard="2")
    assert slack_of(of_teachers(given)) == {("A", "primary", "is_backbone"): 2}
    rotation = kept_within(county, given, None)
    assert rotation.teachers == 2
    assert amounts_after(of_teachers(given), rotation)["A", "L2", "primary"] == 2


def test_those_of_the_backbone_go_where_there_are_fewest() -> None:
    places = {school: SchoolPlace(school, "东镇") for school in PUPILS}
    posts = (
        Post(("A", "primary", "pe"), Fraction(2), Fraction(0)),
        Post(("B", "primary", "pe"), Fraction(0), Fraction(1)),
        Post(("C", "primary", "pe"), Fraction(0), Fraction(1)),
    )
    facts = [{"above_degree": False, "is_backbone": is_backbone, "teaches_pe_art": False} for is_backbone in (True, False)]
    teachers = tuple(RosterTeacher(f"t{n}", "A", "primary", ("pe",), each, True) for n, each in enumerate(facts))
    given = CountyPosts("990101", 2025, places, teachers, posts, (), {}, {})
    rotation = propose(given, {}, levels={("B", "primary"): Fraction(3, 100), ("C", "primary"): Fraction(1, 100)})
    assert {move.to_school: move.facts[1] for move in rotation.moves} == {"B": False, "C": True}
