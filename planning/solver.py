"""The least plan of a problem: SCIP in a process of its own, its plan rounded up and checked by exact numbers.

A solver that crashes or runs over its time costs no plan: what it had by then counts, else a plan made by plain steps.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from junheng.core.settings import PROJECT_ROOT
from junheng.core.typed import StrictModel, load
from planning.greedy import greedy
from planning.problem import Added, Demand, Problem, as_json, broken

SCIP = (sys.executable, "-m", "planning.cone")
Ask = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Who answers a request: with ``status``, ``added`` and ``bound``."""
_ANY_GAP = 1e6
_FEW, _TRIFLES = 10, 100
"""Steps of an amount that one would not build for, and how many such amounts are looked at."""
_START = 30.0
"""Seconds for a process to load the solver and to end, beside its time."""


class ClassWay(StrictModel):
    """How classes above the limit are planned: requirement and way of their price, measure and item of a scenario."""

    requirement: str
    priced_as: str
    measure: str
    item: str


class PlanSettings(StrictModel):
    """``planning.yml``."""

    seconds: float = Field(gt=0)
    gap: float = Field(ge=0)
    margins: list[float]
    conflict_seconds: float = Field(gt=0)
    steps: dict[str, Decimal]
    ways: dict[str, dict[str, str]]
    items_per_unit: dict[str, int]
    class_way: ClassWay
    holds: list[str]
    classrooms: list[str]
    equips_rooms: dict[str, str]


@cache
def plan_settings() -> PlanSettings:
    """``planning.yml``."""
    return load(Path(__file__).with_name("planning.yml"), PlanSettings)


@dataclass(frozen=True)
class Found:
    """What a search came to."""

    status: str
    """``optimal``, ``gaplimit``, ``timelimit``, ``infeasible``, ``crashed``, ``overtime``."""
    added: Added | None
    gap: float | None
    margin: float
    seconds: float
    solver: str

    @property
    def is_infeasible(self) -> bool:
        """Whether there is no plan."""
        return self.status == "infeasible"


def solve(problem: Problem, seconds: float, gap: float, ask: Ask | None = None, wanted: Sequence[Demand] | None = None) -> Found:
    """The least plan that holds by exact numbers; without one in time the one of plain steps. No amount may be unknown.

    ``ask``: who answers, where it is not SCIP in a process of its own; ``wanted``: the demands that count, where not all do.
    """
    began, best, bound = time.monotonic(), None, None
    status, margin = "", 0.0
    for margin in plan_settings().margins:
        left = max(seconds - (time.monotonic() - began), 1.0)
        answer = (ask or ask_process)(request_of(problem, left, gap, margin, wanted))
        status, bound = answer["status"], answer["bound"]
        given = added_of(answer)
        best = None if given is None else problem.rounded(given, is_close=not margin)
        if best is None or _holds(problem, best, wanted):
            break
        best = None
    solver = "SCIP"
    if best is None and status != "infeasible":
        best, bound, solver = greedy(problem), None, "greedy"
    elif best is not None:
        best = without_trifles(problem, best, wanted)
    return Found(status, best, _gap(problem, best, bound), margin, time.monotonic() - began, solver)


def without_trifles(problem: Problem, added: Added, wanted: Sequence[Demand] | None = None) -> Added:
    """The plan without amounts of a few steps, as far as it holds: where amounts are not whole, a solver spreads them."""
    steps = {amount.key: amount.step for amount in problem.amounts if not amount.is_whole}
    trifles = [place for place, more in added.items() if place[0] in steps and more < _FEW * steps[place[0]]]
    if not trifles:
        return added
    kept = {place: more for place, more in added.items() if place not in trifles}
    if _holds(problem, kept, wanted):
        return kept
    kept = dict(added)
    for place in sorted(trifles, key=lambda place: added[place])[:_TRIFLES]:
        less = {key: more for key, more in kept.items() if key != place}
        if _holds(problem, less, wanted):
            kept = less
    return kept


def _holds(problem: Problem, added: Added, wanted: Sequence[Demand] | None) -> bool:
    return not any(wanted is None or demand in wanted for demand in broken(problem, problem.after(added)))


def _gap(problem: Problem, added: Added | None, bound: float | None) -> float | None:
    """By what share of its cost a plan, rounded as it is, may be dearer than the least; None where nothing bounds it."""
    if added is None or bound is None:
        return None
    cost = float(problem.cost(added))
    return max(cost - bound, 0.0) / cost if cost else 0.0


def is_possible(problem: Problem, wanted: Sequence[Demand], seconds: float, ask: Ask | None = None) -> bool | None:
    """Whether some amounts meet these requirements, at whatever price; None where the solver does not say."""
    answer = (ask or ask_process)(request_of(problem, seconds, _ANY_GAP, 0.0, wanted))
    return True if answer["added"] is not None else False if answer["status"] == "infeasible" else None


def request_of(
    problem: Problem, seconds: float, gap: float, margin: float, wanted: Sequence[Demand] | None = None
) -> dict[str, Any]:
    """What the solver is asked, as :mod:`planning.cone` reads it."""
    asked = {
        "problem": as_json(problem),
        "seconds": seconds,
        "gap": gap,
        "margin": margin,
        "wanted": None if wanted is None else [astuple(requirement) for requirement in wanted],
    }
    return dict(json.loads(json.dumps(asked, default=str)))


def added_of(answer: Mapping[str, Any]) -> Added | None:
    """The plan of an answer."""
    if answer["added"] is None:
        return None
    return {((key[0], key[1], key[2]), way): Decimal(more) for key, way, more in answer["added"]}


def ask_process(request: Mapping[str, Any], command: Sequence[str] = SCIP) -> dict[str, Any]:
    """Ask a process, which is ended when it does not end in time: how it ended, its best plan, the bound of the cost."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder, "request.json"), Path(folder, "answer.json")
        asked.write_text(json.dumps(request), encoding="utf-8")
        words, ended = [*command, str(asked), str(answered)], ""
        try:
            done = subprocess.run(words, cwd=PROJECT_ROOT, capture_output=True, timeout=request["seconds"] + _START, check=False)
            ended = "crashed" if done.returncode else ""
        except subprocess.TimeoutExpired:
            ended = "overtime"
        answer: dict[str, Any] = {"added": None, "bound": None}
        if answered.exists():
            answer |= json.loads(answered.read_bytes())
    return answer | {"status": ended or answer.get("status", "crashed")}
