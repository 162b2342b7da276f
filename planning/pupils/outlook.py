"""Verdicts of years to come: premises, equipment and teachers stay, pupils move. Which indicator falls, and when."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from planning.problem import WHOLE, Problem, StageRule, Standing, broken

Grown = Callable[[str, str], float | None]
"""School and stage to the factor by which its pupils grow; None: not forecast, they stay."""


@dataclass(frozen=True)
class Fall:
    """An indicator of a school that meets its standard now and does not any more."""

    school_code: str
    stage: str
    indicator_code: str
    now: float
    year: int
    then: float
    standard: Decimal
    below_floor: bool


@dataclass(frozen=True)
class Outlook:
    """A year: coefficients by indicator and stage, and schools by stage that meet the rule set."""

    year: int
    coefficients: Mapping[tuple[str, str], float]
    schools_met: Mapping[str, int]
    schools: Mapping[str, int]


def with_pupils(problem: Problem, grown: Grown) -> Problem:
    """The same county with other pupils; a stage without any is no longer there."""
    before = {(standing.school_code, standing.stage): standing.pupils for standing in problem.standings}
    after = {place: round(pupils * (1.0 if (factor := grown(*place)) is None else factor)) for place, pupils in before.items()}
    more: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for standing in problem.standings:
        place = standing.school_code, standing.stage
        more[standing.school_code, standing.indicator_code] += standing.weight * (after[place] - before[place])
    standings = []
    for standing in problem.standings:
        pupils = after[standing.school_code, standing.stage]
        of_stage = standing.weight * (pupils - standing.pupils)
        change = more[standing.school_code, standing.indicator_code] if standing.amount[2] == WHOLE else of_stage
        if pupils > 0:
            standings.append(replace(standing, pupils=pupils, weighted_pupils=standing.weighted_pupils + change))
    return replace(problem, standings=tuple(standings))


def premises_merged(problem: Problem, merged: Mapping[str, str]) -> Problem:
    """The same county with what merged schools have at the schools that they went into (school to school)."""
    if not merged:
        return problem
    present = {amount.key: amount.present for amount in problem.amounts}
    for school, into in merged.items():
        for key in [key for key in present if key[0] == school]:
            target, brought = (into, *key[1:]), present[key]
            if target in present:
                there = present[target]
                present[target] = None if there is None or brought is None else there + brought
            present[key] = None if brought is None else Decimal(0)
    return replace(problem, amounts=tuple(replace(amount, present=present[amount.key]) for amount in problem.amounts))


def values(problem: Problem) -> dict[tuple[str, str, str], Fraction | None]:
    """By school, stage and indicator; None where an amount is not known."""
    present, rules = problem.present(), _rules(problem)
    by_place: dict[tuple[str, str, str], Fraction | None] = {}
    for standing in problem.standings:
        amount = present.get(standing.amount)
        scale = rules[standing.indicator_code, standing.stage].scale
        value = None if amount is None else Fraction(amount) * standing.per_unit * scale
        by_place[standing.school_code, standing.stage, standing.indicator_code] = value
    return by_place


def falls(problem: Problem, by_year: Mapping[int, Problem]) -> list[Fall]:
    """What falls below its standard, in the first year in which it does."""
    rules, now, seen = _rules(problem), values(problem), dict[tuple[str, str, str], Fall]()
    for year, later in sorted(by_year.items()):
        for place, value in values(later).items():
            rule, before = rules[place[2], place[1]], now.get(place)
            if place in seen or value is None or before is None or before < rule.standard or value >= rule.standard:
                continue
            seen[place] = Fall(*place, float(before), year, float(value), rule.standard, value < rule.floor)
    return sorted(seen.values(), key=lambda fall: (fall.year, fall.school_code, fall.stage, fall.indicator_code))


def outlook(problem: Problem, year: int) -> Outlook:
    """The county in a year; a stage or an indicator with unknown amounts is left out."""
    present = problem.present()
    of_rule: dict[tuple[str, str], list[Standing]] = defaultdict(list)
    for standing in problem.standings:
        of_rule[standing.indicator_code, standing.stage].append(standing)
    coefficients = {
        place: coefficient
        for place, standings in of_rule.items()
        if all(standing.amount in present for standing in standings)
        and (coefficient := _coefficient([(Fraction(present[s.amount]) * s.per_unit, s.pupils) for s in standings])) is not None
    }
    stages = sorted({stage for _, stage in of_rule})
    known = replace(problem, standings=tuple(s for s in problem.standings if s.amount in present))
    unmet = {(demand.school_code, demand.stage) for demand in broken(known, present) if demand.school_code}
    places = {(standing.school_code, standing.stage) for standing in problem.standings}
    schools = {stage: sum(of == stage for _, of in places) for stage in stages}
    return Outlook(
        year,
        coefficients,
        {stage: schools[stage] - sum(of == stage for _, of in unmet) for stage in stages},
        schools,
    )


def _coefficient(values_of: list[tuple[Fraction, int]]) -> float | None:
    """Pupil-weighted, population form; None without any amount."""
    pupils = sum(p for _, p in values_of)
    mean = sum((v * p for v, p in values_of), Fraction(0)) / pupils
    if not mean:
        return None
    variance = sum((v * v * p for v, p in values_of), Fraction(0)) / pupils - mean * mean
    return math.sqrt(variance) / float(mean)


def _rules(problem: Problem) -> dict[tuple[str, str], StageRule]:
    return {(rule.indicator_code, rule.stage): rule for rule in problem.rules}
