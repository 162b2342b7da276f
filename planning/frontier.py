"""How far money goes: the least cost of goals, from coefficients alone to every indicator of every school."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from planning.problem import Demand, Problem
from planning.solver import Ask, Found, solve

_FEWER = 3
"""Down to how many indicators fewer than the rule set asks for."""


@dataclass(frozen=True)
class Goal:
    """Something to be reached: its name in the texts, and what the least way to it costs."""

    name: str
    search: Found
    cost: Decimal | None
    """In 万元; None: no way."""
    least: int
    """Indicators that a stage of a school has to meet."""


def frontier(problem: Problem, whole: Found, seconds: float, gap: float, ask: Ask | None = None) -> list[Goal]:
    """Goals in the order of what they ask for. ``whole``: what the search for all demands came to."""
    demands = problem.demands()
    parts: dict[str, Sequence[Demand]] = {
        "coefficients": [demand for demand in demands if demand.indicator_code],
        "schools": [demand for demand in demands if demand.school_code],
    }
    goals = [_goal(name, problem, solve(problem, seconds, gap, ask, wanted)) for name, wanted in parts.items() if wanted]
    for least in range(max(problem.least_met - _FEWER, 0), problem.least_met):
        fewer = replace(problem, least_met=least)
        goals.append(_goal("fewer", fewer, solve(fewer, seconds, gap, ask)))
    goals.append(_goal("plan", problem, whole))
    every = replace(problem, rules=tuple(replace(rule, floor=rule.standard) for rule in problem.rules))
    return [*goals, _goal("every", every, solve(every, seconds, gap, ask))]


def _goal(name: str, problem: Problem, search: Found) -> Goal:
    return Goal(name, search, None if search.added is None else problem.cost(search.added), problem.least_met)
