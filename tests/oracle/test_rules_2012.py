"""Basic balance of 2012: eight indicators without standards, judged by the mean of their unrounded coefficients."""

from __future__ import annotations

from tests.oracle.county_verdict import judge_2012
from tests.oracle.rules_2012 import INDICATORS
from tests.oracle.test_oracle import COUNTY_INDICATOR, SCHOOL_INDICATOR, SCHOOL_VERDICT, county_rows
from tests.oracle.test_requirements import COUNTY_VERDICT

OF_2012 = "ruleset_id = 'national-2012'"


def test_school_indicator(marts, figures_2012):
    assert {key[-1] for key in figures_2012.school_indicator} == set(INDICATORS)
    SCHOOL_INDICATOR.agrees(marts, figures_2012.school_indicator, OF_2012)


def test_school_verdict(marts, figures_2012):
    SCHOOL_VERDICT.agrees(marts, figures_2012.school_verdict, OF_2012)


def test_county_indicator(marts, figures_2012, world):
    """Single coefficients have no limit; the composite decides."""
    COUNTY_INDICATOR.agrees(marts, county_rows(figures_2012, world), OF_2012)


def test_county_verdict(marts, figures_2012):
    expected = judge_2012(figures_2012)
    assert {row["verdict"] for row in expected.values()} == {"met", "unmet", "undecided"}
    COUNTY_VERDICT.agrees(marts, expected, OF_2012)


def test_every_case_occurs(figures_2012, world):
    assert {row["verdict"] for row in figures_2012.composite.values()} == {"met", "unmet", "undecided"}
    assert any(row["verdict_changes_when_rounded"] is False for row in figures_2012.composite.values())
    waiting = {code for row in figures_2012.county_indicator.values() for code in row["waiting"]}
    assert {row["school_code"] for row in world.census if row.get("sponsor_code") is None} & waiting
