"""The verdict on a county's monitoring results (Q9), derived a second time from the results in force.

The models judge in SQL; here the same rule is followed once more, subject by subject, over the results as they were delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import duckdb

from junheng.core.sql import identifier, records
from publish.trust.question import Row

_ORDER = ("unmet", "undecided", "met")
Holds = Callable[[Fraction, Fraction], bool]


@dataclass(frozen=True)
class Result:
    """One published result of monitoring."""

    scope: str
    monitoring_year: int
    grade: int
    subject_code: str | None
    measure: str
    precedence: int
    is_evidence: bool
    value: Fraction | None
    level: Fraction | None
    star: Fraction | None


def result_of(judged: Row, delivered: Row) -> Result:
    """A result as it is known to the models, with the figures of the delivered row."""
    value, level, star = (None if delivered[name] is None else Fraction(delivered[name]) for name in ("value", "level", "star"))
    return Result(
        scope=judged["scope"],
        monitoring_year=judged["monitoring_year"],
        grade=judged["grade"],
        subject_code=judged["subject_code"],
        measure=judged["measure"],
        precedence=judged["precedence"],
        is_evidence=judged["is_evidence"],
        value=value,
        level=level,
        star=star,
    )


@dataclass(frozen=True)
class Criterion:
    """What a measure has to reach: of its ``value``, ``level`` or ``star``."""

    figure: str
    holds: Holds
    threshold: Fraction

    def verdict(self, result: Result) -> str:
        """What a result makes of it."""
        figure = getattr(result, self.figure)
        return "undecided" if figure is None else "met" if self.holds(figure, self.threshold) else "unmet"


@dataclass(frozen=True)
class MonitoringRules:
    """How one rule set judges monitoring."""

    criteria: dict[str, Criterion]
    subjects: frozenset[tuple[str, int]]
    """Subject and grade."""
    years: int
    when_missing: str
    overall: dict[tuple[str, str], Criterion]
    """By measure and scope: results that settle the whole."""
    least_stars: dict[str, Fraction]
    """By subject: stars that stand for a level."""


def rules_of(models: duckdb.DuckDBPyConnection, ruleset: str, requirement: str, operators: dict[str, Holds]) -> MonitoringRules:
    """The rules as the release has them."""
    settings = {
        row["setting"]: row["value"]
        for row in records(models, "select * from intermediate.int_rules__setting where ruleset_id = ?", ruleset)
    }
    given = records(
        models,
        "select * from intermediate.int_rules__monitoring where ruleset_id = ? and requirement_code = ? and is_criterion",
        *(ruleset, requirement),
    )
    listed = records(models, "select * from intermediate.int_rules__monitoring_subject where ruleset_id = ?", ruleset)
    overall = [
        row
        for row in _with_base(models, "rule_monitoring_overall", ruleset, ("requirement_code", "measure", "scope"))
        if row["requirement_code"] == requirement and settings.get(row["setting"]) == row["setting_value"]
    ]
    stars = {
        row["subject_code"]: settings[row["setting"]]
        for row in _with_base(models, "rule_monitoring_stars", ruleset, ("subject_code",))
    }
    return MonitoringRules(
        {
            row["measure"]: Criterion(row["judged_figure"], operators[row["operator"]], Fraction(row["threshold"]))
            for row in given
        },
        frozenset((row["subject_code"], row["grade"]) for row in listed),
        int(settings["monitoring_years"]),
        settings["monitoring_missing"],
        {
            (row["measure"], row["scope"]): Criterion("value", operators[row["operator"]], Fraction(row["threshold"]))
            for row in overall
        },
        {subject: Fraction(star) for subject, star in stars.items() if star != "none"},
    )


def _with_base(models: duckdb.DuckDBPyConnection, seed: str, ruleset: str, keys: tuple[str, ...]) -> list[Row]:
    """Rows of a rule set; those it does not replace are its base's.

    A second resolution on purpose: what settles the whole, and what stars stand for, is part of the verdict that is judged again.
    """
    base = records(models, "select base_ruleset_id from seeds.rule_sets where ruleset_id = ?", ruleset)[0]["base_ruleset_id"]
    by_key: dict[tuple[Any, ...], Row] = {}
    for ruleset_id in (base, ruleset):
        rows = records(models, f"select * from seeds.{identifier(seed)} where ruleset_id = ?", ruleset_id)
        by_key |= {tuple(row[key] for key in keys): row for row in rows}
    return list(by_key.values())


def counts(rules: MonitoringRules, result: Result) -> bool:
    """Whether a result can bear on the verdict."""
    is_star = result.star is not None and result.subject_code in rules.least_stars
    return result.measure in rules.criteria or (result.measure, result.scope) in rules.overall or is_star


def judge(rules: MonitoringRules, school_year: int, results: Iterable[Result]) -> str:
    """The verdict of the requirement in a school year."""
    every = [*results]
    evidence = [
        one
        for one in every
        if one.is_evidence and one.measure in rules.criteria and (one.subject_code, one.grade) in rules.subjects
    ]
    wholes = [one for one in every if (one.measure, one.scope) in rules.overall]
    # results of the spring in which the school year ends count as soon as there are any
    last = school_year + any(one.monitoring_year == school_year + 1 for one in (*evidence, *wholes))
    years = range(last - rules.years + 1, last + 1)
    wholes = [one for one in wholes if one.monitoring_year in years]
    latest = max((one.monitoring_year for one in wholes), default=None)
    settled = _fold(rules.overall[one.measure, one.scope].verdict(one) for one in wholes if one.monitoring_year == latest)
    if settled in ("met", "unmet"):
        return settled
    verdicts = []
    is_reported = False
    for subject, grade in rules.subjects:
        of_subject = [one for one in every if (one.subject_code, one.grade) == (subject, grade) and one.monitoring_year in years]
        judged = [one for one in evidence if one in of_subject]
        reported = judged or [one for one in of_subject if one.is_evidence]
        is_reported = is_reported or bool(reported)
        report = min(((one.precedence, -one.monitoring_year) for one in reported), default=None)
        read = [one for one in of_subject if (one.precedence, -one.monitoring_year) == report]
        verdicts.append(_fold(_measure(rules, measure, read) for measure in rules.criteria))
    return (_fold(verdicts) if is_reported else None) or rules.when_missing


def _measure(rules: MonitoringRules, measure: str, report: list[Result]) -> str:
    """One measure of a subject and grade; where no level is published, stars may stand for it."""
    criterion = rules.criteria[measure]
    verdict = _fold(criterion.verdict(one) for one in report if one.measure == measure)
    if verdict in ("met", "unmet"):
        return str(verdict)
    stars = [one.star for one in report if one.star is not None]
    least = rules.least_stars.get(report[0].subject_code or "") if report else None
    if criterion.figure == "level" and least is not None and stars:
        return "met" if min(stars) >= least else "unmet"
    return "undecided"


def _fold(verdicts: Iterable[str | None]) -> str | None:
    known = set(verdicts)
    return next((verdict for verdict in _ORDER if verdict in known), None)
