"""The planner against a program that tries everything: equal cost, and the same counties without a plan."""

from __future__ import annotations

import os
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from planning.cone import answer
from planning.frontier import frontier
from planning.greedy import greedy
from planning.problem import WHOLE, Amount, Problem, StageRule, Standing, Way, broken
from planning.solver import solve
from tests.unit.planning.small_counties import WEIGHTS, County, least_cost, random_county

COUNTIES = int(os.environ.get("PLANNED_COUNTIES", "50"))
"""How many counties are tried; `make plans` asks for a thousand."""


def problem_of(county: County) -> Problem:
    rules, standings = [], []
    for code, indicator in county["indicators"].items():
        for stage, rule in indicator["rules"].items():
            if any(stage in pupils for pupils in county["schools"].values()):
                limit = None if rule["limit"] is None else exact(rule["limit"])
                rules.append(StageRule(code, stage, indicator["scale"], exact(rule["standard"]), exact(rule["floor"]), limit))
        for school, pupils in county["schools"].items():
            weighted = sum((WEIGHTS[stage] * count for stage, count in pupils.items()), Fraction(0))
            for stage, count in pupils.items():
                if indicator["is_split"]:
                    of = (school, code, WHOLE), count, exact(WEIGHTS[stage]), exact(weighted)
                else:
                    of = (school, code, stage), count, Decimal(1), Decimal(count)
                standings.append(Standing(school, stage, code, *of))
    amounts = tuple(
        Amount(
            key,
            Decimal(given["present"]),
            Decimal(1),
            True,
            () if given["price"] is None else (Way("buy", exact(Fraction(given["price"])), Decimal(given["most"])),),
        )
        for key, given in county["amounts"].items()
    )
    return Problem(tuple(rules), amounts, tuple(standings), county["least_met"])


def exact(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def batches(size: int = 10) -> list[range]:
    return [range(first, min(first + size, COUNTIES)) for first in range(0, COUNTIES, size)]


@pytest.mark.parametrize("seeds", batches(), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_the_least_cost_is_the_one_of_trying_everything(seeds: range) -> None:
    for seed in seeds:
        county = random_county(seed)
        problem, expected = problem_of(county), least_cost(county)
        found = solve(problem, seconds=60, gap=0, ask=answer)
        if expected is None:
            assert found.is_infeasible, seed
            assert greedy(problem) is None, seed
        else:
            assert found.added is not None, seed
            assert broken(problem, problem.after(found.added)) == []
            assert abs(Fraction(problem.cost(found.added)) - expected) <= Fraction(1, 10**6), seed
            plain = greedy(problem)
            assert plain is None or Fraction(problem.cost(plain)) >= expected, seed


def test_the_counties_are_of_every_kind() -> None:
    """With a plan and without one, and coefficients that make it dearer or forbid it."""
    counties = [random_county(seed) for seed in range(50)]
    costs = [least_cost(county) for county in counties]
    assert 5 <= costs.count(None) <= 35
    assert sum(cost is not None and cost > 0 for cost in costs) >= 10
    for county in counties:
        for indicator in county["indicators"].values():
            for rule in indicator["rules"].values():
                rule["limit"] = None
    assert sum(cost != least_cost(county) for cost, county in zip(costs, counties, strict=True)) >= 8


def test_what_asks_for_more_costs_more() -> None:
    for seed in range(12):
        problem = problem_of(random_county(seed))
        search = solve(problem, seconds=60, gap=0, ask=answer)
        found_goals = frontier(problem, search, 60, 0, ask=answer)
        ladder = [goal.cost for goal in found_goals if goal.name in ("fewer", "plan")]
        costs = {goal.name: Decimal("Infinity") if goal.cost is None else goal.cost for goal in found_goals}
        slack = Decimal("1e-6")
        assert max(costs.get("coefficients", Decimal(0)), costs["schools"]) <= costs["plan"] + slack, seed
        assert costs["plan"] <= costs["every"] + slack, seed
        steps = [Decimal("Infinity") if cost is None else cost for cost in ladder]
        assert all(one <= other + slack for one, other in pairwise(steps)), seed
