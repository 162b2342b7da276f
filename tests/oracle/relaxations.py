"""Relaxations of the 2019 procedure (rules.md section 6): who may use them, and what they change.

A school uses one only where its conditions are known to hold; they are alive from 2019 on and have no end.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from tests.oracle.schools import RURAL, STAGES, Row, School, has_stage, total

FIRST_YEAR = 2019


def alive(year: int) -> bool:
    """The relaxations hold in this school year."""
    return year >= FIRST_YEAR


def small_rural(school: School) -> bool:
    """In the countryside, 50 pupils and more, fewer than 100."""
    pupils = school.all_pupils
    return school.row.get("urban_rural_code") in RURAL and pupils is not None and 50 <= pupils < 100


def dense_centre(school: School) -> bool:
    """In an over-dense city centre."""
    return school.row.get("is_dense_centre") == 1


def leased_area(school: School, evidence: str) -> Fraction | None:
    """Leased area as stated, no more than what agreements show: in force on 1 September, ten minutes on foot, claimed once.

    ``evidence``: as stated, always by a list of venues, or by a list where the county has one (None: it has none).
    """
    stated = school.of_school["leased_sports_area_m2"]
    if evidence == "stated" or stated is None or (evidence == "listed" and school.venues is None):
        return stated
    day, shown = date(school.row["school_year"], 9, 1), Fraction(0)
    codes = {unit["school_code"] for unit in school.units}
    for venue in school.venues or ():
        if venue["use"] == "own" or venue["school_code"] not in codes or not venue["counts_here"]:
            continue
        of_venue = [other for other in school.venues or () if other["venue_no"] == venue["venue_no"]]
        areas = {other["area_m2"] for other in of_venue if other["area_m2"] is not None}
        begins, ends, minutes = (venue[name] for name in ("valid_from", "valid_to", "walk_minutes"))
        is_counted_once = sum(other["counts_here"] for other in of_venue) == 1 and len(areas) == 1
        if not is_counted_once or None in (begins, ends, minutes) or minutes > 10:
            continue
        if date.fromisoformat(begins) <= day <= date.fromisoformat(ends):
            shown += Fraction(areas.pop())
    return min(stated, shown)


def relaxed_amount(
    school: School, indicator: str, stage: str, strict: Fraction | None, lease_evidence: str
) -> tuple[str | None, Fraction | None]:
    """Relaxation that the school may use for an indicator, and the amount with what it may count in addition.

    What may be added counts where it is known: an exception has to be shown.
    """
    if not alive(school.row["school_year"]) or strict is None:
        return None, None
    if indicator == "L3" and small_rural(school):
        code, extra = "L3_small_rural", [school.by_stage["visiting_pe_art", stage]]
    elif indicator == "L5" and dense_centre(school):
        code, extra = "L5_dense_centre", [leased_area(school, lease_evidence), school.of_school["converted_sports_area_m2"]]
    else:
        return None, None
    return code, strict + sum((amount for amount in extra if amount is not None), Fraction(0))


def room_limits(school: School, stage: str) -> dict[str, tuple[int, int]]:
    """Smallest music and art room in m², by relaxation that a school may use for this stage."""
    limits: dict[str, tuple[int, int]] = {}
    if not alive(school.row["school_year"]):
        return limits
    built = school.row.get("built_year")
    if built is not None and built <= 2016:
        limits["G3_built_2016"] = (73, 67)
    if school.row.get("urban_rural_code") in RURAL and (largest := largest_class(school)) is not None and largest < 30:
        smallest = 54 if stage == "primary" else 61
        limits["G3_small_rural"] = (smallest, smallest)
    return limits


def largest_class(school: School) -> int | None:
    """Largest class of compulsory education; None while one of its stages has not told."""
    sizes = [unit.get(f"largest_class_{stage}") for unit in school.units for stage in school.assessed if stage_here(unit, stage)]
    return None if not sizes or None in sizes else max(sizes)


def stage_here(unit: Row, stage: str) -> bool:
    """A unit has pupils of the stage, or may have."""
    return has_stage(unit, stage) and unit.get(f"pupils_{stage}") != 0


def size_limit_relaxed(school: School) -> str | None:
    """Planned and built by 2010, or more than half of the pupils are children of migrant workers."""
    if not alive(school.row["school_year"]):
        return None
    built, migrants = school.row.get("built_year"), school.of_school["migrant_pupils"]
    pupils = total(school.pupils[stage] for stage in STAGES)
    if built is not None and built <= 2010:
        return "G4_built_2010"
    return "G4_migrants" if migrants is not None and pupils is not None and 2 * migrants > pupils else None
