"""A plan as people get it: years, classes and rooms beside the measures, as a workbook and as a page; and what refuses it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from openpyxl import load_workbook

from planning.class_sizes import CrowdedStage, classrooms, listed_rooms
from planning.cone import answer
from planning.county import CountyToPlan, SchoolLabel
from planning.least_plan import (
    LeastPlan,
    PlannedCoefficient,
    RoomsAndSizes,
    class_measures,
    compared,
    least_plan,
    write_plan,
    write_scenario,
)
from planning.plan_book import write_book
from planning.scenario import read_scenario
from planning.solver import plan_settings
from tests.unit.planning.test_solver import SHORT, county, problem

CROWDED = (
    CrowdedStage("a", "primary", 45, 2, 1),
    CrowdedStage("b", "primary", 45, 0, None),
    CrowdedStage("c", "primary", 45, None, None),
)
BUDGET = {2026: Decimal(3), 2027: Decimal(1000)}


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> CountyToPlan:
    """Three schools that lack teachers; one has to open two classes, one to share pupils out anew, of one nobody knows."""
    monkeypatch.setattr("planning.least_plan.solve", lambda *given, **named: _solved(*given, **named))
    monkeypatch.setattr("planning.least_plan.frontier", lambda *_: [])
    return replace(
        county(problem(SHORT)), crowded=CROWDED, class_price=Decimal(60), schools={s: SchoolLabel(s, "") for s in "abc"}
    )


def _solved(*given: object, **named: object) -> object:
    from planning.solver import solve

    return solve(*given, ask=answer, **named)  # type: ignore[arg-type]


def test_classes_are_opened_where_they_have_a_price(crowded: CountyToPlan, tmp_path: Path) -> None:
    plan = least_plan(crowded, 20, 0)
    assert plan.class_cost == 120
    assert plan.cost == 120 + crowded.problem.cost(plan.search.added) if plan.search and plan.search.added else False
    measures = read_scenario(write_scenario(plan, tmp_path)).measures
    assert [(m.measure, m.field, m.amount, m.cost_wan_yuan) for m in measures if m.school_code == "a"][-1] == (
        "open_classes",
        "classes_primary",
        2,
        120,
    )
    assert class_measures(replace(crowded, class_price=None)) == []


def test_a_plan_over_the_years_is_told_with_its_rooms_and_sizes(crowded: CountyToPlan, tmp_path: Path) -> None:
    plan = least_plan(crowded, 20, 0, BUDGET)
    figure = PlannedCoefficient("primary", "L1", Decimal("0.5"), Decimal("0.1"), 0)
    held = RoomsAndSizes("G5 小学超过班额的班", "不达标", "不达标", is_broken=False)
    plan = replace(plan, before=[figure], after=[figure], holds=[held])
    write_book(plan, "r1", "2026-03-01T00:00:00+08:00", "2025—2026学年", tmp_path)
    book = load_workbook(tmp_path / "plan.xlsx")
    assert book.sheetnames[:3] == ["方案", "分年安排", "分校措施"]
    years = [[cell.value for cell in row] for row in book["分年安排"].iter_rows() if row[0].value in ("2026", "2027")]
    assert [row[1] for row in years] == [3, 1000]
    assert all(row[2] <= row[1] for row in years)
    page = (tmp_path / "plan.html").read_text(encoding="utf-8")
    for sentence in (
        "其中开班化解大班额 120 万元",
        "本方案以外仍要办的：G5 小学超过班额的班。",
        "开班还缺普通教室 1 间",
        "重新编班就能做到的：b。",
        "算不出要开几个班的：c。",
        "到 2027 年全部做完",
    ):
        assert sentence in page
    write_plan(plan, "r1", tmp_path)
    assert '"years"' in (tmp_path / "plan.json").read_text(encoding="utf-8")


def test_too_little_money_is_a_conflict(crowded: CountyToPlan, tmp_path: Path) -> None:
    plan = least_plan(crowded, 20, 0, {2026: Decimal(3)})
    assert not plan.is_feasible
    assert plan.conflicts[0].startswith("各年预算合计 3 万元，最省的方案要 ")
    write_book(plan, "r1", "2026-03-01T00:00:00+08:00", "2025—2026学年", tmp_path)
    assert load_workbook(tmp_path / "plan.xlsx").sheetnames[:2] == ["没有方案", "分年安排"]


@pytest.mark.parametrize(
    ("code", "before", "after", "more", "is_broken"),
    [
        ("G3", "met", "unmet", 2, True),
        ("G3", "unmet", "unmet", 2, False),
        ("G5", "unmet", "unmet", 2, True),
        ("G5", "unmet", "unmet", 0, False),
        ("G5", "unmet", "met", 2, False),
        ("G4", "met", "undecided", 2, True),
    ],
)
def test_a_plan_must_not_break_what_is_required_of_rooms_and_sizes(
    code: str, before: str, after: str, more: int, is_broken: bool, crowded: CountyToPlan
) -> None:
    plan = LeastPlan(replace(crowded, crowded=(replace(CROWDED[0], more=more),)), None)
    key, name = (code, "primary"), "班额"
    (judged,) = compared(plan, {key: (name, before)}, {key: (name, after)})
    assert judged.is_broken is is_broken


def test_rooms_are_those_of_the_list_in_force() -> None:
    connection = duckdb.connect()
    connection.execute("create schema staging; create schema intermediate")
    connection.execute(
        "create table staging.stg_room_list__room as select '990101' as county_code, 2025 as school_year, * from (values"
        " ('A', '1', 'ordinary', 'new'), ('A', '2', 'ordinary', 'new'), ('A', '3', 'music', 'new'),"
        " ('A', '9', 'ordinary', 'older'),"
        " ('B', '1', 'music', 'new')) as t (school_code, room_no, room_kind, submission_id)"
    )
    connection.execute(
        "create table intermediate.int_ledger__coverage_in_force as select 'new' as submission_id, 'room_list' as source,"
        " '990101' as county_code, 2025 as school_year"
    )
    kinds = plan_settings().classrooms
    assert classrooms(connection, "990101", 2025, kinds) == {"A": 2}
    assert listed_rooms(connection, "990101", 2025, kinds) == {"A": 3}
