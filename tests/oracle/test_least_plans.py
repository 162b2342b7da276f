"""Plans of many counties, confirmed by the real models in one build; one measure less, and the models say so.

Of counties with whole-number measures the cost is the one that a program finds that tries everything.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from planning.cone import answer
from planning.county import CountyToPlan, read_county
from planning.least_plan import LeastPlan, as_scenario, measures_of, unmet_of
from planning.overlay import lay_over
from planning.problem import broken
from planning.scenario import Scenario
from planning.solver import solve
from tests.oracle import build
from tests.oracle.compiled import CompiledProject, compiled
from tests.oracle.whole_counties import COUNT, codes, prices, whole_county
from tests.unit.planning.small_counties import least_cost

COUNTIES = tuple(f"9901{number:02d}" for number in range(31, 37))
CODES = codes(COUNT, COUNTIES)
"""Counties of whole-number measures."""
MODELS = (
    *("fct_school_verdict", "fct_county_indicator", "dim_code", "dim_ruleset", "dim_school", "dim_county"),
    *("int_rules__unit_cost", "int_census__school", "int_census__reported_school", "brg_school_group"),
    *("int_requirement__class_size", "int_ledger__coverage_in_force", "int_classes__class", "stg_room_list__room"),
)
PRICES = {"L1": "recruit", "L2": "train", "L3": "recruit", "L4": "build", "L5": "convert", "L6": "buy", "L7": "buy"}
KINDS = {"211": ("primary",), "311": ("junior",), "312": ("primary", "junior")}
Row = dict[str, Any]


def census() -> list[Row]:
    """Six counties of three to six schools, whole schools of both stages among them, most of them short of something."""
    rng, rows = random.Random(20261130), list[Row]()
    for county in COUNTIES:
        for number in range(rng.randrange(3, 7)):
            kind = rng.choice(["211", "211", "311", "312"])
            pupils = {stage: rng.randrange(60, 1500) for stage in KINDS[kind]}
            everyone = sum(pupils.values())
            row: Row = {
                "county_code": county,
                "school_year": 2025,
                "school_code": f"3{county[2:]}{number:05d}",
                "school_name": f"{county}第{number}校",
                "school_kind_code": kind,
                "teaching_area_m2": Decimal(str(round(everyone * rng.uniform(3, 8), 2))),
                "indoor_sports_area_m2": Decimal(0),
                "outdoor_sports_area_m2": Decimal(str(round(everyone * rng.uniform(2, 14), 2))),
                "equipment_value_wan_yuan": Decimal(str(round(everyone * rng.uniform(0.1, 0.4), 4))),
                "multimedia_rooms": round(everyone * rng.uniform(0.01, 0.05)),
            }
            for stage, count in pupils.items():
                row |= {f"pupils_{stage}": count, f"qualified_{stage}": round(count * rng.uniform(0.03, 0.08))}
                row |= {f"{item}_{stage}": round(count * rng.uniform(0, 0.02)) for item in ("backbone", "pe_art")}
            rows.append(row)
    return rows


def unit_costs() -> list[Row]:
    prices = {"L1": "8", "L2": "3", "L3": "8.5", "L4": "0.31", "L5": "0.042", "L6": "0.0001", "L7": "6.5"}
    return [
        {
            "county_code": county,
            "requirement_code": indicator,
            "part": "all",
            "option_code": option,
            "unit_cost_wan_yuan": Decimal(prices[indicator]),
            "source_document": "x",
        }
        for county in COUNTIES
        for indicator, option in PRICES.items()
    ]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return compiled(tmp_path_factory)


@pytest.fixture(scope="module")
def before(project: CompiledProject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = build.make_build_db(
        tmp_path_factory.mktemp("before"), census() + whole_census(), unit_costs=unit_costs() + prices(CODES)
    )
    return project.build(path, *MODELS, data_tests=())


@pytest.fixture(scope="module")
def plans(before: Path) -> list[LeastPlan]:
    found = []
    for code in COUNTIES:
        county = county_of(before, code)
        searched = solve(county.problem, 60, 0.0005, ask=answer)
        assert searched.added is not None
        found.append(LeastPlan(county, searched, measures_of(county, searched.added)))
    return found


def whole_census() -> list[Row]:
    return [row for code in CODES for row in whole_county(code)[1]]


@pytest.fixture(scope="module")
def whole_plans(before: Path, tmp_path_factory: pytest.TempPathFactory) -> list[LeastPlan]:
    """Plans of the counties of whole-number measures; of those without one the search alone."""
    folder, searched = tmp_path_factory.mktemp("limits"), list[LeastPlan]()
    for code in CODES:
        listed = folder / f"{code}.csv"
        with open(listed, "w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(["学校标识码", "指标代码", "补短方式", "上限"])
            writer.writerows(each.values() for each in whole_county(code)[2])
        county = county_of(before, code, listed)
        search = solve(county.problem, 60, 0, ask=answer)
        searched.append(LeastPlan(county, search, measures_of(county, search.added or {})))
    return searched


def county_of(database: Path, code: str, limits: Path | None = None) -> CountyToPlan:
    with duckdb.connect(str(database), read_only=True) as connection:
        return read_county(connection, code, None, None, limits)


def built(project: CompiledProject, before: Path, folder: Path, plans: Sequence[LeastPlan]) -> Path:
    """One build of all counties with the measures of all plans, laid over as `junheng simulate` does."""
    measures = [measure for plan in plans for measure in as_scenario(plan).measures]
    scenario = Scenario("plans.csv", tuple(replace(each, row=row) for row, each in enumerate(measures, 2)), {})
    copy = folder / "laid.duckdb"
    copy.write_bytes(before.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        lay_over(connection, scenario, "模拟")
    corrections = build.query(copy, "from run.correction")
    every, costs = census() + whole_census(), unit_costs() + prices(CODES)
    path = build.make_build_db(folder, every, unit_costs=costs, corrections=corrections)
    return project.build(path, *MODELS, data_tests=())


def test_the_figures_of_the_problem_are_those_of_the_models(before: Path) -> None:
    for code in COUNTIES:
        county = county_of(before, code)
        judged = build.query(
            before,
            f"""
            select '' as school_code, stage, indicator_code from marts.fct_county_indicator
            where county_code = '{code}' and ruleset_id = '{county.ruleset_id}' and difference_limit > 0 and verdict <> 'met'
            union all
            select school_code, stage, '' from marts.fct_school_verdict
            where county_code = '{code}' and ruleset_id = '{county.ruleset_id}' and verdict_strict <> 'met'
            """,
        )
        missed = broken(county.problem, county.problem.present())
        assert {(r.school_code, r.stage, r.indicator_code) for r in missed} == {tuple(row.values()) for row in judged}
        assert missed


def test_the_least_cost_of_whole_counties_is_the_one_of_trying_everything(whole_plans: list[LeastPlan]) -> None:
    costs = {plan.county.code: least_cost(whole_county(plan.county.code)[0]) for plan in whole_plans}
    assert {plan.county.code for plan in whole_plans if plan.search and plan.search.is_infeasible} == {
        code for code, cost in costs.items() if cost is None
    }
    for plan in whole_plans:
        expected = costs[plan.county.code]
        assert expected is None or abs(Fraction(plan.cost) - expected) <= Fraction(1, 10**6), plan.county.code
    assert 5 <= sum(cost is None for cost in costs.values()) <= 0.8 * len(costs)
    assert sum(bool(cost) for cost in costs.values()) >= 10


def test_every_plan_is_confirmed_by_the_models(
    project: CompiledProject, before: Path, plans: list[LeastPlan], whole_plans: list[LeastPlan], tmp_path: Path
) -> None:
    assert all(plan.measures for plan in plans)
    every = [*plans, *(plan for plan in whole_plans if plan.search and plan.search.added is not None)]
    after = built(project, before, tmp_path, every)
    assert {plan.county.code: unmet for plan in every if (unmet := unmet_of(plan.county, after))} == {}


def test_less_than_a_plan_is_not_confirmed(
    project: CompiledProject, before: Path, plans: list[LeastPlan], whole_plans: list[LeastPlan], tmp_path: Path
) -> None:
    """The dearest measure of each plan left out."""
    every = [plan for plan in [*plans, *whole_plans] if plan.measures]
    less = [replace(plan, measures=sorted(plan.measures, key=lambda m: m.cost)[:-1]) for plan in every]
    after = built(project, before, tmp_path, less)
    assert [plan.county.code for plan in less if not unmet_of(plan.county, after)] == []
