"""The least plan of a county: solved, written as a scenario, and confirmed by the real models before it is called feasible."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass, field, replace
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

import duckdb

from ingest.values.cells import plain
from junheng.core.home import write_atomically
from junheng.core.sql import records
from planning.budget import Budget, PlanYear, Schedule, schedule
from planning.conflicts import conflicts, unknown
from planning.county import CountyToPlan
from planning.frontier import Goal, frontier
from planning.greedy import greedy
from planning.plan_texts import plan_texts
from planning.problem import WHOLE, Added, CellKey
from planning.scenario import Measure, Scenario, read_scenario, scenario_form
from planning.simulation import Base, simulate
from planning.solver import Found, plan_settings, solve

PLAN, SCENARIO, BOOK = "plan.json", "scenario.csv", "plan.xlsx"
_CENT = Decimal("0.0001")
_UNMET_SCHOOLS = """
    select school_code, stage, verdict_strict as verdict from marts.fct_school_verdict
    where county_code = ? and school_year = ? and ruleset_id = ? and verdict_strict <> 'met'
    order by all
"""
_UNMET_COEFFICIENTS = """
    select indicator_code, stage, verdict, waiting_for from marts.fct_county_indicator
    where county_code = ? and school_year = ? and ruleset_id = ? and difference_limit is not null and verdict <> 'met'
    order by all
"""
_FIGURES = """
    select stage, indicator_code, difference_limit, difference_coefficient, school_count - schools_met as missed
    from marts.fct_county_indicator
    where county_code = ? and school_year = ? and ruleset_id = ? and indicator_code in (select unnest(?))
    order by stage desc, indicator_code
"""
_HELD = """
    select judged.requirement_code, judged.part, judged.verdict, requirements.name_zh
    from marts.fct_county_requirement as judged
    inner join marts.dim_requirement as requirements using (ruleset_id, requirement_code, part)
    where judged.county_code = ? and judged.school_year = ? and judged.ruleset_id = ?
        and list_contains(?, judged.requirement_code) and judged.verdict is not null
    order by all
"""


@dataclass(frozen=True)
class PlannedMeasure:
    """One measure of a plan: how much of an indicator's amount is added where, and what it costs."""

    key: CellKey
    option: str
    amount: Decimal
    cost: Decimal


@dataclass(frozen=True)
class PlannedCoefficient:
    """A coefficient with its limit, and how many schools miss the standard."""

    stage: str
    indicator_code: str
    limit: Decimal | None
    coefficient: Decimal | None
    missed: int


@dataclass(frozen=True)
class RoomsAndSizes:
    """A requirement on rooms or sizes, and its verdict before and after."""

    name: str
    before: str
    after: str
    is_broken: bool
    """By the plan."""


@dataclass(frozen=True)
class LeastPlan:
    """What a search came to, and what the real models say of it."""

    county: CountyToPlan
    search: Found | None
    """None: nothing to search, figures are missing."""
    measures: list[PlannedMeasure] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    baseline: Decimal | None = None
    """Cost of the plan by plain steps."""
    goals: list[Goal] = field(default_factory=list)
    unconfirmed: list[str] = field(default_factory=list)
    """What the real models find unmet after the plan."""
    before: list[PlannedCoefficient] = field(default_factory=list)
    after: list[PlannedCoefficient] = field(default_factory=list)
    holds: list[RoomsAndSizes] = field(default_factory=list)
    schedule: Schedule | None = None
    """None: no budget was given."""
    simulate_seconds: float = 0.0

    @property
    def is_feasible(self) -> bool:
        """Whether there is a plan that the real models confirm."""
        return self.search is not None and self.search.added is not None and not self.unconfirmed and not self.conflicts

    @property
    def cost(self) -> Decimal:
        """In 万元."""
        return sum((measure.cost for measure in self.measures), Decimal(0))

    @property
    def class_cost(self) -> Decimal:
        """Of that, for classes that are opened."""
        way = plan_settings().class_way
        return sum((measure.cost for measure in self.measures if measure.option == way.measure), Decimal(0))


def least_plan(county: CountyToPlan, seconds: float, gap: float, budget: Budget | None = None) -> LeastPlan:
    """Search, without the real models. ``budget``: 万元 by year; without one there is no limit."""
    if missing := unknown(county):
        return LeastPlan(county, None, conflicts=missing)
    problem = county.problem
    search = solve(problem, seconds, gap)
    if search.is_infeasible:
        return LeastPlan(county, search, conflicts=conflicts(county, plan_settings().conflict_seconds))
    if search.added is None:
        status = plan_texts().statuses.get(search.status, search.status)
        return LeastPlan(county, search, conflicts=[plan_texts().say("not_found", seconds=search.seconds, status=status)])
    plain_steps = greedy(problem)
    baseline = None if plain_steps is None else problem.cost(plain_steps)
    goals = frontier(problem, search, seconds, gap)
    measures = [*measures_of(county, search.added), *class_measures(county)]
    plan = LeastPlan(county, search, measures, baseline=baseline, goals=goals)
    return plan if budget is None else _over_years(plan, search.added, budget)


def _over_years(plan: LeastPlan, added: Added, budget: Budget) -> LeastPlan:
    costs = {(measure.key, measure.option): measure.cost for measure in plan.measures}
    over_years = schedule(plan.county.problem, added, costs, budget)
    lacking = []
    if over_years.lacking > 0:
        money = {"budget": plain(sum(budget.values(), Decimal(0))), "cost": plain(money_of(plan.cost))}
        last = over_years.years[-1]
        shown = {"lacking": plain(money_of(over_years.lacking)), "schools": last.schools_missed, "year": last.year}
        lacking = [plan_texts().say("over_budget", **money, **shown)]
    return replace(plan, schedule=over_years, conflicts=lacking)


def money_of(cost: Decimal) -> Decimal:
    """万元 with two decimals, up: a plan never costs less than it says."""
    return cost.quantize(Decimal("0.01"), ROUND_CEILING)


def class_measures(county: CountyToPlan) -> list[PlannedMeasure]:
    """Classes to open so that none is above the limit of its size, where they have a price."""
    way = plan_settings().class_way
    if county.class_price is None:
        return []
    return [
        PlannedMeasure(
            (each.school_code, way.requirement, each.stage), way.measure, Decimal(each.more), county.class_price * each.more
        )
        for each in county.crowded
        if each.more
    ]


def measures_of(county: CountyToPlan, added: Added) -> list[PlannedMeasure]:
    """The measures of a plan, school by school."""
    prices = {(amount.key, way.option): way.unit_cost for amount in county.problem.amounts for way in amount.ways}
    return [PlannedMeasure(key, option, more, more * prices[key, option]) for (key, option), more in sorted(added.items())]


def confirmed(plan: LeastPlan, base: Base, scenario_file: Path) -> LeastPlan:
    """The plan with what the real models say after its scenario; the base is built upon."""
    before, held = figures(plan.county, base.database), _held(plan.county, base.database)
    seconds = 0.0
    if plan.measures:
        seconds = simulate(base, read_scenario(scenario_file)).seconds
    unmet, after = unmet_of(plan.county, base.database), figures(plan.county, base.database)
    holds = compared(plan, held, _held(plan.county, base.database))
    unmet += [plan_texts().say("broken", requirement=each.name) for each in holds if each.is_broken]
    return replace(plan, unconfirmed=unmet, before=before, after=after, holds=holds, simulate_seconds=seconds)


def _held(county: CountyToPlan, database: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """Name and verdict of the requirements on rooms and sizes."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = records(connection, _HELD, county.code, county.year, county.ruleset_id, plan_settings().holds)
    others = county.stages.keys() - {rule.stage for rule in county.problem.rules} - {WHOLE}
    return {(row["requirement_code"], row["part"]): (row["name_zh"], row["verdict"]) for row in rows if row["part"] not in others}


def compared(
    plan: LeastPlan, before: dict[tuple[str, str], tuple[str, str]], after: dict[tuple[str, str], tuple[str, str]]
) -> list[RoomsAndSizes]:
    """A plan that opens classes everywhere where there are too large ones must meet what it is made for."""
    words, way, county = plan_texts().verdicts, plan_settings().class_way, plan.county
    crowded = {each.stage: each for each in county.crowded}
    whole = {stage for stage in county.stages if all(each.more for each in county.crowded if each.stage == stage)}
    holds = []
    for (code, part), (name, verdict) in before.items():
        now = after[code, part][1]
        is_owed = code == way.requirement and part in crowded and part in whole and county.class_price is not None
        is_broken = now != "met" and (verdict == "met" or is_owed)
        holds.append(RoomsAndSizes(f"{code} {name}", words.get(verdict, verdict), words.get(now, now), is_broken))
    return holds


def figures(county: CountyToPlan, database: Path) -> list[PlannedCoefficient]:
    """Coefficients of a build, of the stages that are planned."""
    planned = {(rule.indicator_code, rule.stage) for rule in county.problem.rules}
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = records(connection, _FIGURES, county.code, county.year, county.ruleset_id, sorted(county.indicators))
    return [
        PlannedCoefficient(
            row["stage"], row["indicator_code"], row["difference_limit"], row["difference_coefficient"], row["missed"]
        )
        for row in rows
        if (row["indicator_code"], row["stage"]) in planned
    ]


def unmet_of(county: CountyToPlan, database: Path) -> list[str]:
    """What a build finds unmet of all that a plan has to bring about."""
    texts, stages = plan_texts(), {rule.stage for rule in county.problem.rules}
    with duckdb.connect(str(database), read_only=True) as connection:
        labels = records(connection, "select code, label_zh from marts.dim_code where list = 'verdict'")
        words = {row["code"]: row["label_zh"] for row in labels}
        asked = county.code, county.year, county.ruleset_id
        schools = records(connection, _UNMET_SCHOOLS, *asked)
        coefficients = records(connection, _UNMET_COEFFICIENTS, *asked)
    unmet = [
        texts.say(
            "unverified_school",
            school=county.schools[row["school_code"]].name,
            stage=county.stages[row["stage"]],
            verdict=words.get(row["verdict"], row["verdict"]),
        )
        for row in schools
        if row["stage"] in stages
    ]
    for row in coefficients:
        if row["stage"] in stages:
            place = {"stage": county.stages[row["stage"]], "indicator": row["indicator_code"]}
            if row["waiting_for"]:
                unmet.append(texts.say("withheld", schools=row["waiting_for"], **place))
            else:
                unmet.append(texts.say("unverified_coefficient", verdict=words.get(row["verdict"], ""), **place))
    return unmet


def as_scenario(plan: LeastPlan) -> Scenario:
    """The plan as measures on the census."""
    measures = tuple(_measure(each, number) for number, each in enumerate(plan.measures, 2))
    return Scenario(SCENARIO, measures, {})


def item_of(planned: PlannedMeasure) -> str:
    """The item of a scenario that a measure changes."""
    _, indicator, _ = planned.key
    way = plan_settings().class_way
    return way.item if planned.option == way.measure else plan_settings().ways[indicator][planned.option]


def _measure(planned: PlannedMeasure, row: int) -> Measure:
    school, indicator, stage = planned.key
    item = item_of(planned)
    amount = planned.amount / plan_settings().items_per_unit.get(item, 1)
    return Measure(
        row=row,
        measure=planned.option,
        school_code=school,
        item=item,
        field=scenario_form().items[item].field.format(stage=stage),
        amount=amount,
        cost_wan_yuan=planned.cost.quantize(_CENT, ROUND_CEILING),
        note=indicator,
    )


def write_scenario(plan: LeastPlan, out: Path) -> Path:
    """``scenario.csv``, as :mod:`planning.scenario` reads it."""
    form, county, data = scenario_form(), plan.county, io.StringIO()
    writer = csv.writer(data, lineterminator="\r\n")
    writer.writerow(plan_texts().scenario)
    for planned, measure in zip(plan.measures, as_scenario(plan).measures, strict=True):
        stage = planned.key[2]
        writer.writerow(
            [
                form.measures[measure.measure].names[0],
                measure.school_code,
                county.schools[measure.school_code].name,
                "" if stage == WHOLE else form.stages[stage][0],
                form.items[measure.item].names[0],
                plain(measure.amount),
                "" if plan.schedule is None else plan.schedule.finished_in.get((planned.key, planned.option), ""),
                plain(measure.cost_wan_yuan or Decimal(0)),
                measure.note,
            ]
        )
    path = out / SCENARIO
    write_atomically(path, ("\ufeff" + data.getvalue()).encode())
    return path


def _number(cost: Decimal | None) -> float | None:
    return None if cost is None else float(cost)


def _year(year: PlanYear) -> dict[str, float]:
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in asdict(year).items()}


def write_plan(plan: LeastPlan, release_id: str, out: Path) -> Path:
    """``plan.json``."""
    search, county = plan.search, plan.county
    shown = {
        "simulated": True,
        "release": release_id,
        "county_code": county.code,
        "school_year": county.year,
        "ruleset_id": county.ruleset_id,
        "stages": sorted({rule.stage for rule in county.problem.rules}),
        "feasible": plan.is_feasible,
        "cost_wan_yuan": float(plan.cost) if plan.is_feasible else None,
        "gap": search.gap if search and plan.is_feasible else None,
        "solver": search.solver if search else None,
        "status": search.status if search else None,
        "seconds": round(search.seconds, 3) if search else 0.0,
        "margin": search.margin if search else None,
        "verified_by_models": plan.is_feasible,
        "greedy_cost_wan_yuan": _number(plan.baseline),
        "frontier": [
            {"goal": goal.name, "least_met": goal.least, "cost_wan_yuan": _number(goal.cost), "gap": goal.search.gap}
            for goal in plan.goals
        ],
        "class_cost_wan_yuan": float(plan.class_cost),
        "years": [] if plan.schedule is None else [_year(each) for each in plan.schedule.years],
        "rooms_and_sizes": [{"requirement": each.name, "before": each.before, "after": each.after} for each in plan.holds],
        "conflicts": plan.conflicts or plan.unconfirmed,
        "unavailable": [{"indicator": indicator, "way": way, "reason": reason} for indicator, way, reason in county.unavailable],
    }
    path = out / PLAN
    write_atomically(path, json.dumps(shown, ensure_ascii=False, indent=2).encode())
    return path
