"""Shortfalls, contributions and trends against the oracle."""

from __future__ import annotations

from fractions import Fraction

from tests.oracle.compare import TWELVE_DIGITS, Comparison
from tests.oracle.conftest import form_of
from tests.oracle.oracle import INDICATORS, SHORTFALLS
from tests.oracle.test_oracle import COUNTY_KEY, SCHOOL_KEY
from tests.oracle.trend import contributions, county_trend, school_trend, shortfalls

SCALES = {code: scale for code, (_, scale, _, _) in INDICATORS.items()}
SHORTFALL = Comparison(
    "fct_school_shortfall",
    SCHOOL_KEY,
    ("pupils", "standard", "floor", "verdict", "verdict_strict", "carries_school_shortfall"),
    ("value", *SHORTFALLS),
    *TWELVE_DIGITS,
)
CONTRIBUTION = Comparison(
    "fct_county_contribution",
    SCHOOL_KEY,
    ("pupils", "contribution_rank", "is_provisional"),
    ("pupil_share", "relative_value", "term", "variance_share", "cumulative_share"),
    *TWELVE_DIGITS,
)
WITHOUT = Comparison("fct_county_contribution", SCHOOL_KEY, (), ("coefficient_without",), absolute=Fraction(6, 10**7))
COUNTY_TREND = Comparison(
    "fct_indicator_trend",
    COUNTY_KEY,
    ("school_count", "previous_school_count", "verdict", "previous_verdict", "form_series_changed"),
    (
        *("county_mean", "previous_county_mean", "county_mean_change"),
        *("difference_coefficient", "previous_difference_coefficient", "difference_coefficient_change"),
    ),
    *TWELVE_DIGITS,
)
SCHOOL_TREND = Comparison(
    "fct_school_trend",
    SCHOOL_KEY,
    (
        *("previous_school_codes", "previous_school_count", "change", "pupils", "previous_pupils", "verdict"),
        "form_series_changed",
    ),
    ("value", "previous_value", "value_change"),
    *TWELVE_DIGITS,
)


def test_school_shortfall(marts, figures):
    expected = shortfalls(figures)
    assert any(row["school_shortfall"] > row["shortfall"] for row in expected.values())
    assert any(row["relaxed_shortfall"] < row["shortfall"] for row in expected.values())
    assert {row["carries_school_shortfall"] for row in expected.values()} == {True, False}
    SHORTFALL.agrees(marts, expected)


def test_county_contribution(marts, figures):
    expected = contributions(figures, SCALES)
    assert any(row["is_provisional"] for row in expected.values())
    CONTRIBUTION.agrees(marts, expected)
    WITHOUT.agrees(marts, expected)


def test_indicator_trend(marts, figures):
    expected = county_trend(figures, form_of)
    assert any(row["difference_coefficient_change"] for row in expected.values())
    assert {row["form_series_changed"] for row in expected.values()} == {True, False, None}
    COUNTY_TREND.agrees(marts, expected)


def test_school_trend(marts, figures, world):
    expected = school_trend(figures, world.succession, SCALES, form_of)
    assert {1, 2} <= {row["previous_school_count"] for row in expected.values()}
    assert any(row["previous_school_codes"] != key[2] for key, row in expected.items())
    assert {row["change"] for row in expected.values()} >= {"same_code", "rename", "merge", "split", "kind_change"}
    assert {row["form_series_changed"] for row in expected.values()} == {True, False}
    SCHOOL_TREND.agrees(marts, expected)
