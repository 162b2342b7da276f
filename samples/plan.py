"""The plan of a sample county: its schools as written in ``samples/data/county_<code>.yml``, and its planted cases."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from junheng.core.data import read_yaml
from junheng.core.typed import StrictModel, load
from samples.fields import DATA, WEIGHTS

CASES = Path(__file__).resolve().parent / "cases.yml"


class EarlierYear(StrictModel):
    """What is planned of a school for a year before the newest."""

    name: str | None = None
    pupils: dict[str, int] = Field(default_factory=dict)


class PlannedSchool(StrictModel):
    """A school as it is written in the plan."""

    code: str
    name: str
    kind: str
    township: str
    place: str
    built: int
    pupils: dict[str, int] = Field(default_factory=dict)
    classes: dict[str, str] = Field(default_factory=dict)
    sponsor: str = "7"
    counts: int = 1
    main: str | None = None
    boarding: int = 0
    dense: int = 0
    cap: int | None = None
    fixed: dict[str, dict[str, float]] = Field(default_factory=dict)
    floor: dict[str, list[str]] = Field(default_factory=dict)
    rest: Literal["met"] | None = None
    set: dict[str, Any] = Field(default_factory=dict)
    years: tuple[int, ...] | None = None
    """None: every year of the plan."""
    earlier: dict[int, EarlierYear] = Field(default_factory=dict)


class PlannedCounty(StrictModel):
    """Code and name."""

    code: str
    name: str


class CountyPlan(StrictModel):
    """``samples/data/county_<code>.yml``."""

    county: PlannedCounty
    years: tuple[int, ...]
    workbooks: frozenset[str]
    schools: tuple[PlannedSchool, ...]


def planned(code: str) -> CountyPlan:
    """The plan of a county."""
    return load(DATA / f"county_{code}.yml", CountyPlan)


@dataclass(frozen=True)
class School:
    """One row of the plan, in one school year."""

    code: str
    name: str
    kind: str
    township: str
    place: str
    pupils: dict[str, int]
    built: int
    sponsor: str
    counts: int
    main: str | None
    boarding: int
    dense: int
    cap: int | None
    class_sizes: dict[str, list[int]]
    fixed: dict[str, dict[str, float]]
    floor: dict[str, list[str]]
    rest_met: bool
    set: dict[str, Any]


@dataclass
class Unit:
    """A school with what folds into it; the unit that the indicators judge."""

    head: School
    parts: list[School] = field(default_factory=list)

    @property
    def pupils(self) -> dict[str, int]:
        """Pupils by stage, parts included; stages without pupils are left out."""
        sums = {stage: sum(s.pupils.get(stage, 0) for s in [self.head, *self.parts]) for stage in WEIGHTS}
        return {stage: n for stage, n in sums.items() if n}

    @property
    def weighted_pupils(self) -> float:
        """Denominator of the split: pupils times the weight of their stage."""
        return sum(WEIGHTS[stage] * n for stage, n in self.pupils.items())

    @property
    def has_indicators(self) -> bool:
        """Whether the seven indicators look at it: a general school, or a teaching point of 50 pupils and more."""
        if self.head.kind == "218":
            return self.pupils.get("primary", 0) >= 50
        return self.head.kind in {"211", "311", "312", "341", "345"}


def class_sizes(text: str) -> list[int]:
    """``"46*1+44*17"`` as a list of class sizes."""
    sizes: list[int] = []
    for part in text.split("+"):
        size, count = part.split("*")
        sizes += [int(size)] * int(count)
    return sizes


def _school(item: PlannedSchool, year: int, newest: int, rng: random.Random) -> School:
    now = year == newest
    sizes = {stage: class_sizes(text) for stage, text in item.classes.items()}
    pupils = {**item.pupils, **{stage: sum(s) for stage, s in sizes.items()}}
    earlier = item.earlier.get(year, EarlierYear())
    if not now:
        drift = {stage: math.floor(n * rng.uniform(0.975, 1.035)) for stage, n in pupils.items()}
        pupils = {**drift, **earlier.pupils}
    return School(
        code=item.code,
        name=earlier.name or item.name,
        kind=item.kind,
        township=item.township,
        place=item.place,
        pupils=pupils,
        built=item.built,
        sponsor=item.sponsor,
        counts=item.counts,
        main=item.main,
        boarding=item.boarding,
        dense=item.dense,
        cap=item.cap,
        class_sizes=sizes if now else {},
        fixed=item.fixed if now else {},
        floor=item.floor if now else {},
        rest_met=now and item.rest == "met",
        set=item.set if now else {},
    )


def schools(code: str, year: int, seed: int) -> list[School]:
    """Schools of the planned county in one year, in the order of the plan."""
    plan = planned(code)
    newest = max(plan.years)
    return [
        _school(item, year, newest, random.Random(f"{seed}:{item.code}:pupils:{year}"))
        for item in plan.schools
        if year in (item.years or plan.years)
    ]


def units(schools: list[School]) -> list[Unit]:
    """Schools with campuses and attached classes folded into their main school."""
    heads = {s.code: Unit(s) for s in schools if s.counts or s.main is None}
    for school in schools:
        if school.code not in heads and school.main is not None:
            heads[school.main].parts.append(school)
    return list(heads.values())


@cache
def cases() -> list[dict[str, Any]]:
    """The planted cases (``samples/cases.yml``): id, group, school, year, stage, what it shows, what must come out."""
    return list(read_yaml(CASES)["cases"])
