"""Where a coefficient comes from: the share of its variance that lies between town and countryside, townships, school groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from planning.county import CountyToPlan, SchoolLabel
from planning.problem import Standing

_CLASSES: Mapping[str, Callable[[SchoolLabel], str]] = {
    "area": lambda school: school.area,
    "township": lambda school: school.township,
    "group": lambda school: school.group,
}


@dataclass(frozen=True)
class VarianceSplit:
    """A coefficient, the share of its variance between the classes of each kind, and the means of town and countryside."""

    stage: str
    indicator_code: str
    coefficient: float
    between: Mapping[str, float | None]
    """By kind of class; None: a school of the stage is in no class of that kind that anybody has reported."""
    means: Mapping[str, float]
    """By area, in the unit of the indicator."""


def variance_splits(county: CountyToPlan) -> list[VarianceSplit]:
    """Of every indicator and stage whose amounts are all known and of which schools differ; pupil-weighted, population form."""
    problem, present = county.problem, county.problem.present()
    of_rule: dict[tuple[str, str], list[Standing]] = defaultdict(list)
    for standing in problem.standings:
        of_rule[standing.stage, standing.indicator_code].append(standing)
    splits = []
    for rule in problem.rules:
        standings = [standing for standing in of_rule[rule.stage, rule.indicator_code] if standing.pupils]
        if not standings or any(standing.amount not in present for standing in standings):
            continue
        values = [(s.school_code, Fraction(present[s.amount]) * s.per_unit * rule.scale, s.pupils) for s in standings]
        mean, variance = _moments([(value, pupils) for _, value, pupils in values])
        if not mean or not variance:
            continue
        between = {kind: _between(values, county, kind, mean, variance) for kind in _CLASSES}
        means = {area: float(_moments(members)[0]) for area, members in _members(values, county, "area").items() if area}
        splits.append(VarianceSplit(rule.stage, rule.indicator_code, sqrt(variance) / float(mean), between, means))
    return splits


Valued = Sequence[tuple[str, Fraction, int]]
"""School, value and pupils."""


def _moments(values: Sequence[tuple[Fraction, int]]) -> tuple[Fraction, Fraction]:
    pupils = sum(pupils for _, pupils in values)
    mean = sum((value * pupils for value, pupils in values), Fraction(0)) / pupils
    return mean, sum(((value - mean) ** 2 * pupils for value, pupils in values), Fraction(0)) / pupils


def _members(values: Valued, county: CountyToPlan, kind: str) -> dict[str, list[tuple[Fraction, int]]]:
    members: dict[str, list[tuple[Fraction, int]]] = defaultdict(list)
    for school, value, pupils in values:
        members[_CLASSES[kind](county.schools[school])].append((value, pupils))
    return members


def _between(values: Valued, county: CountyToPlan, kind: str, mean: Fraction, variance: Fraction) -> float | None:
    """Schools in no group are a class of their own; a school whose area or township nobody has reported leaves the share open."""
    members = _members(values, county, kind)
    if kind != "group" and "" in members:
        return None
    if kind == "group" and not any(members.keys() - {""}):
        return None
    whole = sum(pupils for _, _, pupils in values)
    apart = Fraction(0)
    for of_class in members.values():
        apart += (_moments(of_class)[0] - mean) ** 2 * sum(pupils for _, pupils in of_class)
    return float(apart / whole / variance)
