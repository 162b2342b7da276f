"""Verdicts of years to come by hand: pupils move, everything else stays."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from planning.problem import WHOLE, Amount, Problem, StageRule, Standing
from planning.pupils.outlook import falls, outlook, values, with_pupils


def amount(school: str, indicator: str, stage: str, present: str | None) -> Amount:
    return Amount((school, indicator, stage), None if present is None else Decimal(present), Decimal(1), True, ())


def standing(school: str, stage: str, indicator: str, of: str, pupils: int, weight: str, weighted: str) -> Standing:
    return Standing(school, stage, indicator, (school, indicator, of), pupils, Decimal(weight), Decimal(weighted))


@pytest.fixture
def county() -> Problem:
    """A: both stages, 100 and 50 pupils, 900 m² split with weights 1 and 1.1; B: 200, 1000 m², teachers unknown."""
    rules = (
        StageRule("L4", "primary", 1, Decimal("4.5"), Decimal("3.825"), Decimal("0.5")),
        StageRule("L4", "junior", 1, Decimal("5.8"), Decimal("4.93"), Decimal("0.45")),
        StageRule("L2", "primary", 100, Decimal(1), Decimal("0.85"), Decimal("0.5")),
    )
    amounts = (amount("A", "L4", WHOLE, "900"), amount("B", "L4", WHOLE, "1000"), amount("A", "L2", "primary", "1"))
    amounts += (amount("B", "L2", "primary", None),)
    standings = (
        standing("A", "primary", "L4", WHOLE, 100, "1", "155"),
        standing("A", "junior", "L4", WHOLE, 50, "1.1", "155"),
        standing("B", "primary", "L4", WHOLE, 200, "1", "200"),
        standing("A", "primary", "L2", "primary", 100, "1", "100"),
        standing("B", "primary", "L2", "primary", 200, "1", "200"),
    )
    return Problem(rules, amounts, standings, 1)


def test_a_split_amount_is_shared_by_the_pupils_of_both_stages(county: Problem) -> None:
    later = with_pupils(county, lambda school, stage: 1.2 if (school, stage) == ("A", "primary") else None)
    assert values(later)["A", "primary", "L4"] == Fraction(900, 175)
    assert values(later)["A", "junior", "L4"] == Fraction(900, 175) * Fraction(11, 10)
    assert values(later)["A", "primary", "L2"] == Fraction(100, 120)
    assert values(later)["B", "primary", "L4"] == 5
    assert values(later)["B", "primary", "L2"] is None


def test_a_fall_is_told_once_in_its_first_year(county: Problem) -> None:
    ahead = {year: with_pupils(county, lambda *_, f=factor: f) for year, factor in ((2027, 1.3), (2026, 1.1))}
    found = [(fall.year, fall.school_code, fall.stage, fall.indicator_code, fall.below_floor) for fall in falls(county, ahead)]
    assert found == [
        (2026, "A", "primary", "L2", False),
        (2027, "A", "junior", "L4", True),
        (2027, "A", "primary", "L4", False),
        (2027, "B", "primary", "L4", False),
    ]


def test_a_stage_without_pupils_is_gone_and_what_is_unknown_stays_undecided(county: Problem) -> None:
    later = outlook(with_pupils(county, lambda *place: 0.0 if place[1] == "junior" else None), 2030)
    assert later.schools == {"primary": 2}
    assert later.coefficients.keys() == {("L4", "primary")}
    mean = (9 * 100 + 5 * 200) / 300
    deviation = (((9 - mean) ** 2 * 100 + (5 - mean) ** 2 * 200) / 300) ** 0.5
    assert later.coefficients["L4", "primary"] == pytest.approx(deviation / mean)
