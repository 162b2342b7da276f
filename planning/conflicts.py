"""Why there is no plan: the fewest requirements that conflict, in words."""

from __future__ import annotations

import time
from decimal import Decimal
from fractions import Fraction

from ingest.values.cells import plain
from planning.county import CountyToPlan
from planning.plan_texts import plan_texts
from planning.problem import Amount, CellKey, Demand, Problem, StageRule, Standing, broken
from planning.solver import Ask, is_possible

_MANY = Decimal(10) ** 12


def unknown(county: CountyToPlan) -> list[str]:
    """A sentence for each figure that nobody has reported: whatever rests on it is undecided."""
    missing = {amount.key for amount in county.problem.unknown()}
    return [
        plan_texts().say(
            "unknown",
            school=county.schools[standing.school_code].name,
            stage=county.stages[standing.stage],
            indicator=_named(county, standing.indicator_code),
        )
        for standing in county.problem.standings
        if standing.amount in missing
    ]


def conflicts(county: CountyToPlan, seconds: float, ask: Ask | None = None) -> list[str]:
    """Sentences: each school that cannot pass whatever is done; else each such coefficient; else a set that conflicts."""
    problem = county.problem
    if alone := _schools_alone(county):
        return alone
    began = time.monotonic()
    requirements = problem.demands()
    limits = [requirement for requirement in requirements if requirement.indicator_code]
    if over := [r for r in limits if is_possible(problem, [r], seconds, ask) is False]:
        return [_coefficient_alone(county, requirement) for requirement in over]
    is_least, kept = True, _of_one(problem, requirements, seconds, ask)
    for requirement in list(kept):
        if time.monotonic() - began > seconds:
            is_least = False
            break
        rest = [each for each in kept if each != requirement]
        if is_possible(problem, rest, seconds, ask) is False:
            kept = rest
    words = "；".join(_said(county, requirement) for requirement in kept)
    return [plan_texts().say("together" if is_least else "together_open", requirements=words)]


def _of_one(problem: Problem, requirements: list[Demand], seconds: float, ask: Ask | None) -> list[Demand]:
    """The requirements with one coefficient where one is enough to conflict with the schools."""
    schools = [requirement for requirement in requirements if requirement.school_code]
    for limit in requirements:
        if limit.indicator_code and is_possible(problem, [limit, *schools], seconds, ask) is False:
            return [limit, *schools]
    return requirements


def _schools_alone(county: CountyToPlan) -> list[str]:
    problem = county.problem
    most = {amount.key: _most(amount) for amount in problem.amounts}
    failing = {r for r in broken(problem, most) if r.school_code}
    return [_school_alone(county, requirement, most) for requirement in sorted(failing, key=lambda r: (r.school_code, r.stage))]


def _most(amount: Amount) -> Decimal:
    """All that is possible."""
    more = sum((_MANY if way.most is None else way.most for way in amount.ways), Decimal(0))
    return (amount.present or Decimal(0)) + more // amount.step * amount.step


def _school_alone(county: CountyToPlan, requirement: Demand, most: dict[CellKey, Decimal]) -> str:
    texts, problem = plan_texts(), county.problem
    rules = {(rule.indicator_code, rule.stage): rule for rule in problem.rules}
    amounts = {amount.key: amount for amount in problem.amounts}
    lacks = []
    for standing in problem.standings:
        if (standing.school_code, standing.stage) != (requirement.school_code, requirement.stage):
            continue
        rule = rules[standing.indicator_code, standing.stage]
        if (value := value_of(standing, rule, most)) < Fraction(rule.standard):
            places = {"standard": plain(rule.standard), "floor": plain(rule.floor), "most": plain(_shown(value))}
            ways = "" if amounts[standing.amount].ways else texts.say("no_way")
            lacks.append(texts.say("lack", indicator=_named(county, standing.indicator_code), ways=ways, **places))
    return texts.say(
        "school_alone",
        school=county.schools[requirement.school_code].name,
        stage=county.stages[requirement.stage],
        least=problem.least_met,
        lacks="；".join(lacks),
    )


def value_of(standing: Standing, rule: StageRule, amounts: dict[CellKey, Decimal]) -> Fraction:
    """A school's value with these amounts."""
    return Fraction(amounts[standing.amount]) * standing.per_unit * rule.scale


def _shown(value: Fraction) -> Decimal:
    """Down to two decimals: what misses a standard is not shown as it."""
    return Decimal(int(value * 100)) / 100


def _coefficient_alone(county: CountyToPlan, requirement: Demand) -> str:
    return plan_texts().say("coefficient_alone", **_places(county, requirement))


def _said(county: CountyToPlan, requirement: Demand) -> str:
    if requirement.school_code:
        school, stage = county.schools[requirement.school_code].name, county.stages[requirement.stage]
        return plan_texts().say("as_school", school=school, stage=stage)
    return plan_texts().say("as_coefficient", **_places(county, requirement))


def _places(county: CountyToPlan, requirement: Demand) -> dict[str, str]:
    limits = {(rule.indicator_code, rule.stage): rule.limit for rule in county.problem.rules}
    limit = limits[requirement.indicator_code, requirement.stage]
    stage, indicator = county.stages[requirement.stage], _named(county, requirement.indicator_code)
    return {"stage": stage, "indicator": indicator, "limit": "" if limit is None else plain(limit)}


def _named(county: CountyToPlan, indicator: str) -> str:
    return f"{indicator} {county.indicators[indicator].name}"
