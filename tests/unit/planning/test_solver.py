"""Whatever becomes of the solver's process there is a plan and a word about it; and where there is none, why."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from planning.cone import answer
from planning.conflicts import conflicts, unknown
from planning.county import CountyToPlan, IndicatorName, NotPlanned, SchoolLabel, read_limits
from planning.plan_texts import plan_texts
from planning.problem import Amount, Demand, Problem, StageRule, Standing, Way, broken, within
from planning.single_steps import single_steps
from planning.solver import SCIP, ask_process, plan_settings, request_of, solve, without_trifles

PUPILS = {"a": 100, "b": 100, "c": 200}


def problem(present: dict[str, int], most: int | None = None, *, limit: str = "0.5", standard: int = 4) -> Problem:
    """One indicator counted per 100 pupils in whole units at 2 万元, and no slack."""
    rule = StageRule("L1", "primary", 100, Decimal(standard), Decimal(standard) * Decimal("0.85"), Decimal(limit))
    keys = {school: (school, "L1", "primary") for school in present}
    ways = (Way("recruit", Decimal(2), None if most is None else Decimal(most)),)
    amounts = tuple(Amount(keys[school], Decimal(count), Decimal(1), True, ways) for school, count in present.items())
    standings = tuple(
        Standing(school, "primary", "L1", keys[school], PUPILS[school], Decimal(1), Decimal(PUPILS[school])) for school in present
    )
    return Problem((rule,), amounts, standings, least_met=1)


def county(of: Problem) -> CountyToPlan:
    labels = {name: SchoolLabel(f"{name}校", "") for name in PUPILS}
    stages = {"primary": "小学", "all": "全校"}
    names = {rule.indicator_code: IndicatorName("高于规定学历教师", "人") for rule in of.rules}
    return CountyToPlan("990101", "示范县", 2025, "r", "规则", of, labels, names, stages, {"recruit": "招聘"})


def script(folder: Path, body: str) -> Sequence[str]:
    path = folder / "solver.py"
    path.write_text(f"import json, sys, time\nrequest, place = sys.argv[1:]\n{body}\n", encoding="utf-8")
    return (sys.executable, str(path))


SHORT = {"a": 3, "b": 4, "c": 9}
PLAN = [[["a", "L1", "primary"], "recruit", "2"]]
WRITES = f"open(place, 'w').write(json.dumps({{'status': 'unfinished', 'bound': 3, 'added': {PLAN}}}))"


def test_scip_answers_from_a_process_of_its_own() -> None:
    search = solve(problem(SHORT), 60, 0)
    assert (search.status, search.solver, search.gap) == ("optimal", "SCIP", 0)
    assert search.added == {(("a", "L1", "primary"), "recruit"): Decimal(1)}


@pytest.mark.parametrize(
    ("body", "status", "solver", "more"),
    [
        (f"{WRITES}\nsys.exit(134)", "crashed", "SCIP", 2),
        (f"{WRITES}\ntime.sleep(600)", "overtime", "SCIP", 2),
        ("sys.exit(134)", "crashed", "greedy", 1),
        ("time.sleep(600)", "overtime", "greedy", 1),
        (WRITES.replace("'2'", "'0'"), "unfinished", "greedy", 1),
    ],
    ids=["crashed with a plan", "overtime with a plan", "crashed", "overtime", "a plan that does not hold"],
)
def test_a_solver_that_fails_costs_no_plan(
    body: str, status: str, solver: str, more: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planning.solver._START", 0.5)
    search = solve(problem(SHORT), 1, 0, ask=partial(ask_process, command=script(tmp_path, body)))
    assert (search.status, search.solver) == (status, solver)
    assert search.added == {(("a", "L1", "primary"), "recruit"): Decimal(more)}
    assert search.gap == (0.25 if solver == "SCIP" else None)


def test_what_one_school_can_do_is_not_spread_over_all() -> None:
    of = problem({"a": 3, "b": 4, "c": 8})
    of = replace(of, amounts=tuple(replace(amount, is_whole=False) for amount in of.amounts))
    spread = {((school, "L1", "primary"), "recruit"): Decimal(1) for school in PUPILS}
    assert without_trifles(of, spread) == {(("a", "L1", "primary"), "recruit"): Decimal(1)}
    assert without_trifles(of, spread, []) == {}


def test_every_end_has_its_word() -> None:
    assert {"optimal", "gaplimit", "timelimit", "infeasible", "crashed", "overtime"} <= plan_texts().statuses.keys()


def test_the_process_and_the_function_say_the_same() -> None:
    request = request_of(problem(SHORT), 60, 0, 0.0)
    assert ask_process(request, SCIP) == json.loads(json.dumps(answer(request)))
    assert json.loads(json.dumps(request)) == request


def test_a_school_that_cannot_pass_is_the_conflict_alone() -> None:
    (sentence,) = conflicts(county(problem({"a": 1, "b": 4, "c": 8}, most=1)), 60, ask=answer)
    assert "a校（小学）" in sentence
    assert "最多到 2（标准 4，85% 为 3.4）" in sentence


def test_a_coefficient_that_cannot_come_down_is_the_conflict_alone() -> None:
    (sentence,) = conflicts(county(problem({"a": 4, "b": 4, "c": 80}, most=5)), 60, ask=answer)
    assert sentence == plan_texts().say("coefficient_alone", stage="小学", indicator="L1 高于规定学历教师", limit="0.5")


def test_requirements_that_conflict_only_together_are_told_together() -> None:
    """A combined school: its ground brings the junior part to the standard, and the primary part above what the others allow."""
    rules = tuple(
        StageRule("L5", stage, 1, Decimal(standard), Decimal(standard) * Decimal("0.85"), Decimal("0.1"))
        for stage, standard in (("primary", 4), ("junior", 9))
    )
    both, alone = ("a", "L5", "all"), ("b", "L5", "all")
    ways = (Way("build", Decimal(1), Decimal(10000)),)
    amounts = (Amount(both, Decimal(800), Decimal(1), True, ways), Amount(alone, Decimal(400), Decimal(1), True, ()))
    weighted = Decimal(100) + Decimal("1.1") * 100
    standings = (
        Standing("a", "primary", "L5", both, 100, Decimal(1), weighted),
        Standing("a", "junior", "L5", both, 100, Decimal("1.1"), weighted),
        Standing("b", "primary", "L5", alone, 100, Decimal(1), Decimal(100)),
    )
    of = Problem(rules, amounts, standings, least_met=1)
    assert solve(of, 60, 0, ask=answer).is_infeasible
    conflict = replace(county(of), stages={"primary": "小学", "junior": "初中", "all": "全校"})
    (sentence,) = conflicts(conflict, 60, ask=answer)
    assert sentence == (
        "以下要求不能同时满足，去掉其中任何一条就有方案：小学 L5 高于规定学历教师的差异系数不超过 0.1；a校（初中）达标。"
    )


def test_what_is_not_known_is_asked_for() -> None:
    of = problem(SHORT)
    missing = replace(of, amounts=(replace(of.amounts[0], present=None), *of.amounts[1:]))
    assert unknown(county(of)) == []
    (sentence,) = unknown(county(missing))
    assert sentence.startswith("a校（小学）的 L1 高于规定学历教师 没有填报")


def test_single_steps_are_the_cheapest_that_do() -> None:
    of = problem({"a": 1, "b": 3, "c": 20}, limit="0.5")
    standard, limit = single_steps(county(of))
    assert (standard.key[0], standard.amount, standard.cost, standard.is_coefficient) == ("b", 1, 2, False)
    assert limit.is_coefficient
    after = of.after({(limit.key, limit.option): limit.amount})
    less = of.after({(limit.key, limit.option): limit.amount - 1})
    wanted = Demand("", "primary", "L1")
    assert wanted in broken(of, of.present())
    assert wanted in broken(of, less)
    assert wanted not in broken(of, after)


def test_a_coefficient_is_compared_at_its_limit() -> None:
    from fractions import Fraction

    at_half = [(Fraction(1), 1), (Fraction(3), 1)]
    assert within(at_half, Decimal("0.5"))
    assert not within(at_half, Decimal("0.4999"))
    assert not within([(Fraction(0), 1)], Decimal("0.5"))


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (["学校标识码,指标代码,上限", "a,L1,3"], "x.csv 第1行：缺少列：补短方式"),
        (["学校标识码,指标代码,补短方式,上限", "a,L1,招聘,很多"], "x.csv 第2行 上限：“很多”"),
        (["学校标识码,指标代码,补短方式,上限", "a,L1,招聘,-1"], "x.csv 第2行 上限：“-1”"),
        (["学校标识码,指标代码,补短方式,上限", "a,L1,请客,1"], "x.csv 第2行：没有“L1 请客”"),
        (["学校标识码,指标代码,补短方式,上限", "a,L1,招聘,1", "a,L1,recruit,2"], "x.csv 第3行：同一所学校"),
    ],
)
def test_a_bad_list_of_what_is_possible_is_named(lines: list[str], fault: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(NotPlanned, match=fault):
        read_limits(path, {"recruit": "招聘"})


def test_every_way_that_is_planned_is_a_measure_that_a_scenario_takes() -> None:
    from planning.scenario import scenario_form

    form = scenario_form()
    for ways in plan_settings().ways.values():
        for option, item in ways.items():
            assert item in form.measures[option].items
