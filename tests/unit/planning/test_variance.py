"""Shares of a coefficient's variance by hand: all between classes, none, half; what nobody reports stays open."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from planning.county import CountyToPlan, IndicatorName, SchoolLabel
from planning.problem import Amount, Problem, StageRule, Standing
from planning.variance import variance_splits

PUPILS = {"A": 100, "B": 100, "C": 100, "D": 100}


def county(amounts: Mapping[str, str | None], labels: Mapping[str, SchoolLabel]) -> CountyToPlan:
    rule = StageRule("L2", "primary", 100, Decimal(1), Decimal("0.85"), Decimal("0.5"))
    present = tuple(
        Amount((school, "L2", "primary"), None if amount is None else Decimal(amount), Decimal(1), True, ())
        for school, amount in amounts.items()
    )
    standings = tuple(
        Standing(school, "primary", "L2", (school, "L2", "primary"), pupils, Decimal(1), Decimal(pupils))
        for school, pupils in PUPILS.items()
    )
    problem = Problem((rule,), present, standings, 1)
    return CountyToPlan("990101", "示范县", 2025, "r", "规则", problem, labels, {"L2": IndicatorName("骨干", "人")}, {}, {})


LABELS = {
    "A": SchoolLabel("A", "东镇", "urban", "甲集团"),
    "B": SchoolLabel("B", "西镇", "urban"),
    "C": SchoolLabel("C", "东镇", "rural", "甲集团"),
    "D": SchoolLabel("D", "西镇", "rural"),
}


def test_what_lies_between_town_and_countryside_does_not_lie_between_townships() -> None:
    (split,) = variance_splits(county({"A": "3", "B": "3", "C": "1", "D": "1"}, LABELS))
    assert split.between == pytest.approx({"area": 1, "township": 0, "group": 0})
    assert split.means == pytest.approx({"urban": 3, "rural": 1})
    assert split.coefficient == pytest.approx(1 / 2)


def test_a_half_of_it() -> None:
    (split,) = variance_splits(county({"A": "4", "B": "2", "C": "2", "D": "0"}, LABELS))
    assert split.between == pytest.approx({"area": 0.5, "township": 0.5, "group": 0.5})


def test_pupils_weigh() -> None:
    given = county({"A": "6", "B": "2", "C": "1", "D": "1"}, LABELS)
    (split,) = variance_splits(given)
    mean, urban, rural = 10 / 4, 8 / 2, 2 / 2
    whole = sum((value - mean) ** 2 for value in (6, 2, 1, 1)) / 4
    assert split.between["area"] == pytest.approx(((urban - mean) ** 2 + (rural - mean) ** 2) / 2 / whole)


@pytest.mark.parametrize(
    "amounts", [{"A": "3", "B": None, "C": "1", "D": "1"}, dict.fromkeys(PUPILS, "2")], ids=["unknown", "equal"]
)
def test_what_is_unknown_or_equal_is_not_split(amounts: dict[str, str | None]) -> None:
    assert variance_splits(county(amounts, LABELS)) == []


def test_a_township_that_nobody_reports_leaves_its_share_open() -> None:
    labels = (
        LABELS
        | {"D": SchoolLabel("D", "", "rural")}
        | {"A": SchoolLabel("A", "东镇", "urban")}
        | {"C": SchoolLabel("C", "东镇", "rural")}
    )
    (split,) = variance_splits(county({"A": "3", "B": "3", "C": "1", "D": "1"}, labels))
    assert split.between == {"area": pytest.approx(1), "township": None, "group": None}
