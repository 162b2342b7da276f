"""Counties of two school years in plain rows, clean ones and ones with planted frauds, to measure the hints of authenticity.

Fictional area 990101, 990102 …; the same arguments give the same rows.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from samples import area
from samples.fields import Row

YEAR = area.YEAR
_STAGES = ("primary", "junior")
_AREAS = ("teaching_area_m2", "outdoor_sports_area_m2")
_CLASS_SIZE = 42
_PER_STAGE = ("teachers", "qualified", "backbone", "pe_art", "staff", "midtitle")


@dataclass(frozen=True)
class Fraud:
    """What was planted: the hint that should name it, and where. ``school_code`` None: in the county as a whole."""

    rule_code: str
    county_code: str
    school_code: str | None


def _grown(value: float | None, by: float) -> int | None:
    return None if value is None else max(0, round(float(value) * by))


def _wan_yuan(value: float) -> Decimal:
    return Decimal(f"{value:.2f}")


def _finished(row: Row, county: str) -> Row:
    """A row of ``samples.area`` with classes and budgets, in a county of the fictional area."""
    row = {**row, "county_code": county}
    for stage in (*_STAGES, "senior"):
        pupils = row[f"pupils_{stage}"]
        row[f"classes_{stage}"] = None if pupils is None else math.ceil(pupils / _CLASS_SIZE)
    compulsory = sum(row[f"pupils_{stage}"] or 0 for stage in _STAGES)
    row["public_funds_budget_yuan"] = 720 * max(compulsory, 100)
    row["training_budget_yuan"] = round(row["public_funds_budget_yuan"] * 0.0537)
    return row


def _year_before(row: Row, rng: random.Random) -> Row:
    """The same school a year earlier: a little smaller or larger, the premises as they are."""
    before = {**row, "school_year": row["school_year"] - 1}
    drift = rng.uniform(0.95, 1.05)
    for stage in (*_STAGES, "senior"):
        pupils = before[f"pupils_{stage}"] = _grown(row[f"pupils_{stage}"], drift)
        before[f"classes_{stage}"] = None if pupils is None else math.ceil(pupils / _CLASS_SIZE)
    for stage in _STAGES:
        for item in _PER_STAGE:
            before[f"{item}_{stage}"] = _grown(row[f"{item}_{stage}"], rng.uniform(0.97, 1.03))
    for item in ("computers", "books", "multimedia_rooms"):
        before[item] = _grown(row[item], rng.uniform(0.9, 1.0))
    before["equipment_value_wan_yuan"] = _wan_yuan(float(row["equipment_value_wan_yuan"]) * rng.uniform(0.88, 1.0))
    if rng.random() < 0.1:
        before["teaching_area_m2"] = _grown(row["teaching_area_m2"], rng.uniform(0.85, 1.0))
    return before


def counties(number: int, schools: int, seed: int) -> dict[str, list[Row]]:
    """Rows of both school years of ``number`` counties with ``schools`` schools each."""
    rng = random.Random(seed)
    rows_of_counties: dict[str, list[Row]] = {}
    rows = area.generate(number, number * schools, seed)
    for nth, row in enumerate(rows):
        county = f"9901{nth // schools + 1:02d}"
        row = _finished(row, county)
        row["school_code"] = row["school_code"][:2] + "99" + row["school_code"][4:]
        rows_of_counties.setdefault(county, []).extend([row, _year_before(row, rng)])
    return rows_of_counties


def _double(row: Row, before: Row, _: Row) -> None:
    row["equipment_value_wan_yuan"] = _wan_yuan(float(before["equipment_value_wan_yuan"]) * 2.4 + 60)


def _on_standard(row: Row, _before: Row, _other: Row) -> None:
    """A primary school of 500 pupils with exactly what the standards ask for."""
    row |= {"school_kind_code": "211", "pupils_primary": 500, "pupils_junior": None, "pupils_senior": None}
    row |= {"classes_primary": 12, "classes_junior": None, "classes_senior": None, "indoor_sports_area_m2": 0}
    row |= {"qualified_primary": 21, "backbone_primary": 5, "teaching_area_m2": 2250, "outdoor_sports_area_m2": 3750}


def _round(row: Row, _before: Row, _other: Row) -> None:
    for item, step in (
        ("teaching_area_m2", 1000),
        ("outdoor_sports_area_m2", 1000),
        ("books", 10000),
        ("equipment_value_wan_yuan", 100),
    ):
        row[item] = max(step, round(float(row[item]) / step) * step)


def _copied(row: Row, _before: Row, other: Row) -> None:
    for item in ("teaching_area_m2", "outdoor_sports_area_m2", "books", "computers", "equipment_value_wan_yuan"):
        row[item] = other[item]


def _impossible(row: Row, _before: Row, _other: Row) -> None:
    row["multimedia_rooms"] = 5 * sum(row[f"classes_{stage}"] or 0 for stage in (*_STAGES, "senior"))


def _unchanged(row: Row, before: Row, _other: Row) -> None:
    for stage in (*_STAGES, "senior"):
        if row[f"classes_{stage}"] is not None:
            row[f"classes_{stage}"] = 2 * max(before[f"classes_{stage}"], 1)
    row["teaching_area_m2"] = before["teaching_area_m2"]


_OF_SCHOOLS: dict[str, Callable[[Row, Row, Row], None]] = {
    "jump": _double,
    "on_standard": _on_standard,
    "round_numbers": _round,
    "copied_rows": _copied,
    "impossible": _impossible,
    "unchanged_premises": _unchanged,
}


def _plant_in_schools(county: str, rows: list[Row], each: int, rng: random.Random) -> Iterator[Fraud]:
    present = [row for row in rows if row["school_year"] == YEAR and row["school_kind_code"] != "218"]
    before = {row["school_code"]: row for row in rows if row["school_year"] == YEAR - 1}
    large = [row for row in present if row["equipment_value_wan_yuan"] >= 110]
    chosen = rng.sample(large, 2 * each * len(_OF_SCHOOLS))
    for rule, plant in _OF_SCHOOLS.items():
        for _ in range(each):
            row, other = chosen.pop(), chosen.pop()
            plant(row, before[row["school_code"]], other)
            yield Fraud(rule, county, row["school_code"])


def _plant_digits(county: str, rows: list[Row], rng: random.Random) -> Fraud:
    """People who make figures up end too many of them with the same few digits."""
    for row in rows:
        for item in (*_AREAS, "books", "computers"):
            if row["school_year"] == YEAR and row[item] is not None and rng.random() < 0.5:
                row[item] = int(row[item]) // 10 * 10 + rng.choice((5, 8))
    return Fraud("last_digit", county, None)


def _plant_bunching(county: str, rows: list[Row]) -> Fraud:
    """Equipment and rooms of primary schools that miss the standard by less than a third are lifted to just above it."""
    for row in rows:
        pupils = row["pupils_primary"]
        if row["school_year"] != YEAR or row["school_kind_code"] != "211" or not pupils:
            continue
        if 1400 * pupils <= float(row["equipment_value_wan_yuan"]) * 10000 < 2000 * pupils:
            row["equipment_value_wan_yuan"] = _wan_yuan(0.2004 * pupils)
        net = float(row["teaching_area_m2"]) - float(row["indoor_sports_area_m2"])
        if 3 * pupils <= net < 4.5 * pupils:
            row["teaching_area_m2"] = math.ceil(4.51 * pupils + float(row["indoor_sports_area_m2"]))
    return Fraud("bunching", county, None)


def planted(rows_of_counties: dict[str, list[Row]], each: int, seed: int) -> list[Fraud]:
    """Plant ``each`` frauds of every kind in schools of every second county, and one in the county as a whole; list them."""
    rng = random.Random(seed)
    frauds: list[Fraud] = []
    for nth, (county, rows) in enumerate(sorted(rows_of_counties.items())):
        if nth % 2:
            continue
        frauds.append(_plant_digits(county, rows, rng) if nth % 4 else _plant_bunching(county, rows))
        frauds += _plant_in_schools(county, rows, each, rng)
    return frauds
