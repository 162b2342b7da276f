"""A budget by year: which measures of a plan are paid when, so that as many schools as possible pass as early as possible.

Schools are paid one after the other, those first that pass for the least money each (Smith's rule: no other order has a smaller
sum of waiting schools); what one year does not cover goes on in the next. A measure is finished in the year of its last money.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from planning.county import NotPlanned
from planning.plan_texts import plan_texts
from planning.problem import Added, CellKey, Problem, broken

Budget = dict[int, Decimal]
"""万元 by year."""
Costs = Mapping[tuple[CellKey, str], Decimal]
"""万元 by amount and way."""


@dataclass(frozen=True)
class PlanYear:
    """A year of a plan: money, and what holds at its end."""

    year: int
    budget: Decimal
    spent: Decimal
    finished: int
    """Measures."""
    schools_missed: int
    """By stage."""
    coefficients_missed: int


@dataclass(frozen=True)
class Schedule:
    """A plan over the years; ``finished_in``: the year of each measure that the money is enough for."""

    years: tuple[PlanYear, ...]
    finished_in: dict[tuple[CellKey, str], int]
    lacking: Decimal
    """万元 that the budgets do not cover."""


def read_budget(path: Path) -> Budget:
    """The county's budget. Raises NotPlanned with file and row."""
    texts, budget = plan_texts(), Budget()
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            if missing := [name for name in texts.budget if name not in (reader.fieldnames or ())]:
                raise NotPlanned(texts.say("limit_columns", file=path.name, columns="、".join(missing)))
            lines = [[(row[name] or "").strip() for name in texts.budget] for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotPlanned(texts.say("limits_unreadable", file=path.name)) from error
    for number, (year, money) in enumerate(lines, 2):
        place = {"file": path.name, "row": number}
        if not (year.isdecimal() and len(year) == 4):
            raise NotPlanned(texts.say("budget_year", **place, value=year))
        if int(year) in budget:
            raise NotPlanned(texts.say("budget_twice", **place, value=year))
        try:
            amount = Decimal(money)
        except InvalidOperation:
            amount = Decimal(-1)
        if not amount.is_finite() or amount < 0:
            raise NotPlanned(texts.say("budget_money", **place, value=money))
        budget[int(year)] = amount
    if not budget:
        raise NotPlanned(texts.say("budget_empty", file=path.name))
    return dict(sorted(budget.items()))


def schedule(problem: Problem, added: Added, costs: Costs, budget: Budget) -> Schedule:
    """As many measures as the money is enough for. ``costs``: of those that add to amounts, and of any others."""
    finished_in, spent, years = dict[tuple[CellKey, str], int](), defaultdict[int, Decimal](Decimal), list(budget)
    lacking, waiting = Decimal(0), list(years)
    left = budget[waiting[0]]
    for key in _order(problem, costs):
        owed = costs[key]
        while owed > left and len(waiting) > 1:
            spent[waiting.pop(0)] += left
            owed, left = owed - left, budget[waiting[0]]
        paid = min(owed, left)
        spent[waiting[0]] += paid
        left, lacking = left - paid, lacking + owed - paid
        if owed == paid:
            finished_in[key] = waiting[0]
    return Schedule(
        tuple(_year(problem, added, finished_in, year, budget[year], spent[year]) for year in years), finished_in, lacking
    )


def _order(problem: Problem, costs: Costs) -> list[tuple[CellKey, str]]:
    """Measures school by school, the school that brings most passing stages for its money first."""
    of_school: dict[str, Decimal] = defaultdict(Decimal)
    for (key, _), cost in costs.items():
        of_school[key[0]] += cost
    missed = broken(problem, problem.present())
    gains = {school: sum(demand.school_code == school for demand in missed) for school in of_school}

    def dearness(school: str) -> tuple[bool, Decimal, str]:
        return not gains[school], of_school[school] / max(gains[school], 1), school

    places = {school: number for number, school in enumerate(sorted(of_school, key=dearness))}
    return sorted(costs, key=lambda place: (places[place[0][0]], place))


def _year(
    problem: Problem, added: Added, finished_in: dict[tuple[CellKey, str], int], year: int, budget: Decimal, spent: Decimal
) -> PlanYear:
    by_then = {key: more for key, more in added.items() if finished_in.get(key, year + 1) <= year}
    missed = broken(problem, problem.after(by_then))
    return PlanYear(
        year,
        budget,
        spent,
        sum(finished == year for finished in finished_in.values()),
        sum(bool(demand.school_code) for demand in missed),
        sum(bool(demand.indicator_code) for demand in missed),
    )
