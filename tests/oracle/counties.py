"""Random counties with the cases that hurt: combined schools, campuses, attached classes, unknown cells, exact ties, zeros."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

COUNTIES = tuple(f"9901{number:02d}" for number in range(1, 21))
_KINDS = ["211"] * 8 + ["218"] * 3 + ["311"] * 3 + ["312"] * 4 + ["341", "345", "342", "361", "514", "111"]
_STAGES = {
    "211": ("primary",),
    "218": ("primary",),
    "311": ("junior",),
    "312": ("primary", "junior"),
    "341": ("junior", "senior"),
    "345": ("primary", "junior", "senior"),
    "342": ("senior",),
    "219": ("primary",),
    "319": ("junior",),
    "349": ("senior",),
}
_ITEMS = (
    *(f"{item}_{stage}" for stage in ("primary", "junior") for item in ("qualified", "backbone", "pe_art")),
    *("teaching_area_m2", "indoor_sports_area_m2", "outdoor_sports_area_m2", "equipment_value_wan_yuan"),
    "multimedia_rooms",
)


def _fill(rng: random.Random, row: Row, missing: float) -> None:
    stages = _STAGES.get(row["school_kind_code"], ())
    for stage in stages:
        row[f"pupils_{stage}"] = rng.choice([0, 38, 49, 50, 99, 100, 200, 1000, rng.randrange(1, 2500)])
    for stage in (stage for stage in stages if stage != "senior"):
        pupils = row[f"pupils_{stage}"]
        for item, per_hundred in (("qualified", 6), ("backbone", 1.1), ("pe_art", 1.0)):
            row[f"{item}_{stage}"] = round(pupils / 100 * per_hundred * rng.choice([0, 0.85, 1, rng.uniform(0.3, 2)]))
    everyone = sum(row.get(f"pupils_{stage}", 0) for stage in stages) or 60
    cents = Decimal("0.01")
    row["indoor_sports_area_m2"] = rng.choice([Decimal(0), Decimal(rng.randrange(0, 900))])
    teaching = [Decimal("4.5"), Decimal("3.825"), Decimal("4.495"), Decimal(str(round(rng.uniform(2, 9), 3)))]
    row["teaching_area_m2"] = everyone * rng.choice(teaching) + row["indoor_sports_area_m2"]
    row["outdoor_sports_area_m2"] = (everyone * Decimal(str(rng.uniform(0, 16)))).quantize(cents)
    row["equipment_value_wan_yuan"] = rng.choice(
        [Decimal(0), everyone * Decimal("0.2"), (everyone * Decimal(str(rng.uniform(0.05, 0.5)))).quantize(cents)]
    )
    row["multimedia_rooms"] = rng.choice([0, round(everyone * 0.023), rng.randrange(0, everyone // 20 + 2)])
    for name in (*_ITEMS, *(f"pupils_{stage}" for stage in stages)):
        if rng.random() < missing:
            row[name] = None


def _fill_more(rng: random.Random, row: Row, missing: float) -> None:
    """What the indicators of 2012 and the relaxations look at, often just at the edge and often not known."""
    stages = _STAGES.get(row["school_kind_code"], ())
    pupils = {stage: row.get(f"pupils_{stage}") or 0 for stage in stages}
    everyone = sum(pupils.values())
    row["urban_rural_code"] = rng.choice([None, "111", "112", "121", "122", "123", "210", "210", "220", "220"])
    row["sponsor_code"] = rng.choice([*"7777778", "10", "5", "9", None if missing else "7"])
    row["is_dense_centre"] = rng.choice([None, 0, 0, 1, 1])
    for stage in (stage for stage in stages if stage != "senior"):
        wanted = -(-9 * pupils[stage] // 1000)
        row[f"visiting_pe_art_{stage}"] = rng.choice([None, 0, 1, wanted, max(0, wanted - (row[f"pe_art_{stage}"] or 0))])
        row[f"teachers_{stage}"] = max(row[f"qualified_{stage}"] or 0, round(pupils[stage] / rng.uniform(10, 20)))
        row[f"midtitle_{stage}"] = rng.randrange(0, row[f"teachers_{stage}"] + 1)
    known = (row["indoor_sports_area_m2"] or 0) + (row["outdoor_sports_area_m2"] or 0)
    to_standard = max(Decimal(0), everyone * Decimal("7.5") - known)
    row["leased_sports_area_m2"] = rng.choice([None, Decimal(0), to_standard, to_standard / 2, everyone * Decimal("1.25")])
    row["converted_sports_area_m2"] = rng.choice([None, Decimal(0), to_standard / 2, Decimal(rng.randrange(0, 500))])
    row["computers"] = rng.choice([0, round(everyone * 0.1), rng.randrange(0, everyone // 5 + 2)])
    row["books"] = rng.choice([0, everyone * 25, rng.randrange(0, everyone * 40 + 2)])
    for name in (
        "computers",
        "books",
        *(f"{item}_{stage}" for stage in ("primary", "junior") for item in ("teachers", "midtitle")),
    ):
        if name in row and rng.random() < missing:
            row[name] = None


def _unit(rng: random.Random, main: Row, number: int) -> Row:
    """A campus or attached class of a school."""
    kind = rng.choice(["211", "311", "312", "219", "319", "349", "119", "218"])
    unit: Row = {
        **{name: main[name] for name in ("county_code", "school_year")},
        "school_code": f"7{number:09d}",
        "school_name": f"分部{number}",
        "school_kind_code": kind,
        "counts_as_school": 0,
        "main_school_code": main["school_code"],
    }
    _fill(rng, unit, missing=0.02)
    _fill_more(rng, unit, missing=0.02)
    if kind in ("219", "319", "349", "119"):
        for name in (*_ITEMS[-5:], "computers", "books", "leased_sports_area_m2", "converted_sports_area_m2"):
            unit[name] = None
    return unit


def random_census(seed: int = 20250901) -> list[Row]:
    """A few hundred schools in twenty counties, three school years in the first two (no relaxation in 2018)."""
    rng = random.Random(seed)
    census: list[Row] = []
    number = 0
    for index, county in enumerate(COUNTIES):
        missing = rng.choice([0, 0, 0, 0.01, 0.05])
        for year in (2018, 2024, 2025) if index < 2 else (2025,):
            schools: list[Row] = []
            for _ in range(rng.randrange(1, 22)):
                number += 1
                row: Row = {
                    "county_code": county,
                    "school_year": year,
                    "school_code": f"2{number:09d}",
                    "school_name": f"学校{number}",
                    "school_kind_code": rng.choice(_KINDS),
                }
                _fill(rng, row, missing)
                _fill_more(rng, row, missing)
                schools.append(row)
            for main in rng.sample(schools, k=len(schools) // 4):
                number += 1
                schools.append(_unit(rng, main, number))
            if index == 3:  # a chain, a circle, a unit that hangs on the circle, and one whose main school is not there
                chain, circle, hanging, orphan = (_unit(rng, schools[0], number + k) for k in (1, 2, 3, 4))
                number += 4
                units = [row for row in schools if row["school_code"].startswith("7")] or [schools[0]]
                chain["main_school_code"] = units[0]["school_code"]
                chain["school_kind_code"] = circle["school_kind_code"] = hanging["school_kind_code"] = "211"
                circle["main_school_code"] = hanging["school_code"]
                hanging["main_school_code"] = circle["school_code"]
                orphan["main_school_code"] = "0000000000"
                schools += [chain, circle, hanging, orphan]
            census += schools
    return census


def hard_census() -> list[Row]:
    """Counties made for one case each, beside the random ones (county codes 990121 to 990125)."""
    base: Row = {"school_year": 2025, "school_kind_code": "211", "school_name": "校"}
    full: Row = {
        **{"qualified_primary": 42, "backbone_primary": 10, "pe_art_primary": 9, "teaching_area_m2": 4500},
        **{"indoor_sports_area_m2": 0, "outdoor_sports_area_m2": 7500, "equipment_value_wan_yuan": 200},
        "multimedia_rooms": 23,
    }

    def school(county: str, number: int, **given: Any) -> Row:
        return {**base, "county_code": county, "school_code": f"2199{number:06d}", "pupils_primary": 1000, **full, **given}

    return [
        # exactly at every standard, exactly at every floor that whole numbers reach
        school("990121", 1),
        school("990121", 2, teaching_area_m2=3825, outdoor_sports_area_m2=6375, equipment_value_wan_yuan=170),
        # 4.495 rounds to 4.50, 3.8246 to 3.82, 6.3749 to 6.37
        school("990121", 3, teaching_area_m2=4495, outdoor_sports_area_m2=Decimal("6374.9")),
        school("990121", 4, teaching_area_m2=Decimal("3824.6")),
        # coefficient exactly at its limit: two schools, 1 and 3 times something, cv = 0.5
        school("990122", 5, teaching_area_m2=1000, multimedia_rooms=10),
        school("990122", 6, teaching_area_m2=3000, multimedia_rooms=30),
        # all zero: a mean of 0; and amounts of a million million
        *(school("990123", k, backbone_primary=0, equipment_value_wan_yuan=Decimal("1000000000000")) for k in (7, 8)),
        school("990123", 9, backbone_primary=0, teaching_area_m2=Decimal("1000000000000"), pupils_primary=1),
        # a school without one figure, one without pupils reported, one without anything
        school("990124", 10, backbone_primary=None),
        school("990124", 11, pupils_primary=None),
        school("990124", 12, **dict.fromkeys(full)),
        # the combined school of the rules, section 10, no. 16
        school(
            "990125",
            13,
            **{"school_kind_code": "312", "pupils_primary": 600, "pupils_junior": 400, "teaching_area_m2": 5200},
            **{"qualified_junior": 22, "backbone_junior": 4, "pe_art_junior": 4},
        ),
    ]
