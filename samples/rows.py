"""Census rows of a sample county: the drawn numerators, and everything else a school would report beside them."""

from __future__ import annotations

import math
import random
from typing import Any

from samples.draw import Amounts
from samples.fields import Row, template
from samples.plan import School, Unit

STAGES = ("primary", "junior")
GRADES = {"primary": 6, "junior": 3}
FIRST_GRADES = {"primary": 1, "junior": 7}
CLASS_LIMITS = {"primary": 45, "junior": 50}
BANDS = ("le25", "26_30", "31_35", "36_40", "41_45", "46_50", "51_55", "56_60", "61_65", "ge66")


def _even(total: int, parts: int) -> list[int]:
    return [total // parts + (1 if i < total % parts else 0) for i in range(parts)]


def class_grades(school: School, stage: str) -> list[tuple[int, int]]:
    """Grade and size of every class of a school's stage."""
    first = FIRST_GRADES[stage]
    if sizes := school.class_sizes.get(stage):
        return [(first + n % GRADES[stage], size) for n, size in enumerate(sizes)]
    cap = school.cap or (CLASS_LIMITS[stage] - 3)
    grades = enumerate(_even(school.pupils[stage], GRADES[stage]), first)
    return [(grade, size) for grade, pupils in grades if pupils for size in _even(pupils, math.ceil(pupils / cap))]


def _band(size: int) -> str:
    return BANDS[0] if size <= 25 else BANDS[min((size - 21) // 5, 9)]


def _classes(school: School, stage: str) -> Row:
    sizes = [size for _, size in class_grades(school, stage)]
    row: Row = {
        f"grades_{stage}": min(GRADES[stage], len(sizes)),
        f"classes_{stage}": len(sizes),
        f"classes_over_{stage}": sum(size > CLASS_LIMITS[stage] for size in sizes),
        f"largest_class_{stage}": max(sizes),
    }
    for band in BANDS:
        row[f"classes_{stage}_{band}"] = sum(_band(size) == band for size in sizes)
    return row


def _teachers(stage: str, pupils: int, persons: dict[str, int], rng: random.Random) -> Row:
    """Teachers of one stage: everyone counted in an indicator is one of them."""
    qualified, backbone, pe_art = persons["L1"], persons["L2"], persons["L3"]
    least = math.ceil(pupils / (19.5 if stage == "primary" else 14.5))
    teachers = max(math.ceil(qualified * rng.uniform(1.02, 1.12)), least, backbone + 1, pe_art + 2, GRADES[stage] // 3)
    eligible = round(teachers * rng.uniform(0.3, 0.5))
    exchanged = min(round(eligible * rng.uniform(0.08, 0.2)), eligible)
    return {
        f"staff_{stage}": teachers + max(1, round(teachers * 0.06)),
        f"teachers_{stage}": teachers,
        f"qualified_{stage}": qualified,
        f"backbone_{stage}": backbone,
        f"pe_art_{stage}": pe_art,
        f"visiting_pe_art_{stage}": rng.choice((0, 1)) if pupils < 100 else 0,
        f"certified_{stage}": teachers,
        f"midtitle_{stage}": round(teachers * rng.uniform(0.42, 0.66)),
        f"trained360_{stage}": teachers,
        f"exchange_eligible_{stage}": eligible,
        f"exchanged_{stage}": exchanged,
        f"exchanged_backbone_{stage}": min(round(exchanged * 0.25), backbone),
    }


def _rooms(classes: int, rng: random.Random) -> Row:
    """Music and art rooms: one of each per started dozen of classes."""
    row: Row = {}
    for kind, smallest in (("music", 96), ("art", 90)):
        count = math.ceil(classes / 12)
        row[f"{kind}_rooms"] = count
        row[f"{kind}_room_areas_m2"] = ";".join(str(smallest + rng.randint(0, 14)) for _ in range(count))
    return row


def _premises(school: School, amounts: dict[str, float]) -> Row:
    """Areas and equipment of one school; indoor sports area is part of the teaching area as the census counts it."""
    indoor = round(min(amounts["L5"] * 0.12, 1200)) if sum(school.pupils.values()) > 500 else 0
    return {
        "teaching_area_m2": round(amounts["L4"]) + indoor,
        "indoor_sports_area_m2": indoor,
        "outdoor_sports_area_m2": round(amounts["L5"]) - indoor,
        "leased_sports_area_m2": 0,
        "converted_sports_area_m2": 0,
        "equipment_value_wan_yuan": round(amounts["L6"] / 10000, 2),
        "multimedia_rooms": round(amounts["L7"]),
    }


def _money_and_media(school: School, rng: random.Random) -> Row:
    pupils = sum(school.pupils.get(s, 0) for s in (*STAGES, "senior"))
    quota = 720 * school.pupils.get("primary", 0) + 940 * (pupils - school.pupils.get("primary", 0))
    budget = max(quota, 72000)
    richness = math.exp(rng.gauss(0, 0.25)) * (max(pupils, 40) / 400) ** -0.08
    return {
        "computers": round(pupils * 0.13 * richness),
        "books": round(pupils * 27 * richness),
        "public_funds_budget_yuan": budget,
        "public_funds_allocated_yuan": budget,
        "training_budget_yuan": round(budget * rng.uniform(0.052, 0.081)),
    }


def _share(unit: Unit, amounts: dict[tuple[str, str], float]) -> dict[str, dict[tuple[str, str], float]]:
    """Divide a unit's numerators among the schools that deliver for it; they add up to the unit's."""
    members = [unit.head, *unit.parts]
    given: dict[str, dict[tuple[str, str], float]] = {m.code: {} for m in members}
    for (indicator, stage), amount in amounts.items():
        left = amount
        for part in unit.parts:
            if stage == "all":
                weight = sum(part.pupils.get(s, 0) for s in STAGES) if part.kind == "211" else 0
                share = weight / max(sum(unit.pupils.values()), 1)
            else:
                share = part.pupils.get(stage, 0) / unit.pupils[stage]
            step = 100 if indicator == "L6" else 1
            given[part.code][indicator, stage] = round(amount * share / step) * step
            left -= given[part.code][indicator, stage]
        given[unit.head.code][indicator, stage] = left
    return given


def _row(school: School, amounts: dict[tuple[str, str], float], year: int, seed: int) -> Row:
    rng = random.Random(f"{seed}:{school.code}:row:{year}")
    row: Row = {
        "school_code": school.code,
        "school_name": school.name,
        "school_kind_code": school.kind,
        "township": school.township,
        "urban_rural_code": school.place,
        "sponsor_code": school.sponsor,
        "counts_as_school": school.counts,
        "main_school_code": school.main,
        "is_boarding": school.boarding,
        "is_dense_centre": school.dense,
        "built_year": school.built,
    }
    for stage in (*STAGES, "senior", "kindergarten"):
        row[f"pupils_{stage}"] = school.pupils.get(stage)
    compulsory = sum(school.pupils.get(s, 0) for s in STAGES)
    town = school.place.startswith("11")
    row["migrant_pupils"] = round(compulsory * rng.uniform(0.12, 0.28) if town else compulsory * rng.uniform(0, 0.06))
    for stage in STAGES:
        pupils = school.pupils.get(stage)
        if pupils:
            row.update(_classes(school, stage))
            persons = {k: round(amounts.get((k, stage), 0)) for k in ("L1", "L2", "L3")}
            row.update(_teachers(stage, pupils, persons, rng))
            row[f"catchment_{stage}"] = pupils if stage == "primary" else round(pupils * rng.uniform(0.955, 1))
    if school.pupils.get("senior"):
        row["classes_senior"] = math.ceil(school.pupils["senior"] / 50)
    row.update(_premises(school, {k: amounts.get((k, "all"), 0) for k in ("L4", "L5", "L6", "L7")}))
    row.update(_money_and_media(school, rng))
    if compulsory and school.kind != "219":
        row.update(_rooms(sum(row.get(f"classes_{s}", 0) for s in STAGES), rng))
    row.update(school.set)
    return row


def census(county_code: str, year: int, units: list[Unit], amounts: Amounts, seed: int) -> list[Row]:
    """One row per delivered school, with every column of the template (None = not reported)."""
    order = [field.name for field in template("school_census")]
    rows: list[Row] = []
    for unit in units:
        given = _share(unit, amounts[unit.head.code])
        for member in (unit.head, *unit.parts):
            row: dict[str, Any] = {"county_code": county_code, "school_year": year, "sequence": len(rows) + 1}
            row.update(_row(member, given[member.code], year, seed))
            rows.append({name: row.get(name) for name in order})
    return rows
