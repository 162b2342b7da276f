"""Why there is no plan: the fewest requirements that conflict, in words."""

from __future__ import annotations

import time
from collections.abc import Sequence
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
    if alone := _schools_alone(county):
        return alone
    search = _ConflictSearch(county.problem, seconds, ask)
    demands = county.problem.demands()
    limits = [demand for demand in demands if demand.indicator_code]
    if over := [demand for demand in limits if search.conflict([demand])]:
        return [_coefficient_alone(county, demand) for demand in over]
    kept, is_least = search.least(search.of_one(demands))
    words = "；".join(_said(county, demand) for demand in kept)
    return [plan_texts().say("together" if is_least else "together_open", requirements=words)]


class _ConflictSearch:
    """Which demands conflict, asked of the solver as long as there is time."""

    def __init__(self, problem: Problem, seconds: float, ask: Ask | None) -> None:
        self._problem, self._ask, self._end = problem, ask, time.monotonic() + seconds

    def _left(self) -> float:
        return self._end - time.monotonic()

    def conflict(self, demands: Sequence[Demand]) -> bool:
        """Whether these are known to conflict; in doubt they are not."""
        return self._left() > 0 and is_possible(self._problem, demands, max(self._left(), 1.0), self._ask) is False

    def of_one(self, demands: list[Demand]) -> list[Demand]:
        """The demands with one coefficient, where one is enough to conflict with the schools."""
        schools = [demand for demand in demands if demand.school_code]
        enough = ([demand, *schools] for demand in demands if demand.indicator_code)
        return next((some for some in enough if self.conflict(some)), demands)

    def least(self, kept: list[Demand]) -> tuple[list[Demand], bool]:
        """Some of these that conflict, of which none can be left out, and whether there was time to see that.

        Halves are left out first, then smaller parts, then one by one.
        """
        size = max(len(kept) // 2, 1)
        while True:
            first = 0
            while first < len(kept):
                rest = kept[:first] + kept[first + size :]
                if rest and self.conflict(rest):
                    kept = rest
                else:
                    first += size
            if size == 1:
                return kept, self._left() > 0
            size = max(size // 2, 1)


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
