"""What the bureau of 示范县 worked out for its own 申报表 from its census, with the slips of ``samples/data/declared_slips.yml``.

Written for the samples alone and by the text of the rules: nothing of the models is used, so that what a night computes of the
same census is a second opinion.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from samples.county import SEED, generate
from samples.fields import WEIGHTS, Row, data

INDICATORS = ("L1", "L2", "L3", "L4", "L5", "L6", "L7")
_STAGES = ("primary", "junior")
_PERSONS = {"L1": "qualified", "L2": "backbone", "L3": "pe_art"}
_PER_HUNDRED = {*_PERSONS, "L7"}
_KINDS = {"211", "311", "312", "341", "345"}
_TEACHING_POINT, _FEWEST = "218", 50
_WAN = 10_000


@dataclass(frozen=True)
class FormLine:
    """A line of 表Ⅱ-2: a school in one stage. A value is None where the census does not give it."""

    row: Row
    stage: str
    pupils: int
    values: dict[str, Fraction | None]


@dataclass(frozen=True)
class _School:
    """A school with the campuses that do not count for themselves."""

    members: list[Row]

    def pupils(self, stage: str) -> int:
        return sum(member[f"pupils_{stage}"] or 0 for member in self.members)

    def total(self, *items: str, stage: str | None = None) -> Fraction | None:
        """Sum over the members; what a member without pupils (of the stage) leaves empty is nothing."""
        stages = WEIGHTS if stage is None else [stage]
        has_pupils = [any(member[f"pupils_{of}"] for of in stages) for member in self.members]
        counted = list(zip(self.members, has_pupils, strict=True))
        values = [member[item] for member, has in counted for item in items if has or member[item]]
        return None if None in values else sum((Fraction(str(value)) for value in values), Fraction(0))

    @property
    def is_in_scope(self) -> bool:
        kind = self.members[0]["school_kind_code"]
        return kind in _KINDS or (kind == _TEACHING_POINT and self.pupils("primary") >= _FEWEST)

    def amount(self, indicator: str, slip: str | None) -> Fraction | None:
        """Amount of the whole school, before it is split."""
        if indicator == "L4":
            area, indoor = self.total("teaching_area_m2"), self.total("indoor_sports_area_m2")
            return area if slip == "indoor" or area is None or indoor is None else area - indoor
        if indicator == "L5":
            return self.total("outdoor_sports_area_m2", "indoor_sports_area_m2")
        if indicator == "L6":
            value = self.total("equipment_value_wan_yuan")
            return value if slip == "unit" or value is None else value * _WAN
        return self.total("multimedia_rooms")

    def value(self, indicator: str, stage: str, slip: str | None) -> Fraction | None:
        scale = 100 if indicator in _PER_HUNDRED else 1
        if indicator in _PERSONS:
            persons = self.total(f"{_PERSONS[indicator]}_{stage}", stage=stage)
            return None if persons is None else persons * scale / self.pupils(stage)
        amount = self.amount(indicator, slip)
        weighted = sum((Fraction(str(weight)) * self.pupils(of) for of, weight in WEIGHTS.items()), Fraction(0))
        share = Fraction(1, self.pupils(stage)) if slip == "unsplit" else Fraction(str(WEIGHTS[stage])) / weighted
        value = None if amount is None else amount * scale * share
        return value if value is None or slip != "typing" else value + 10


def _slips_of_schools() -> dict[tuple[str, str, str], str]:
    planted = data("declared_slips")["schools"]
    return {(entry["school_code"], entry["stage"], entry["indicator"]): entry["slip"] for entry in planted}


@lru_cache(maxsize=1)
def _schools(seed: int, year: int) -> list[_School]:
    rows = generate(seed).census[year]
    members_of: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["counts_as_school"] == 0):
        main = row["main_school_code"] if row["counts_as_school"] == 0 else None
        members_of.setdefault(str(main or row["school_code"]), []).append(row)
    return [_School(members) for members in members_of.values()]


def lines(year: int, seed: int = SEED, *, slips: bool = True) -> list[FormLine]:
    """Lines of 表Ⅱ-2, without slips on demand: those the county's own figures are made of."""
    planted, counted_in = _slips_of_schools(), data("declared_slips")["counted_in"]
    form_lines = []
    for stage in _STAGES:
        for school in _schools(seed, year):
            code = str(school.members[0]["school_code"])
            listed = school.is_in_scope or (slips and code in counted_in)
            if listed and school.pupils(stage):
                slip = {name: planted.get((code, stage, name)) if slips else None for name in INDICATORS}
                values = {name: school.value(name, stage, slip[name]) for name in INDICATORS}
                form_lines.append(FormLine(school.members[0], stage, school.pupils(stage), values))
    return form_lines


def half_up(value: Fraction, decimals: int) -> float:
    """A figure as it is written into a form."""
    return float(Fraction(math.floor(value * 10**decimals + Fraction(1, 2)), 10**decimals))


def spread(members: Sequence[tuple[int, Fraction]], slip: str | None = None) -> tuple[Fraction, float]:
    """Mean and difference coefficient over pupils and values of the schools; ``unweighted``: each school alike."""
    if slip == "unweighted":
        members = [(1, value) for _, value in members]
    total = sum(pupils for pupils, _ in members)
    mean = sum((pupils * value for pupils, value in members), Fraction(0)) / total
    variance = sum((pupils * (value - mean) ** 2 for pupils, value in members), Fraction(0)) / total
    return mean, math.sqrt(variance) / float(mean)


def school_forms(year: int, seed: int = SEED) -> Iterator[Row]:
    """Lines of 表Ⅱ-2 as ``declared_forms_school`` has them."""
    standards = data("targets")["standards"]
    names = dict(zip(INDICATORS, data("declared_workbook")["values"], strict=True))
    for line in lines(year, seed):
        least = {name: Fraction(str(standards[line.stage][name][0])) for name in INDICATORS}
        met = [name for name, value in line.values.items() if value is not None and value >= least[name]]
        yield {
            "school_code": line.row["school_code"],
            "stage": line.stage,
            "sponsor_code": line.row["sponsor_code"],
            "declared_pupils": line.pupils,
            **{names[name]: None if value is None else half_up(value, 2) for name, value in line.values.items()},
            "declared_met": ";".join(met) or None,
        }


def county_forms(year: int, seed: int = SEED) -> Iterator[Row]:
    """表Ⅲ as ``declared_forms_county`` has it. A figure that a school does not give is left out."""
    names = dict(zip(INDICATORS, data("declared_workbook")["values"], strict=True))
    planted = {entry["stage"]: entry["slip"] for entry in data("declared_slips")["county"]}
    for stage in _STAGES:
        means: Row = {"stage": stage, "measure": "mean"}
        coefficients: Row = {"stage": stage, "measure": "coefficient"}
        for name in INDICATORS:
            of_schools = [(line.pupils, line.values[name]) for line in lines(year, seed, slips=False) if line.stage == stage]
            members = [(pupils, value) for pupils, value in of_schools if value is not None]
            complete = len(members) == len(of_schools)
            mean, _ = spread(members)
            _, coefficient = spread(members, planted.get(stage))
            means[names[name]] = half_up(mean, 2) if complete else None
            coefficients[names[name]] = half_up(Fraction(coefficient), 3) if complete else None
        written = [coefficients[column] for column in names.values()]
        coefficients["declared_composite"] = None if None in written else half_up(Fraction(sum(written) / len(written)), 3)
        yield means
        yield coefficients
