"""Requirements of national-2017 beside the resource block: preconditions, government, quality, social recognition, vetoes.

From rules.md sections 4 to 7 and docs/adr/0004-all-indicators.md. A figure comes from the school rows of the census where they
have it whole, else from the county's own items; what is compared is compared without a division.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.oracle.relaxations import room_limits, size_limit_relaxed
from tests.oracle.schools import (
    ASSESSED_KINDS,
    ATTACHED,
    STAGES,
    URBAN_OR_TOWN,
    Row,
    School,
    half_up,
    has_stage,
    number,
    total,
)
from tests.oracle.settings import Settings

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
VOCATIONAL_KINDS = {"361", "362", "363", "364", "365", "366", "368"}


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
    relaxed_value: Fraction | None = None
    relaxed_threshold: Fraction | None = None


def compulsory(school: School) -> Fraction | None:
    """Pupils of compulsory education."""
    return total(school.pupils[stage] for stage in STAGES)


def teaches(school: School) -> bool:
    """Gives compulsory education, teaching points of any size included."""
    return school.kind in ASSESSED_KINDS and bool(school.assessed)


def rooms(school: School, subject: str, smallest: int) -> tuple[int, int | None]:
    """Rooms that are large enough: at least so many, at most so many (None: not known).

    Areas that are listed are looked at; rooms without an area may be large enough or not, unless no area at all is given:
    a count alone means rooms of sufficient area.
    """
    least, unclear, some_unknown = 0, 0, False
    for unit in school.units:
        counted, listed = unit.get(f"{subject}_rooms"), unit.get(f"{subject}_room_areas_m2")
        if listed:
            areas = [Fraction(area) for area in listed.split(";") if area.strip()]
            least += sum(area >= smallest for area in areas)
            unclear += max(0, (counted or 0) - len(areas))
        elif counted is not None:
            least += counted
        elif unit is school.row or unit["school_kind_code"] not in ATTACHED:
            some_unknown = True
    return least, None if some_unknown else least + unclear


def judge_rooms(school: School, subject: str, settings: Settings) -> Judged:
    """G3: for every 12 classes a music room and an art room of sufficient area; pooled: so many rooms of both together."""
    classes = total(classes_of(school, stage) for stage in STAGES)
    if settings["room_classes"] == "all":
        classes = total([classes, school.by_stage["classes", "senior"]])
    needed = None if classes is None else Fraction(math.ceil(classes / CLASSES_PER_ROOM))
    counted = tuple(ROOM_AREAS) if settings["room_reading"] == "pooled" else (subject,)
    eased = {kind: min(relaxed_rooms(school, kind), default=(ROOM_AREAS[kind], None)) for kind in ROOM_AREAS}

    def outcome(areas: dict[str, int]) -> tuple[Fraction | None, str]:
        """Rooms of sufficient area, as far as all are known, and the verdict: enough are enough, whatever the others."""
        counts = [rooms(school, kind, areas[kind]) for kind in counted]
        least, most = Fraction(sum(few for few, _ in counts)), total(number(many) for _, many in counts)
        verdict = "undecided"
        if needed is not None and (least >= needed or (most is not None and most < needed)):
            verdict = "met" if least >= needed else "unmet"
        return least if most is not None else None, verdict

    value, strict = outcome(ROOM_AREAS)
    code = eased[subject][1]
    relaxed_value, relaxed = outcome({kind: min(area, ROOM_AREAS[kind]) for kind, (area, _) in eased.items()})
    if code is None:
        return Judged(value, needed, strict, strict)
    return Judged(value, needed, relaxed, strict, code if relaxed != strict else None, relaxed_value, needed)


def classes_of(school: School, stage: str) -> Fraction | None:
    """Classes of a stage; without pupils there are none, whatever the cell."""
    counted = school.by_stage["classes", stage]
    return Fraction(0) if counted is None and school.pupils[stage] == 0 else counted


def relaxed_rooms(school: School, subject: str) -> list[tuple[int, str]]:
    """Smallest room that each relaxation of all its stages allows; where they differ, the larger one."""
    by_stage = [room_limits(school, stage) for stage in school.assessed]
    shared = set.intersection(*(set(limits) for limits in by_stage))
    which = list(ROOM_AREAS).index(subject)
    return [(max(limits[code][which] for limits in by_stage), code) for code in shared]


def runs_forbidden_classes(school: School) -> bool:
    """A secondary vocational school with primary or junior pupils: it may not have any (G4)."""
    return school.kind in VOCATIONAL_KINDS and any(school.pupils[stage] for stage in STAGES)


def judge_size(school: School) -> Judged:
    """G4: pupils of compulsory education at most 2000, in nine- and twelve-year schools 2500; relaxed 2400 and 3000."""
    if runs_forbidden_classes(school):
        return Judged(compulsory(school), Fraction(0), "unmet", "unmet")
    through = school.kind in {"312", "314", "345"}
    limit, relaxed = (2500, 3000) if through else (2000, 2400)
    known = sum((p for stage in STAGES if (p := school.pupils[stage]) is not None), Fraction(0))
    pupils, code = compulsory(school), size_limit_relaxed(school)

    def outcome(most: int) -> str:
        """Known pupils above the limit are enough."""
        return "unmet" if known > most else "undecided" if pupils is None else "met"

    if code is None:
        return Judged(pupils, Fraction(limit), outcome(limit), outcome(limit))
    used = code if outcome(relaxed) != outcome(limit) else None
    return Judged(pupils, Fraction(limit), outcome(relaxed), outcome(limit), used, pupils, Fraction(relaxed))


def judge_classes(school: School, stage: str) -> Judged:
    """G5: no class above the limit; unit by unit the bands, else the count, else the largest class.

    None above, while the count or the largest class says that there is one: unknown.
    """
    above: list[Fraction | None] = []
    found = False
    for unit in school.units:
        if not has_stage(unit, stage) or unit.get(f"pupils_{stage}") == 0:
            continue
        of_unit = total(number(unit.get(f"classes_{stage}_{band}")) for band in BANDS_ABOVE[stage])
        counted = number(unit.get(f"classes_over_{stage}"))
        if of_unit is None:
            of_unit = counted
        largest = unit.get(f"largest_class_{stage}")
        if of_unit == 0 and ((counted or 0) > 0 or (largest is not None and largest > CLASS_LIMITS[stage])):
            above.append(None)
            continue
        if of_unit is None and largest is not None:
            of_unit = Fraction(0) if largest <= CLASS_LIMITS[stage] else None
            found = found or largest > CLASS_LIMITS[stage]
        found = found or bool(of_unit)
        above.append(of_unit)
    value = total(above)
    verdict = "unmet" if found else "undecided" if value is None else "met"
    return Judged(value, Fraction(0), verdict, verdict)


# --- figures of the county ---------------------------------------------------------------------------------------------------


WHOLE = {"G3", "G4", "G5", "G6", "G7", "Q9"}
"""Requirements whose figures the form has without decimals; all others have one."""


def rounded(code: str, value: Fraction | None) -> Decimal | None:
    """A figure with the decimals of its requirement."""
    return None if value is None else half_up(value, 0 if code in WHOLE else 1)


SHARES = {"G9", "G11", "G12", "G13", "G14", "G15", "Q1", "Q2", "Q4", "S1"}
"""Figures of a part against its whole: above 100 % they cannot be, and nothing is decided."""


@dataclass
class Ratio:
    """A figure against its threshold: exact by cross multiplication, or with the decimals of the form."""

    code: str
    threshold: Fraction
    per_cent: bool = True

    def judge(
        self, numerator: Fraction | None, denominator: Fraction | None, settings: Settings
    ) -> tuple[Fraction | None, str, bool | None]:
        """Value, verdict, and whether the other way of comparing differs; without a denominator there is no figure."""
        if numerator is None or not denominator:
            return None, "undecided", None
        if self.code in SHARES and numerator > denominator:
            return None, "undecided", None
        value = numerator * (100 if self.per_cent else 1) / denominator
        exact, by_form = (self.holds(figure) for figure in (value, Fraction(rounded(self.code, value) or 0)))
        return value, verdict_of(by_form if settings["comparison"] == "rounded" else exact), exact != by_form

    def holds(self, figure: Fraction) -> bool:
        """At least the threshold."""
        return figure >= self.threshold


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
    schools: Sequence[str] = ()
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
        """The item by period: the row of the stage asked for; the row without a stage, else the sum of its stages, else of the
        schools in scope, as far as all of them say it."""
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
        if school is None and stage is None and self.schools:
            of_schools = [self._by_period(item, None, code) for code in self.schools]
            for period in set.intersection(*(set(periods) for periods in of_schools)) - found.keys():
                found[period] = sum((periods[period] for periods in of_schools), Fraction(0))
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

    def of_stage(school: School, stage: str) -> Fraction | None:
        """A stage without pupils may have empty cells; what it has counts."""
        amount = school.by_stage[item, stage]
        return Fraction(0) if amount is None and school.pupils[stage] == 0 else amount

    return total(of_stage(school, stage) for school in schools for stage in STAGES) if schools else None


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
