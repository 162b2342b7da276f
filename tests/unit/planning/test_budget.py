"""A plan over the years: no year spends more than it has, schools that pass for little come first, what is lacking is said."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest

from planning.budget import Schedule, read_budget, schedule
from planning.county import NotPlanned
from planning.least_plan import measures_of
from planning.problem import Added, broken
from tests.unit.planning.test_solver import county, problem

SHORT = {"a": 3, "b": 1, "c": 7}
NEEDED: Added = {
    ((school, "L1", "primary"), "recruit"): Decimal(4 * (2 if school == "c" else 1) - SHORT[school]) for school in SHORT
}


def over(*budgets: str) -> Schedule:
    """1, 3 and 1 teachers at 2 万元 each, for a, b and c."""
    county_now = problem(SHORT, limit="9")
    costs = {(each.key, each.option): each.cost for each in measures_of(county(county_now), NEEDED)}
    return schedule(county_now, NEEDED, costs, {2026 + number: Decimal(money) for number, money in enumerate(budgets)})


def finished(of: Schedule) -> dict[str, int]:
    return {key[0]: year for (key, _), year in of.finished_in.items()}


def test_what_is_cheapest_to_pass_comes_first_and_a_measure_may_take_two_years() -> None:
    made = over("5", "3", "2")
    assert finished(made) == {"a": 2026, "c": 2026, "b": 2028}
    assert [(year.spent, year.finished, year.schools_missed) for year in made.years] == [(5, 2, 1), (3, 0, 1), (2, 1, 0)]
    assert made.lacking == 0


def test_no_year_spends_more_than_it_has_and_all_is_spent_once() -> None:
    for budgets in permutations(("0", "1.5", "4", "100")):
        made = over(*budgets)
        assert all(year.spent <= year.budget for year in made.years)
        assert sum(year.spent for year in made.years) == 10


def test_no_other_order_lets_schools_wait_less() -> None:
    """By trying every order of the schools, with a budget of 2 万元 a year."""
    made = finished(over("2", "2", "2", "2", "2"))
    costs = {key[0]: int(more) * 2 for (key, _), more in NEEDED.items()}
    waits = []
    for order in permutations(costs):
        spent, waited = 0, 0
        for school in order:
            spent += costs[school]
            waited += 2025 + -(-spent // 2)
        waits.append(waited)
    assert sum(made.values()) == min(waits)


def test_money_that_is_not_enough_is_named_with_how_far_it_goes() -> None:
    made = over("3", "2")
    assert made.lacking == 5
    assert finished(made) == {"a": 2026, "c": 2027}
    assert made.years[-1].schools_missed == 1
    assert len(broken(problem(SHORT, limit="9"), problem(SHORT, limit="9").present())) == 3


def test_a_budget_is_read_by_year(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text("年度,预算（万元）\n2027,30\n2026,12.5\n", encoding="utf-8-sig")
    assert read_budget(path) == {2026: Decimal("12.5"), 2027: Decimal(30)}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("年度,钱\n2026,1\n", "b.csv 第1行：缺少列：预算（万元）。"),
        ("年度,预算（万元）\n明年,1\n", "b.csv 第2行 年度：“明年”不是年份。"),
        ("年度,预算（万元）\n2026,-1\n", "b.csv 第2行 预算（万元）：“-1”不是从 0 起的数。"),
        ("年度,预算（万元）\n2026,许多\n", "b.csv 第2行 预算（万元）：“许多”不是从 0 起的数。"),
        ("年度,预算（万元）\n2026,1\n2026,2\n", "b.csv 第3行 年度：2026 年已经写过。"),
        ("年度,预算（万元）\n", "b.csv：没有一行预算。"),
    ],
)
def test_a_budget_of_no_use_is_refused_with_its_row(text: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NotPlanned) as raised:
        read_budget(path)
    assert str(raised.value) == fault
