"""What moves of teachers do to the indicators that count them, exactly, before the real models are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import floor

from planning.posts.county_posts import CountyPosts, posts_form
from planning.posts.rotation import Rotation, Slack, propose
from planning.problem import CellKey, Demand, Problem, broken


def of_teachers(problem: Problem) -> Problem:
    """The part of a county that counts teachers, as far as it is known."""
    chosen, present = set(posts_form().indicators.values()), problem.present()
    standings = tuple(s for s in problem.standings if s.indicator_code in chosen and s.amount in present)
    rules = {(standing.indicator_code, standing.stage) for standing in standings}
    return replace(
        problem,
        rules=tuple(rule for rule in problem.rules if (rule.indicator_code, rule.stage) in rules),
        amounts=tuple(amount for amount in problem.amounts if amount.key[1] in chosen and amount.present is not None),
        standings=standings,
    )


def slack_of(problem: Problem) -> Slack:
    """Teachers with a fact who may leave a school before an indicator that it meets falls below the standard."""
    facts = {indicator: fact for fact, indicator in posts_form().indicators.items()}
    rules, present = {(rule.indicator_code, rule.stage): rule for rule in problem.rules}, problem.present()
    slack = {}
    for standing in problem.standings:
        rule = rules[standing.indicator_code, standing.stage]
        spare = present[standing.amount] - rule.standard * standing.pupils / rule.scale
        if spare >= 0:
            slack[standing.school_code, standing.stage, facts[standing.indicator_code]] = floor(spare)
    return slack


def levels_of(problem: Problem) -> Mapping[tuple[str, str], Fraction]:
    """Teachers of the backbone for a pupil, by school and stage."""
    present, indicator = problem.present(), posts_form().indicators["is_backbone"]
    return {
        (s.school_code, s.stage): Fraction(present[s.amount]) / s.pupils
        for s in problem.standings
        if s.indicator_code == indicator and s.pupils
    }


def amounts_after(problem: Problem, rotation: Rotation) -> dict[CellKey, Decimal]:
    """What each school would have."""
    amounts, indicators = problem.present(), list(posts_form().indicators.values())
    for move in rotation.moves:
        for indicator, has_it in zip(indicators, move.facts, strict=True):
            for school, change in ((move.from_cell[0], -move.teachers), (move.to_school, move.teachers)):
                key = school, indicator, move.from_cell[1]
                if has_it and key in amounts:
                    amounts[key] += change
    return amounts


def kept_within(county: CountyPosts, problem: Problem, most: int | None) -> Rotation:
    """The largest proposal, halved until no coefficient that is within its limit now would leave it."""
    known = of_teachers(problem)
    before, slack, levels = _coefficients(known, known.present()), slack_of(known), levels_of(known)

    def is_kept(rotation: Rotation) -> bool:
        return not _coefficients(known, amounts_after(known, rotation)) - before

    rotation = propose(county, slack, most, levels)
    if is_kept(rotation):
        return rotation
    kept, low, high = Rotation((), rotation.visits), 0, rotation.teachers
    while high - low > 1:
        middle = (low + high) // 2
        tried = propose(county, slack, middle, levels)
        if is_kept(tried):
            kept, low = tried, middle
        else:
            high = middle
    return kept


def _coefficients(problem: Problem, amounts: Mapping[CellKey, Decimal]) -> set[Demand]:
    """Coefficients beyond their limits."""
    return {demand for demand in broken(problem, amounts) if demand.indicator_code}
