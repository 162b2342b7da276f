"""Assessed schools of a county, from census rows: folding of units, stages, scope. Plain Python, exact fractions.

Input are census rows in force, one per school, with the names of the plain template; a missing key or None is an empty cell.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

Row = dict[str, Any]
Key = tuple[Any, ...]

STAGES = ("primary", "junior")
"""Stages of compulsory education."""
WEIGHTS = {"primary": Fraction(1), "junior": Fraction("1.1"), "senior": Fraction("1.32")}

STAGES_OF_KIND: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("111", "119"), ("kindergarten",)),
    **dict.fromkeys(("211", "218", "219"), ("primary",)),
    **dict.fromkeys(("311", "313", "319"), ("junior",)),
    **dict.fromkeys(("312", "314"), ("primary", "junior")),
    **dict.fromkeys(("341", "343"), ("junior", "senior")),
    **dict.fromkeys(("342", "344", "349"), ("senior",)),
    "345": ("primary", "junior", "senior"),
}
ATTACHED = {"119", "219", "319", "349"}
ASSESSED_KINDS = {"211", "218", "311", "312", "313", "314", "341", "342", "343", "344", "345"} | ATTACHED
TEACHING_POINT = "218"
SMALLEST_TEACHING_POINT = 50
RURAL = {"210", "220"}
URBAN_OR_TOWN = {"111", "112", "121", "122", "123"}
COUNTY_RUN = {"7", "8"}

BANDS = ("le25", "26_30", "31_35", "36_40", "41_45", "46_50", "51_55", "56_60", "61_65", "ge66")
BY_STAGE = (
    *("staff", "teachers", "qualified", "backbone", "pe_art", "visiting_pe_art", "certified", "midtitle"),
    *("trained360", "exchange_eligible", "exchanged", "exchanged_backbone"),
    *("catchment", "classes", "classes_over", *(f"classes_{{}}_{band}" for band in BANDS)),
)
"""Items that the census gives per stage and that add up over the units of a school."""
OF_SCHOOL = (
    *("teaching_area_m2", "indoor_sports_area_m2", "outdoor_sports_area_m2", "leased_sports_area_m2"),
    *("converted_sports_area_m2", "equipment_value_wan_yuan", "multimedia_rooms", "computers", "books"),
    *("music_rooms", "art_rooms", "migrant_pupils"),
    *("public_funds_budget_yuan", "public_funds_allocated_yuan", "training_budget_yuan"),
)
"""Items of the whole school that add up; an attached class has nothing of its own where its cell is empty."""


def number(value: Any) -> Fraction | None:
    """An exact figure, or None for an empty cell."""
    return None if value is None else Fraction(value)


def total(parts: Iterable[Fraction | None]) -> Fraction | None:
    """A sum, unknown as soon as one part is."""
    known = list(parts)
    return None if any(part is None for part in known) else sum((p for p in known if p is not None), Fraction(0))


def half_up(value: Fraction, decimals: int) -> Decimal:
    """四舍五入 of an exact fraction."""
    scaled = abs(value) * 10**decimals
    units = math.floor(scaled + Fraction(1, 2))
    return Decimal(units if value >= 0 else -units).scaleb(-decimals)


def root(value: Fraction, digits: int = 40) -> Decimal:
    """Square root to so many digits."""
    with localcontext() as context:
        context.prec = digits
        return (Decimal(value.numerator) / Decimal(value.denominator)).sqrt()


def column(item: str, stage: str) -> str:
    """Name of a per-stage item in the template."""
    return item.format(stage) if "{}" in item else f"{item}_{stage}"


@dataclass
class School:
    """An assessed school after its units have been added."""

    row: Row
    pupils: dict[str, Fraction | None] = field(default_factory=dict)
    kindergarten: Fraction | None = None
    by_stage: dict[tuple[str, str], Fraction | None] = field(default_factory=dict)
    of_school: dict[str, Fraction | None] = field(default_factory=dict)
    units: list[Row] = field(default_factory=list)
    venues: list[Row] | None = None
    """Lines of the county's list of venues of the year; None: it has none."""

    @property
    def place(self) -> tuple[str, int]:
        """County and school year."""
        return self.row["county_code"], self.row["school_year"]

    @property
    def code(self) -> str:
        """Code of the main school."""
        return str(self.row["school_code"])

    @property
    def kind(self) -> str:
        """Kind of the main school."""
        return str(self.row["school_kind_code"])

    @property
    def present(self) -> list[str]:
        """Stages with pupils or unknown pupils."""
        return [stage for stage in WEIGHTS if self.pupils[stage] is None or self.pupils[stage]]

    @property
    def assessed(self) -> list[str]:
        """Stages of compulsory education with pupils or unknown pupils."""
        return [stage for stage in self.present if stage in STAGES]

    @property
    def all_pupils(self) -> Fraction | None:
        """Pupils of all stages."""
        return total(self.pupils.values())

    def weighted(self, kindergarten_weight: Fraction) -> Fraction | None:
        """Weighted pupils of all stages, the base of a split; children without a weight take no part, known or not."""
        parts = [(WEIGHTS[stage], self.pupils[stage]) for stage in WEIGHTS]
        parts += [(kindergarten_weight, self.kindergarten)] if kindergarten_weight else []
        return total(None if pupils is None else weight * pupils for weight, pupils in parts)


def has_stage(row: Row, stage: str) -> bool:
    """The kind has the stage, or pupils of it are reported."""
    return stage in STAGES_OF_KIND.get(row["school_kind_code"], ()) or (row.get(f"pupils_{stage}") or 0) > 0


def pupils_of(school: School, stage: str) -> Fraction | None:
    """Pupils of a stage over the units of a school; none where no unit has it."""
    return total(number(row.get(f"pupils_{stage}")) if has_stage(row, stage) else Fraction(0) for row in school.units)


@dataclass(frozen=True)
class Folding:
    """Rules for units that are not counted as schools (不计校数): what the kind decides before anything else does."""

    never: frozenset[str] = frozenset({TEACHING_POINT})
    always: frozenset[str] = frozenset(ATTACHED)

    def wants(self, row: Row) -> bool:
        """Kind first: a teaching point never, attached classes always, others when they are not counted as a school."""
        if row["school_kind_code"] in self.never or row.get("main_school_code") in (None, row["school_code"]):
            return False
        return row["school_kind_code"] in self.always or row.get("counts_as_school") == 0


FOLDING = Folding()


def final_main(row: Row, county: dict[str, Row], folding: Folding) -> str | None:
    """The school that a unit is counted with; None when it stands alone."""
    seen: set[str] = set()
    current = row
    while folding.wants(current):
        if current["school_code"] in seen or current["main_school_code"] not in county:
            return None
        seen.add(current["school_code"])
        current = county[current["main_school_code"]]
    return None if current is row else str(current["school_code"])


def fold(county: dict[str, Row], folding: Folding = FOLDING) -> list[School]:
    """Add the units of each school: pupils, items of a stage, items of the school."""
    units: dict[str, list[tuple[Row, bool]]] = defaultdict(list)
    for row in county.values():
        main = final_main(row, county, folding)
        units[main or row["school_code"]].append((row, main is not None))
    schools = []
    for code, parts in units.items():
        school = School(county[code], units=[row for row, _ in parts])
        school.kindergarten = pupils_of(school, "kindergarten")
        for stage in WEIGHTS:
            school.pupils[stage] = pupils_of(school, stage)
            for item in BY_STAGE:
                name = column(item, stage)
                school.by_stage[item, stage] = total(
                    Fraction(0) if row.get(name) is None and not has_stage(row, stage) else number(row.get(name))
                    for row, _ in parts
                )
        for item in OF_SCHOOL:
            school.of_school[item] = total(
                Fraction(0) if row.get(item) is None and folded and row["school_kind_code"] in ATTACHED else number(row.get(item))
                for row, folded in parts
            )
        schools.append(school)
    return schools


def in_scope(school: School) -> bool:
    """Kinds that national-2017 assesses; a teaching point from 50 pupils on, or while it is not known how many it has."""
    if school.kind == TEACHING_POINT:
        return school.all_pupils is None or school.all_pupils >= SMALLEST_TEACHING_POINT
    return school.kind in ASSESSED_KINDS


def in_scope_2012(school: School) -> bool:
    """Run by the county or not known by whom; no teaching points, special or vocational schools."""
    sponsor = school.row.get("sponsor_code")
    return school.kind in ASSESSED_KINDS - {TEACHING_POINT} and (sponsor is None or sponsor in COUNTY_RUN)


def counties(census: Iterable[Row]) -> dict[tuple[str, int], dict[str, Row]]:
    """Rows in force by county and year, then by school."""
    places: dict[tuple[str, int], dict[str, Row]] = defaultdict(dict)
    for row in census:
        places[row["county_code"], row["school_year"]][row["school_code"]] = row
    return places
