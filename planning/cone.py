"""``python -m planning.cone REQUEST ANSWER``: a problem solved by SCIP, in a process of its own.

Standards and floors are linear in the amounts, which indicator a school may leave at the floor is a binary, and a coefficient
within its limit is a second-order cone. Values are counted in standards, so that metres, persons and money are all about 1.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyscipopt import SCIP_EVENTTYPE, Eventhdlr, Model, quicksum

from junheng.core.home import write_atomically
from planning.problem import Amount, CellKey, Demand, Problem, Standing, from_json

_FEASIBILITY = 1e-9
_NO_BOUND = 1e20


class CountyModel:
    """A problem as SCIP has it."""

    def __init__(self, problem: Problem, margin: float, wanted: set[Demand] | None) -> None:
        """``wanted``: the requirements that hold; None: all."""
        self.model = Model("county")
        self._problem, self._margin, self._wanted = problem, margin, wanted
        self._rules = {(rule.indicator_code, rule.stage): rule for rule in problem.rules}
        self._amounts = {amount.key: amount for amount in problem.amounts}
        self._units = {standing.amount: self._standard(standing) for standing in problem.standings}
        self._more: dict[tuple[CellKey, str], Any] = {}
        costs = [self._variable(amount, number) for amount in problem.amounts for number in range(len(amount.ways))]
        self.model.setObjective(quicksum(costs), "minimize")
        self._values = {standing: self._value(standing) for standing in problem.standings}
        self._require_schools()
        self._require_cones()

    def _standard(self, standing: Standing) -> float:
        """The amount with which a standing is just at its standard."""
        rule = self._rules[standing.indicator_code, standing.stage]
        return float(rule.standard) / (float(standing.per_unit) * rule.scale)

    def _unit(self, amount: Amount) -> float:
        """What the variable of an amount counts in."""
        return float(amount.step) if amount.is_whole else self._units.get(amount.key, 1.0)

    def _variable(self, amount: Amount, number: int) -> Any:
        way, unit = amount.ways[number], self._unit(amount)
        most = None if way.most is None else float(way.most) / unit
        kind = "I" if amount.is_whole else "C"
        variable = self._more[amount.key, way.option] = self.model.addVar(f"x{len(self._more)}", vtype=kind, lb=0, ub=most)
        return float(way.unit_cost) * unit * variable

    def _value(self, standing: Standing) -> Any:
        """A variable for a standing, in standards: 1 is just met."""
        amount = self._amounts[standing.amount]
        per_standard = 1 / self._standard(standing)
        unit = self._unit(amount)
        more = quicksum(self._more[amount.key, way.option] for way in amount.ways)
        value = self.model.addVar(f"v{len(self.model.getVars())}", lb=0)
        self.model.addCons(value == float(amount.present or 0) * per_standard + unit * per_standard * more)
        return value

    def _holds(self, requirement: Demand) -> bool:
        return self._wanted is None or requirement in self._wanted

    def _require_schools(self) -> None:
        """Each school: enough indicators at the standard, all of them at the floor."""
        schools: dict[tuple[str, str], list[Standing]] = defaultdict(list)
        for standing in self._problem.standings:
            schools[standing.school_code, standing.stage].append(standing)
        for (school, stage), standings in schools.items():
            if not self._holds(Demand(school, stage)):
                continue
            met = []
            for standing in standings:
                rule = self._rules[standing.indicator_code, standing.stage]
                floor = float(rule.floor / rule.standard)
                is_met = self.model.addVar(f"z{len(self.model.getVars())}", vtype="B")
                self.model.addCons(self._values[standing] >= floor + (1 - floor) * is_met)
                met.append(is_met)
            self.model.addCons(quicksum(met) >= self._problem.least_met)

    def _require_cones(self) -> None:
        """Each coefficient: Σ p/P · v² ≤ (1 + L²) · m² with the mean m of the values v."""
        of_indicator: dict[tuple[str, str], list[Standing]] = defaultdict(list)
        for standing in self._problem.standings:
            of_indicator[standing.indicator_code, standing.stage].append(standing)
        for (indicator, stage), standings in of_indicator.items():
            limit = self._rules[indicator, stage].limit
            if limit is None or not self._holds(Demand("", stage, indicator)):
                continue
            pupils = sum(standing.pupils for standing in standings)
            mean = self.model.addVar(f"m{len(self.model.getVars())}", lb=0)
            values = [(standing.pupils / pupils, self._values[standing]) for standing in standings]
            self.model.addCons(quicksum(share * value for share, value in values) == mean)
            bound = 1 + (float(limit) * (1 - self._margin)) ** 2
            self.model.addCons(quicksum(share * value * value for share, value in values) - bound * mean * mean <= 0)

    def added(self, solution: Any) -> list[tuple[CellKey, str, str]]:
        """How much more by amount and way, in the units of the amounts."""
        added = list[tuple[CellKey, str, str]]()
        for (key, option), variable in self._more.items():
            counted, amount = self.model.getSolVal(solution, variable), self._amounts[key]
            more = amount.step * round(counted) if amount.is_whole else Decimal(repr(counted)) * Decimal(repr(self._unit(amount)))
            if more > 0:
                added.append((key, option, str(more)))
        return added


class _Incumbents(Eventhdlr):  # type: ignore[misc]  # the library has no types
    """Each better plan is written at once: whatever becomes of the process, the last one is there."""

    def __init__(self, county: CountyModel, place: Path) -> None:
        super().__init__()
        self._county, self._place = county, place

    def eventinit(self) -> None:
        self.model.catchEvent(SCIP_EVENTTYPE.BESTSOLFOUND, self)

    def eventexit(self) -> None:
        self.model.dropEvent(SCIP_EVENTTYPE.BESTSOLFOUND, self)

    def eventexec(self, event: object) -> None:  # noqa: ARG002  # the library calls it so
        write_atomically(self._place, json.dumps(answer_of(self._county, "unfinished")).encode())


def answer_of(county: CountyModel, status: str) -> dict[str, Any]:
    """The best plan so far: ``status``, ``bound`` of the cost (None: none yet), ``added`` (None: no plan)."""
    model = county.model
    best = model.getBestSol() if model.getNSols() else None
    bound = model.getDualbound()
    return {
        "status": status,
        "bound": None if abs(bound) >= _NO_BOUND else bound,
        "added": None if best is None else county.added(best),
    }


def answer(request: Mapping[str, Any], place: Path | None = None) -> dict[str, Any]:
    """Solve a request; each better plan is written to ``place`` as soon as it is there."""
    wanted = None if request["wanted"] is None else {Demand(*each) for each in request["wanted"]}
    county = CountyModel(from_json(request["problem"]), request["margin"], wanted)
    model = county.model
    model.hideOutput()
    model.setParam("limits/time", request["seconds"])
    model.setParam("limits/gap", request["gap"])
    model.setParam("numerics/feastol", _FEASIBILITY)
    if place is not None:
        model.includeEventhdlr(_Incumbents(county, place), "incumbents", "writes each better plan")
    model.optimize()
    return answer_of(county, model.getStatus())


def main() -> None:
    """Answer the request of the command line."""
    request, place = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2])
    write_atomically(place, json.dumps(answer(request, place)).encode())


if __name__ == "__main__":
    main()
