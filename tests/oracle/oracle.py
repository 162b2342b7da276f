"""An independent oracle of the resource block of national-2017: plain Python, exact fractions, no code shared with the models.

Written from the rules and the plan (docs/rules/resource_balance.md), thresholds included. Input are census rows in force,
one per school, with the names of the plain template; a missing key or None is an empty cell.
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

# indicator: standard of primary and junior, per how many pupils, whether the premises are shared out, whole persons or rooms
INDICATORS: dict[str, tuple[dict[str, str], int, bool, bool]] = {
    "L1": ({"primary": "4.2", "junior": "5.3"}, 100, False, True),
    "L2": ({"primary": "1", "junior": "1"}, 100, False, True),
    "L3": ({"primary": "0.9", "junior": "0.9"}, 100, False, True),
    "L4": ({"primary": "4.5", "junior": "5.8"}, 1, True, False),
    "L5": ({"primary": "7.5", "junior": "10.2"}, 1, True, False),
    "L6": ({"primary": "2000", "junior": "2500"}, 1, True, False),
    "L7": ({"primary": "2.3", "junior": "2.4"}, 100, True, True),
}
FLOOR_SHARE = Fraction(85, 100)
LIMITS = {"primary": Fraction("0.50"), "junior": Fraction("0.45")}
WEIGHTS = {"primary": Fraction(1), "junior": Fraction("1.1"), "senior": Fraction("1.32")}
MUST_MEET = 6

STAGES_OF_KIND: dict[str, tuple[str, ...]] = {
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

PREMISES = (
    *("teaching_area_m2", "indoor_sports_area_m2", "outdoor_sports_area_m2"),
    *("equipment_value_wan_yuan", "multimedia_rooms"),
)
STAFF = ("qualified", "backbone", "pe_art")


def _number(value: Any) -> Fraction | None:
    return None if value is None else Fraction(value)


def _total(parts: Iterable[Fraction | None]) -> Fraction | None:
    known = list(parts)
    return None if any(part is None for part in known) else sum((p for p in known if p is not None), Fraction(0))


def half_up(value: Fraction, decimals: int) -> Decimal:
    """四舍五入 of an exact fraction."""
    scaled = abs(value) * 10**decimals
    units = math.floor(scaled + Fraction(1, 2))
    return Decimal(units if value >= 0 else -units).scaleb(-decimals)


def _root(value: Fraction, digits: int = 40) -> Decimal:
    with localcontext() as context:
        context.prec = digits
        return (Decimal(value.numerator) / Decimal(value.denominator)).sqrt()


@dataclass
class School:
    """An assessed school after its units have been added."""

    row: Row
    pupils: dict[str, Fraction | None] = field(default_factory=dict)
    staff: dict[tuple[str, str], Fraction | None] = field(default_factory=dict)
    premises: dict[str, Fraction | None] = field(default_factory=dict)


def has_stage(row: Row, stage: str) -> bool:
    """The kind has the stage, or pupils of it are reported."""
    return stage in STAGES_OF_KIND.get(row["school_kind_code"], ()) or (row.get(f"pupils_{stage}") or 0) > 0


def wants_folding(row: Row) -> bool:
    """Kind first: a teaching point never, attached classes always, others when they are not counted as a school."""
    if row["school_kind_code"] == TEACHING_POINT or not row.get("main_school_code"):
        return False
    if row["main_school_code"] == row["school_code"]:
        return False
    return row["school_kind_code"] in ATTACHED or row.get("counts_as_school") == 0


def final_main(row: Row, county: dict[str, Row]) -> str | None:
    """The school that a unit is counted with; None when it stands alone."""
    seen: set[str] = set()
    current = row
    while wants_folding(current):
        if current["school_code"] in seen or current["main_school_code"] not in county:
            return None
        seen.add(current["school_code"])
        current = county[current["main_school_code"]]
    return None if current is row else str(current["school_code"])


def fold(county: dict[str, Row]) -> list[School]:
    """Add the units of each school: pupils, staff by stage, premises."""
    units: dict[str, list[tuple[Row, bool]]] = defaultdict(list)
    for row in county.values():
        main = final_main(row, county)
        units[main or row["school_code"]].append((row, main is not None))
    schools = []
    for code, parts in units.items():
        school = School(county[code])
        for stage in WEIGHTS:
            school.pupils[stage] = _total(
                _number(row.get(f"pupils_{stage}")) if has_stage(row, stage) else Fraction(0) for row, _ in parts
            )
            for item in STAFF:
                school.staff[item, stage] = _total(
                    Fraction(0)
                    if row.get(f"{item}_{stage}") is None and not has_stage(row, stage)
                    else _number(row.get(f"{item}_{stage}"))
                    for row, _ in parts
                )
        for item in PREMISES:
            school.premises[item] = _total(
                Fraction(0)
                if row.get(item) is None and folded and row["school_kind_code"] in ATTACHED
                else _number(row.get(item))
                for row, folded in parts
            )
        schools.append(school)
    return schools


def in_scope(school: School) -> bool:
    """Kinds that are assessed; a teaching point from 50 pupils on, or while it is not known how many it has."""
    kind = school.row["school_kind_code"]
    if kind == TEACHING_POINT:
        total = _total(school.pupils.values())
        return total is None or total >= SMALLEST_TEACHING_POINT
    return kind in ASSESSED_KINDS


def amount_of(school: School, indicator: str, stage: str) -> Fraction | None:
    """Numerator before any split."""
    staff = {"L1": "qualified", "L2": "backbone", "L3": "pe_art"}
    if indicator in staff:
        return school.staff[staff[indicator], stage]
    indoor, premises = school.premises["indoor_sports_area_m2"], school.premises
    if indicator == "L4":
        return None if indoor is None or premises["teaching_area_m2"] is None else premises["teaching_area_m2"] - indoor
    if indicator == "L5":
        return _total([premises["outdoor_sports_area_m2"], indoor])
    if indicator == "L6":
        value = premises["equipment_value_wan_yuan"]
        return None if value is None else value * 10_000
    return premises["multimedia_rooms"]


def judge(value: Fraction | None, standard: Fraction) -> str:
    """Verdict on one figure."""
    if value is None:
        return "undecided"
    return "met" if value >= standard else "floor_met" if value >= standard * FLOOR_SHARE else "unmet"


def school_rows(school: School) -> list[Row]:
    """Rows of fct_school_indicator of one assessed school."""
    present = [stage for stage in WEIGHTS if school.pupils[stage] is None or school.pupils[stage]]
    assessed = [stage for stage in present if stage in LIMITS]
    weighted = _total(WEIGHTS[s] * p if (p := school.pupils[s]) is not None else None for s in present)
    rows = []
    for indicator, (standards, scale, is_split, whole) in INDICATORS.items():
        needs: dict[str, Fraction] = {}
        for stage in assessed:
            standard, pupils = Fraction(standards[stage]), school.pupils[stage]
            share: Fraction | None = Fraction(1)
            if is_split:
                share = None if weighted is None or pupils is None else WEIGHTS[stage] * pupils / weighted
            amount = amount_of(school, indicator, stage)
            numerator = None if amount is None or share is None else amount * share
            value = None if numerator is None or not pupils else numerator * scale / pupils
            verdict = judge(value, standard)
            row: Row = {
                "county_code": school.row["county_code"],
                "school_year": school.row["school_year"],
                "school_code": school.row["school_code"],
                "stage": stage,
                "indicator_code": indicator,
                "pupils": pupils,
                "numerator": numerator,
                "value": value,
                "value_rounded": None if value is None else half_up(value, 2),
                "verdict": verdict,
                "verdict_changes_when_rounded": None,
                "shortfall": None,
                "school_shortfall": None,
            }
            if value is not None and pupils is not None and numerator is not None and share is not None:
                row["verdict_changes_when_rounded"] = judge(Fraction(half_up(value, 2)), standard) != verdict
                row["shortfall"] = max(Fraction(0), standard * pupils / scale - numerator)
                need = row["shortfall"] / share
                needs[stage] = Fraction(math.ceil(need)) if whole else need
                row["school_shortfall"] = needs[stage]
            rows.append(row)
        if is_split and needs:
            for row in rows[-len(assessed) :]:
                row["school_shortfall"] = max(needs.values())
    return rows


def school_verdict(verdicts: list[str]) -> str:
    """At least six met and the rest at their floor; unknown ones are tried both ways."""

    def outcome(completed: list[str]) -> str:
        return "met" if completed.count("met") >= MUST_MEET and "unmet" not in completed else "unmet"

    known = [v for v in verdicts if v != "undecided"]
    unknown = len(verdicts) - len(known)
    if not unknown:
        return outcome(known)
    best, worst = outcome([*known, *["met"] * unknown]), outcome([*known, *["unmet"] * unknown])
    return best if best == worst else "undecided"


def county_row(rows: list[Row], stage: str, scale: int) -> Row:
    """Figures of one county, stage and indicator from the rows of its schools."""
    known = [row for row in rows if row["value"] is not None]
    complete = len(known) == len(rows)
    result: Row = {
        "school_count": len(rows),
        "known_school_count": len(known),
        "schools_met": sum(row["verdict"] == "met" for row in rows),
        "schools_floor_met": sum(row["verdict"] == "floor_met" for row in rows),
        "pupils": _total(row["pupils"] for row in rows),
        "waiting": [row["school_code"] for row in sorted(rows, key=lambda r: r["school_code"]) if row["value"] is None],
        "county_mean": None,
        "standard_deviation": None,
        "difference_coefficient": None,
        "provisional_coefficient": None,
        "county_mean_rounded": None,
        "difference_coefficient_rounded": None,
        "verdict": "undecided",
        "verdict_changes_when_rounded": None,
    }
    if not known:
        return result
    pupils = sum((row["pupils"] for row in known), Fraction(0))
    mean = sum((row["numerator"] for row in known), Fraction(0)) * scale / pupils
    variance = sum((row["pupils"] / pupils * (row["value"] - mean) ** 2 for row in known), Fraction(0))
    coefficient = _root(variance / mean**2) if mean else None
    result["provisional_coefficient"] = coefficient
    if not complete:
        return result
    result["county_mean"], result["county_mean_rounded"] = mean, half_up(mean, 2)
    result["standard_deviation"] = _root(variance)
    if coefficient is not None:
        rounded = half_up(Fraction(coefficient), 3)
        is_met = variance <= (LIMITS[stage] * mean) ** 2
        result["difference_coefficient"] = coefficient
        result["difference_coefficient_rounded"] = rounded
        result["verdict"] = "met" if is_met else "unmet"
        result["verdict_changes_when_rounded"] = (Fraction(rounded) <= LIMITS[stage]) != is_met
    return result


@dataclass
class Figures:
    """Everything the oracle expects, by grain."""

    school_indicator: dict[Key, Row] = field(default_factory=dict)
    school_verdict: dict[Key, Row] = field(default_factory=dict)
    county_indicator: dict[Key, Row] = field(default_factory=dict)


def assess(census: Iterable[Row]) -> Figures:
    """All figures of national-2017 from the census rows in force."""
    counties: dict[tuple[str, int], dict[str, Row]] = defaultdict(dict)
    for row in census:
        counties[row["county_code"], row["school_year"]][row["school_code"]] = row
    figures = Figures()
    for place, county in counties.items():
        by_indicator: dict[tuple[str, str], list[Row]] = defaultdict(list)
        by_school: dict[tuple[str, str], list[str]] = defaultdict(list)
        for school in filter(in_scope, fold(county)):
            for row in school_rows(school):
                key = (*place, row["school_code"], row["stage"], row["indicator_code"])
                figures.school_indicator[key] = row
                by_indicator[row["stage"], row["indicator_code"]].append(row)
                by_school[row["school_code"], row["stage"]].append(row["verdict"])
        for (code, stage), verdicts in by_school.items():
            counts = {f"n_{v}": verdicts.count(v) for v in ("met", "floor_met", "unmet", "undecided")}
            figures.school_verdict[(*place, code, stage)] = counts | {"verdict": school_verdict(verdicts)}
        for (stage, indicator), rows in by_indicator.items():
            figures.county_indicator[(*place, stage, indicator)] = county_row(rows, stage, INDICATORS[indicator][1])
    return figures
