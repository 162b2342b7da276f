"""Basic balance of 2012: eight indicators without standards, judged by the mean of their unrounded coefficients."""

from __future__ import annotations

from fractions import Fraction

from tests.oracle.compare import agree, differences, read
from tests.oracle.rules_2012 import INDICATORS
from tests.oracle.test_oracle import COUNTY_KEY, SCHOOL_KEY, county_differences

OF_2012 = "ruleset_id = 'national-2012'"
COMPOSITE = ("difference_coefficient_rounded", "difference_limit", "verdict", "verdict_changes_when_rounded")


def test_school_indicator(marts, figures_2012):
    found = read(marts, "fct_school_indicator", SCHOOL_KEY, OF_2012)
    assert {key[-1] for key in found} == set(INDICATORS)
    exact = ("pupils", "value_rounded", "verdict", "verdict_strict", "relaxation_code", "verdict_changes_when_rounded")
    agree(differences(found, figures_2012.school_indicator, exact, ("numerator", "value")))


def test_school_verdict(marts, figures_2012):
    found = read(marts, "fct_school_verdict", ("county_code", "school_year", "school_code", "stage"), OF_2012)
    exact = ("n_met", "n_floor_met", "n_unmet", "n_undecided", "verdict", "verdict_strict")
    agree(differences(found, figures_2012.school_verdict, exact))


def test_county_indicator(marts, figures_2012, world):
    found = read(marts, "fct_county_indicator", COUNTY_KEY, OF_2012)
    found = {key: row for key, row in found.items() if key[-1] != "composite"}
    agree(county_differences(found, figures_2012.county_indicator, world))


def test_composite(marts, figures, figures_2012):
    """The mean of eight decides in 2012; the mean of seven is information in 2017."""
    for ruleset, expected in (("national-2012", figures_2012.composite), ("national-2017", figures.composite)):
        where = f"ruleset_id = '{ruleset}' and indicator_code = 'composite'"
        found = read(marts, "fct_county_indicator", COUNTY_KEY[:-1], where)
        rounded = ("difference_coefficient",)
        agree(differences(found, expected, COMPOSITE, rounded, Fraction(1, 10**12), Fraction(1, 10**11)))


def test_every_case_occurs(figures_2012, world):
    assert {row["verdict"] for row in figures_2012.composite.values()} == {"met", "unmet", "undecided"}
    assert any(row["verdict_changes_when_rounded"] is False for row in figures_2012.composite.values())
    waiting = {code for row in figures_2012.county_indicator.values() for code in row["waiting"]}
    assert {row["school_code"] for row in world.census if row.get("sponsor_code") is None} & waiting
