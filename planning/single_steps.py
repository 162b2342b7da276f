"""The cheapest single step per indicator: one school brought to its standard, and a coefficient brought within its limit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from planning.conflicts import value_of
from planning.county import CountyToPlan
from planning.problem import Amount, CellKey, Problem, StageRule, Standing, within


@dataclass(frozen=True)
class SingleStep:
    """One school, how much more, by which way, for how much."""

    rule: StageRule
    is_coefficient: bool
    key: CellKey
    option: str
    amount: Decimal
    cost: Decimal


def single_steps(county: CountyToPlan) -> list[SingleStep]:
    """For each indicator and stage, where there is anything to do that a priced way does in one school."""
    problem = county.problem
    amounts = {amount.key: amount for amount in problem.amounts}
    rules = {(rule.indicator_code, rule.stage): rule for rule in problem.rules}
    of_rule: dict[StageRule, list[Standing]] = defaultdict(list)
    for standing in problem.standings:
        of_rule[rules[standing.indicator_code, standing.stage]].append(standing)
    steps = []
    for rule, standings in of_rule.items():
        for is_coefficient in (False, True):
            cheapest: SingleStep | None = None
            for standing in standings if not (is_coefficient and _is_within(problem, rule, standings)) else ():
                more = (
                    _to_limit(problem, rule, standings, standing, amounts[standing.amount])
                    if is_coefficient
                    else _to_standard(problem, rule, standing, amounts[standing.amount])
                )
                offer = None if more is None else _offer(rule, is_coefficient, amounts[standing.amount], more)
                if offer is not None and (cheapest is None or offer.cost < cheapest.cost):
                    cheapest = offer
            if cheapest is not None:
                steps.append(cheapest)
    return steps


def _offer(rule: StageRule, is_coefficient: bool, amount: Amount, more: Decimal) -> SingleStep | None:
    ways = [way for way in amount.ways if way.most is None or way.most >= more]
    if not ways:
        return None
    way = min(ways, key=lambda way: way.unit_cost)
    return SingleStep(rule, is_coefficient, amount.key, way.option, more, more * way.unit_cost)


def _to_standard(problem: Problem, rule: StageRule, standing: Standing, amount: Amount) -> Decimal | None:
    """More of one school's amount so that it reaches the standard; None where it does."""
    lacking = Fraction(rule.standard) - value_of(standing, rule, problem.present())
    if lacking <= 0:
        return None
    return ceil(lacking / rule.scale / standing.per_unit / Fraction(amount.step)) * amount.step


def _is_within(problem: Problem, rule: StageRule, standings: list[Standing]) -> bool:
    return rule.limit is None or within(_shares(problem, standings, {}), rule.limit)


def _shares(problem: Problem, standings: list[Standing], more: dict[CellKey, Decimal]) -> list[tuple[Fraction, int]]:
    present = problem.present()
    return [(Fraction(present[s.amount] + more.get(s.amount, Decimal(0))) * s.per_unit * s.pupils, s.pupils) for s in standings]


def _to_limit(problem: Problem, rule: StageRule, standings: list[Standing], standing: Standing, amount: Amount) -> Decimal | None:
    """More of one school's amount so that the coefficient is within; None where no amount of this school is enough.

    The coefficient falls to one lowest point and rises again: the least amount is sought below that point.
    """
    present = problem.present()
    others = [(present[s.amount], s) for s in standings if s is not standing]
    total = sum((Fraction(a) * s.per_unit * s.pupils for a, s in others), Fraction(0))
    squares = sum(((Fraction(a) * s.per_unit) ** 2 * s.pupils for a, s in others), Fraction(0))
    if rule.limit is None or not total:
        return None
    lowest = squares / total / standing.per_unit - Fraction(present[standing.amount])
    low, high = 0, ceil(lowest / Fraction(amount.step))
    if high <= 0 or not within(_shares(problem, standings, {standing.amount: high * amount.step}), rule.limit):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if within(_shares(problem, standings, {standing.amount: middle * amount.step}), rule.limit):
            high = middle
        else:
            low = middle
    return high * amount.step
