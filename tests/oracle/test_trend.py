"""Shortfalls, contributions and trends against the oracle."""

from __future__ import annotations

from fractions import Fraction

from tests.oracle.compare import agree, differences, read
from tests.oracle.oracle import INDICATORS
from tests.oracle.test_oracle import COUNTY_KEY, SCHOOL_KEY
from tests.oracle.trend import contributions, county_trend, school_trend, shortfalls

SCALES = {code: scale for code, (_, scale, _, _) in INDICATORS.items()}
TWELVE_DIGITS = (Fraction(1, 10**12), Fraction(1, 10**11))


def test_school_shortfall(marts, figures):
    expected = shortfalls(figures)
    parts = ("", "floor_", "relaxed_", "relaxed_floor_")
    rounded = ("value", *(f"{whose}{part}shortfall" for part in parts for whose in ("", "school_")))
    assert any(row["school_shortfall"] > row["shortfall"] for row in expected.values())
    assert any(row["relaxed_shortfall"] < row["shortfall"] for row in expected.values())
    exact = ("pupils", "verdict", "verdict_strict")
    agree(differences(read(marts, "fct_school_shortfall", SCHOOL_KEY), expected, exact, rounded, *TWELVE_DIGITS))


def test_county_contribution(marts, figures):
    expected = contributions(figures, SCALES)
    found = read(marts, "fct_county_contribution", SCHOOL_KEY)
    rounded = ("pupil_share", "relative_value", "term", "variance_share", "cumulative_share")
    assert any(row["is_provisional"] for row in expected.values())
    agree(differences(found, expected, ("pupils", "contribution_rank", "is_provisional"), rounded, *TWELVE_DIGITS))
    agree(differences(found, expected, (), ("coefficient_without",), absolute=Fraction(6, 10**7)))


def test_indicator_trend(marts, figures):
    expected = county_trend(figures)
    assert any(row["difference_coefficient_change"] for row in expected.values())
    names = ("county_mean", "difference_coefficient")
    rounded = [f"{when}{name}" for name in names for when in ("", "previous_")] + [f"{name}_change" for name in names]
    found = read(marts, "fct_indicator_trend", COUNTY_KEY)
    agree(differences(found, expected, ("verdict", "previous_verdict"), rounded, *TWELVE_DIGITS))


def test_school_trend(marts, figures, world):
    expected = school_trend(figures, world.succession, SCALES)
    assert {1, 2} <= {row["previous_school_count"] for row in expected.values()}
    assert any(row["previous_school_codes"] != key[2] for key, row in expected.items())
    exact = ("previous_school_codes", "previous_school_count", "pupils", "verdict")
    rounded = ("value", "previous_value", "value_change")
    agree(differences(read(marts, "fct_school_trend", SCHOOL_KEY), expected, exact, rounded, *TWELVE_DIGITS))
