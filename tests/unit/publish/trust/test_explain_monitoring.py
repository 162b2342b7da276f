"""The rule on monitoring results followed a second time, case by case."""

from __future__ import annotations

import operator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from publish.trust.explain_monitoring import Criterion, MonitoringRules, Result, judge

LEVEL = Criterion("level", operator.ge, Fraction(3))
RATE = Criterion("value", operator.lt, Fraction(15, 100))
RULES = MonitoringRules(
    criteria={"achievement_level": LEVEL, "between_school_rate": RATE},
    subjects=frozenset({("chinese", 4), ("pe", 4)}),
    years=3,
    when_missing="undecided",
    overall={},
    least_stars={},
)
WHOLE = replace(RULES, overall={("overall", "applicant"): Criterion("value", operator.ge, Fraction(1))})


def result(subject: str, measure: str, figure: Any, year: int = 2024, precedence: int = 1, **given: Any) -> Result:
    name = {"achievement_level": "level", "stars": "star"}.get(measure, "value")
    figures = dict.fromkeys(("value", "level", "star")) | {name: None if figure is None else Fraction(str(figure))}
    fields = {"scope": "national", "grade": 4, "is_evidence": True} | given
    return Result(monitoring_year=year, subject_code=subject, measure=measure, precedence=precedence, **fields, **figures)


def subject(name: str, level: Any = 3, rate: Any = "0.1", **given: Any) -> list[Result]:
    return [result(name, "achievement_level", level, **given), result(name, "between_school_rate", rate, **given)]


OVERALL = {"grade": 0, "scope": "applicant", "is_evidence": False}


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ([*subject("chinese"), *subject("pe")], "met"),
        ([*subject("chinese")], "undecided"),  # a subject that was not delivered
        ([], "undecided"),
        ([*subject("chinese"), *subject("pe", rate="0.15")], "unmet"),
        ([*subject("chinese", level=2)], "unmet"),
        ([*subject("chinese"), *subject("pe", level=None)], "undecided"),
        # the latest year of the weightiest report counts, and none that is too old
        ([*subject("chinese"), *subject("pe"), *subject("pe", level=1, year=2023)], "met"),
        ([*subject("chinese"), *subject("pe", year=2023), *subject("pe", level=1, precedence=2)], "met"),
        ([*subject("chinese"), *subject("pe", year=2021)], "undecided"),
        # the spring in which the school year ends moves the window
        ([*subject("chinese", year=2025), *subject("pe", year=2022)], "undecided"),
        ([*subject("chinese", year=2024), *subject("pe", year=2022)], "met"),
        # what is no evidence settles nothing
        ([*subject("chinese"), *subject("pe", is_evidence=False)], "undecided"),
    ],
)
def test_subject_by_subject(results: list[Result], verdict: str) -> None:
    assert judge(RULES, 2024, results) == verdict


@pytest.mark.parametrize(("figure", "verdict"), [(1, "met"), (0, "unmet"), (None, "undecided")])
def test_a_result_on_the_whole_settles_it_where_the_setting_says_so(figure: int | None, verdict: str) -> None:
    results = [*subject("chinese"), result("all", "overall", figure, **OVERALL)]
    assert judge(WHOLE, 2024, results) == verdict
    assert judge(RULES, 2024, results) == "undecided"


def test_stars_stand_for_a_level_where_the_setting_says_so() -> None:
    results = [*subject("chinese"), result("pe", "stars", 3), result("pe", "between_school_rate", "0.1")]
    assert judge(RULES, 2024, results) == "undecided"
    assert judge(replace(RULES, least_stars={"pe": Fraction(3)}), 2024, results) == "met"
    assert judge(replace(RULES, least_stars={"pe": Fraction(4)}), 2024, results) == "unmet"
