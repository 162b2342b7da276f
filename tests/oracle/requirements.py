"""Requirements of national-2017 beside the resource block: preconditions, government, quality, social recognition, vetoes.

From rules.md sections 4 to 7 and docs/adr/0004-all-indicators.md. A figure comes from the school rows of the census where they
have it whole, else from the county's own items; what is compared is compared without a division.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.oracle.relaxations import room_limits, size_limit_relaxed
from tests.oracle.schools import (
    ASSESSED_KINDS,
    STAGES,
    URBAN_OR_TOWN,
    Row,
    School,
    has_stage,
    number,
    total,
)

DECLARED = ("P2", "G1", "G2", "G10", "Q3", "Q5", "Q6", "Q7", "Q8", *(f"V{k}" for k in range(1, 7)))
CLASSES_PER_ROOM = 12
ROOM_AREAS = {"music": 96, "art": 90}
ROOM_PARTS = {"a": "music", "b": "art"}
CLASS_LIMITS = {"primary": 45, "junior": 50}
BANDS_ABOVE = {
    "primary": ("46_50", "51_55", "56_60", "61_65", "ge66"),
    "junior": ("51_55", "56_60", "61_65", "ge66"),
}
FUNDED_AS = 100

Settings = dict[str, str]
SETTINGS: Settings = {
    "retention_formula": "F2",
    "room_reading": "each",
    "room_classes": "compulsory",
    "nearby_denominator": "pupils",
    "special_school_missing": "undecided",
    "monitoring_years": "3",
    "monitoring_missing": "undecided",
    "survey_criterion": "all",
}
"""What the sources leave open, with the documented defaults."""


def fold_verdicts(verdicts: Iterable[str | None]) -> str | None:
    """Known unmet first, then undecided, then met; rows without a verdict take no part."""
    known = [verdict for verdict in verdicts if verdict is not None]
    for verdict in ("unmet", "undecided", "met"):
        if verdict in known:
            return verdict
    return None


def verdict_of(is_met: bool | None) -> str:
    """Unknown is undecided."""
    return "undecided" if is_met is None else "met" if is_met else "unmet"


# --- schools ---------------------------------------------------------------------------------------------------------------


@dataclass
class Judged:
    """A school's part of a requirement."""

    value: Fraction | None
    threshold: Fraction | None
    verdict: str
    strict: str
    relaxation: str | None = None


def compulsory(school: School) -> Fraction | None:
    """Pupils of compulsory education."""
    return total(school.pupils[stage] for stage in STAGES)


def teaches(school: School) -> bool:
    """Gives compulsory education, teaching points of any size included."""
    return school.kind in ASSESSED_KINDS and bool(school.assessed)


def rooms(school: School, subject: str, smallest: int) -> tuple[int | None, int | None]:
    """Rooms that are large enough: at least so many, at most so many (None: not known).

    Areas that are listed are looked at; rooms without an area may be large enough or not, unless no area at all is given:
    a count alone means rooms of sufficient area.
    """
    least, most = 0, 0
    for unit in school.units:
        counted, listed = unit.get(f"{subject}_rooms"), unit.get(f"{subject}_room_areas_m2")
        if unit is not school.row and unit["school_kind_code"] in {"119", "219", "319", "349"} and counted is None and not listed:
            continue
        if not listed and counted is None:
            return None, None
        if not listed:
            least, most = least + counted, most + counted
            continue
        areas = [Fraction(area) for area in listed.split(";") if area.strip()]
        enough = sum(area >= smallest for area in areas)
        least, most = least + enough, most + enough + max(0, (counted or 0) - len(areas))
    return least, most


def judge_rooms(school: School, subject: str) -> Judged:
    """G3: for every 12 classes a music room and an art room of sufficient area."""
    classes = total(school.by_stage["classes", stage] for stage in STAGES)
    needed = None if classes is None else math.ceil(classes / CLASSES_PER_ROOM)

    def outcome(smallest: int) -> str:
        least, most = rooms(school, subject, smallest)
        if needed is None or least is None or most is None:
            return "undecided"
        return "met" if least >= needed else "unmet" if most < needed else "undecided"

    strict = outcome(ROOM_AREAS[subject])
    best, code = strict, None
    for smallest, relaxation in sorted(relaxed_rooms(school, subject), reverse=True):
        if outcome(smallest) != strict and rank(outcome(smallest)) >= rank(best):
            best, code = outcome(smallest), relaxation
    least, _ = rooms(school, subject, ROOM_AREAS[subject])
    return Judged(number(least), number(needed), best, strict, code)


def relaxed_rooms(school: School, subject: str) -> list[tuple[int, str]]:
    """Smallest room that each relaxation allows; where the stages of a school differ, the larger one."""
    sizes: dict[str, int] = {}
    for stage in school.assessed:
        for relaxation, (music, art) in room_limits(school, stage).items():
            sizes[relaxation] = max(sizes.get(relaxation, 0), music if subject == "music" else art)
    return [(size, relaxation) for relaxation, size in sizes.items()]


def rank(verdict: str) -> int:
    """Order of verdicts from worst to best."""
    return ("unmet", "undecided", "met").index(verdict)


def judge_size(school: School) -> Judged:
    """G4: pupils of compulsory education at most 2000, in nine- and twelve-year schools 2500; relaxed 2400 and 3000."""
    through = school.kind in {"312", "314", "345"}
    limit, relaxed = (2500, 3000) if through else (2000, 2400)
    pupils = compulsory(school)
    if pupils is None:
        return Judged(None, Fraction(limit), "undecided", "undecided")
    strict = verdict_of(pupils <= limit)
    if strict == "unmet" and pupils <= relaxed and (code := size_limit_relaxed(school)):
        return Judged(pupils, Fraction(limit), "met", strict, code)
    return Judged(pupils, Fraction(limit), strict, strict)


def classes_above(school: School, stage: str) -> Fraction | None:
    """Classes above the limit: as counted, else from the bands."""
    counted = school.by_stage["classes_over", stage]
    if counted is not None:
        return counted
    return total(school.by_stage[f"classes_{{}}_{band}", stage] for band in BANDS_ABOVE[stage])


def judge_classes(school: School, stage: str) -> Judged:
    """G5: no class above the limit."""
    above = classes_above(school, stage)
    if above is None:
        sizes = [u.get(f"largest_class_{stage}") for u in school.units if has_stage(u, stage) and u.get(f"pupils_{stage}") != 0]
        if any(size is not None and size > CLASS_LIMITS[stage] for size in sizes):
            return Judged(None, Fraction(0), "unmet", "unmet")
        above = None if None in sizes or not sizes else Fraction(0)
    verdict = verdict_of(None if above is None else above == 0)
    return Judged(above, Fraction(0), verdict, verdict)


# --- figures of the county ---------------------------------------------------------------------------------------------------


@dataclass
class Ratio:
    """numerator >= share of denominator; value in per cent or as an amount."""

    threshold: Fraction
    per_cent: bool = True
    strict: bool = False

    def judge(self, numerator: Fraction | None, denominator: Fraction | None) -> tuple[Fraction | None, str]:
        """Value and verdict; without a denominator there is no figure."""
        scale = 100 if self.per_cent else 1
        if numerator is None or not denominator:
            return None, "undecided"
        return numerator * scale / denominator, verdict_of(numerator * scale >= self.threshold * denominator)


RATIOS: dict[tuple[str, str], Fraction] = {
    ("G9", "all"): Fraction(100),
    ("G11", "a"): Fraction(10),
    ("G11", "b"): Fraction(20),
    ("G12", "all"): Fraction(100),
    ("G13", "primary"): Fraction(100),
    ("G13", "junior"): Fraction(95),
    ("G14", "a"): Fraction(50),
    ("G15", "a"): Fraction(85),
    ("Q1", "all"): Fraction(95),
    ("Q2", "all"): Fraction(95),
    ("S1", "all"): Fraction(85),
}
SCHOOL_TERMS = {
    ("G9", "all"): ("trained360", "teachers"),
    ("G11", "a"): ("exchanged", "exchange_eligible"),
    ("G11", "b"): ("exchanged_backbone", "exchanged"),
    ("G12", "all"): ("certified", "teachers"),
}
ITEM_TERMS = {
    ("G9", "all"): ("G9.trained", "G9.teachers"),
    ("G11", "a"): ("G11.exchanged", "G11.eligible"),
    ("G11", "b"): ("G11.exchanged_backbone", "G11.exchanged"),
    ("G12", "all"): ("G12.certified", "G12.teachers"),
    ("G14", "a"): ("G14.allocated", "G14.planned"),
    ("G14", "b"): ("G14.allocated_rural", "G14.allocated"),
    ("Q2", "all"): ("Q2.enrolled", "Q2.children"),
    ("G7", "all"): ("G7.funds", "G7.pupils"),
    ("G8", "all"): ("G8.teacher_pay", "G8.civil_servant_pay"),
    ("S1", "all"): ("S1.satisfied", "S1.valid"),
    ("S1", "parents"): ("S1.satisfied.parents", "S1.valid.parents"),
    ("S1", "visited"): ("S1.visited_satisfied", "S1.visited"),
    ("S1", "visited_parents"): ("S1.visited_satisfied.parents", "S1.visited.parents"),
}


@dataclass
class Items:
    """The county's own items of one county and year."""

    rows: Sequence[Row] = ()
    by_item: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for row in self.rows:
            self.by_item[row["item_code"]].append(row)

    def figures(
        self, wanted: Sequence[str], stage: str | None = None, school: str | None = None
    ) -> tuple[list[Fraction], Any] | None:
        """Values of these items in the latest period for which all of them are given, and that period."""
        chosen = [self._by_period(item, stage, school) for item in wanted]
        periods = set.intersection(*(set(found) for found in chosen))
        if not periods:
            return None
        latest = max(periods, key=lambda period: (period is not None, period or ""))
        return [found[latest] for found in chosen], latest

    def _by_period(self, item: str, stage: str | None, school: str | None) -> dict[Any, Fraction]:
        """The item by period: the row of the stage asked for; the row without a stage, else the sum of its stages."""
        rows: dict[Any, dict[str | None, Fraction]] = defaultdict(dict)
        for row in self.by_item[item]:
            if row.get("value") is not None and row.get("school_code") == school:
                rows[row.get("reference_period")][row.get("stage")] = Fraction(row["value"])
        found = {}
        for period, by_stage in rows.items():
            if stage in by_stage:
                found[period] = by_stage[stage]
            elif stage is None and set(STAGES) <= by_stage.keys():
                found[period] = sum((by_stage[s] for s in STAGES), Fraction(0))
        return found

    def declared(self, item: str) -> tuple[str | None, int]:
        """What the county says in the latest period, and how many documents it names."""
        rows = [row for row in self.by_item[item] if not row.get("school_code")]
        if not rows:
            return None, 0
        row = max(rows, key=lambda r: (r.get("reference_period") is not None, r.get("reference_period") or ""))
        evidence = [part for part in (row.get("evidence") or "").split(";") if part.strip()]
        return {"达标": "met", "不达标": "unmet"}.get(row["declared_verdict"], row["declared_verdict"]), len(evidence)


def school_sum(schools: Sequence[School], item: str) -> Fraction | None:
    """An item over all schools and both stages; unknown as soon as one part is."""
    return total(school.by_stage[item, stage] for school in schools for stage in STAGES) if schools else None


def nearby(schools: Sequence[School], stage: str) -> tuple[Fraction | None, Fraction | None]:
    """Pupils living in the catchment, and pupils, of public day schools in town; unknown while one may or may not be such."""
    conditions: tuple[Callable[[Row], bool | None], ...] = (
        lambda row: None if row.get("sponsor_code") is None else row["sponsor_code"] != "10",
        lambda row: None if row.get("is_boarding") is None else row["is_boarding"] == 0,
        lambda row: None if row.get("urban_rural_code") is None else row["urban_rural_code"] in URBAN_OR_TOWN,
    )
    inside = []
    for school in schools:
        if stage not in school.assessed:
            continue
        answers = [condition(school.row) for condition in conditions]
        if False in answers:
            continue
        if None in answers:
            return None, None
        inside.append(school)
    if not inside:
        return None, None
    return total(s.by_stage["catchment", stage] for s in inside), total(s.pupils[stage] for s in inside)
