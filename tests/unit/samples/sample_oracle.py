"""The rules the planted cases are about, from the rule text and in exact fractions; no code of the generator."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

Row = dict[str, Any]

STANDARDS = {
    "primary": dict(
        zip(("L1", "L2", "L3", "L4", "L5", "L6", "L7"), ("4.2", "1", "0.9", "4.5", "7.5", "2000", "2.3"), strict=True)
    ),
    "junior": dict(
        zip(("L1", "L2", "L3", "L4", "L5", "L6", "L7"), ("5.3", "1", "0.9", "5.8", "10.2", "2500", "2.4"), strict=True)
    ),
}
LIMITS = {"primary": Fraction("0.5"), "junior": Fraction("0.45")}
WEIGHT = {"primary": Fraction(1), "junior": Fraction("1.1"), "senior": Fraction("1.32")}
PER_HUNDRED = {"L1", "L2", "L3", "L7"}
PERSONS = {"L1": "qualified", "L2": "backbone", "L3": "pe_art"}
GENERAL = {"211", "311", "312", "341", "345"}


def fold(rows: list[Row]) -> dict[str, list[Row]]:
    """School code → its own row and the rows that fold into it."""
    own = {r["school_code"]: [r] for r in rows if not (r["counts_as_school"] == 0 and r["main_school_code"])}
    for row in rows:
        if row["counts_as_school"] == 0 and row["main_school_code"]:
            own[row["main_school_code"]].append(row)
    return own


def pupils(members: list[Row], stage: str) -> int:
    return sum(m[f"pupils_{stage}"] or 0 for m in members)


def in_scope(members: list[Row]) -> bool:
    kind = members[0]["school_kind_code"]
    return kind in GENERAL or (kind == "218" and pupils(members, "primary") >= 50)


def _total(members: list[Row], field: str) -> Fraction | None:
    values = [m[field] for m in members]
    return None if any(v is None for v in values) else sum((Fraction(str(v)) for v in values), Fraction(0))


def whole(members: list[Row], indicator: str) -> Fraction | None:
    """Amount of the whole school for a split indicator, in m², 元, rooms."""
    area, indoor = _total(members, "teaching_area_m2"), _total(members, "indoor_sports_area_m2")
    outdoor, value = _total(members, "outdoor_sports_area_m2"), _total(members, "equipment_value_wan_yuan")
    assert area is not None
    assert indoor is not None
    assert outdoor is not None
    assert value is not None
    known = {"L4": area - indoor, "L5": outdoor + indoor, "L6": value * 10000}
    return known.get(indicator, _total(members, "multimedia_rooms"))


def numerator(members: list[Row], indicator: str, stage: str, relaxed: bool = False) -> Fraction | None:
    if indicator in PERSONS:
        found = sum(m[f"{PERSONS[indicator]}_{stage}"] or 0 for m in members)
        head = members[0]
        if relaxed and indicator == "L3" and head["urban_rural_code"] in {"210", "220"} and 50 <= pupils(members, stage) < 100:
            found += sum(m[f"visiting_pe_art_{stage}"] or 0 for m in members)
        return Fraction(found)
    amount = whole(members, indicator)
    if amount is None:
        return None
    weighted = sum(w * pupils(members, s) for s, w in WEIGHT.items())
    return amount * WEIGHT[stage] * pupils(members, stage) / weighted


def value(members: list[Row], indicator: str, stage: str, relaxed: bool = False) -> Fraction | None:
    amount = numerator(members, indicator, stage, relaxed)
    scale = 100 if indicator in PER_HUNDRED else 1
    return None if amount is None else amount * scale / pupils(members, stage)


def verdict(found: Fraction | None, indicator: str, stage: str) -> str:
    if found is None:
        return "undecided"
    standard = Fraction(STANDARDS[stage][indicator])
    return "met" if found >= standard else "floor_met" if found >= standard * Fraction("0.85") else "unmet"


def half_up(found: Fraction, decimals: int) -> Fraction:
    return Fraction(math.floor(found * 10**decimals + Fraction(1, 2)), 10**decimals)


def judged(rows: list[Row], stage: str) -> dict[str, list[Row]]:
    return {c: m for c, m in fold(rows).items() if in_scope(m) and pupils(m, stage)}


def county(rows: list[Row], indicator: str, stage: str) -> tuple[float, float] | None:
    """County mean and difference coefficient; None where one school's figure is missing."""
    found = [(pupils(m, stage), value(m, indicator, stage)) for m in judged(rows, stage).values()]
    return spread([(p, x) for p, x in found])


def spread(found: list[tuple[int, Fraction | None]]) -> tuple[float, float] | None:
    total = sum(p for p, _ in found)
    known = [(p, x) for p, x in found if x is not None]
    if len(known) < len(found):
        return None
    mean = sum((p * x for p, x in known), Fraction(0)) / total
    variance = sum((Fraction(p, total) * (x - mean) ** 2 for p, x in known), Fraction(0))
    return float(mean), math.sqrt(variance) / float(mean)


def composite_2012(rows: list[Row], stage: str) -> float:
    """Mean of the eight coefficients of 2012 over the county's own public schools, teaching points left out."""
    coefficients = []
    for name in ("rooms", "sports", "equipment", "computers", "books", "teachers", "qualified", "midtitle"):
        found: list[tuple[int, Fraction | None]] = []
        for members in judged(rows, stage).values():
            head = members[0]
            if head["sponsor_code"] not in {"7", "8"} or head["school_kind_code"] == "218":
                continue
            if name in {"teachers", "qualified", "midtitle"}:
                x = Fraction(sum(m[f"{name}_{stage}"] or 0 for m in members), pupils(members, stage))
            else:
                amount = (
                    whole(members, {"rooms": "L4", "sports": "L5", "equipment": "L6"}[name])
                    if name in {"rooms", "sports", "equipment"}
                    else _total(members, name)
                )
                assert amount is not None
                x = amount * WEIGHT[stage] / sum(w * pupils(members, s) for s, w in WEIGHT.items())
            found.append((pupils(members, stage), x))
        result = spread(found)
        assert result is not None
        coefficients.append(result[1])
    return sum(coefficients) / 8


def size_verdicts(members: list[Row]) -> tuple[str, str]:
    """G4 of one school: with relaxations, and strictly."""
    head = members[0]
    combined = head["school_kind_code"] in {"312", "345"}
    count = pupils(members, "primary") + pupils(members, "junior")
    relaxed = (head["built_year"] <= 2010) or 2 * head["migrant_pupils"] > count
    strict = count <= (2500 if combined else 2000)
    eased = strict or (relaxed and count <= (3000 if combined else 2400))
    return ("met" if eased else "unmet"), ("met" if strict else "unmet")


def class_verdict(row: Row, stage: str) -> str:
    """G5 of one school, from the bands; the number of classes above the limit has to agree."""
    above = ("46_50", "51_55", "56_60", "61_65", "ge66") if stage == "primary" else ("51_55", "56_60", "61_65", "ge66")
    count = sum(row[f"classes_{stage}_{band}"] for band in above)
    assert count == row[f"classes_over_{stage}"]
    return "unmet" if count else "met"


def room_verdicts(row: Row) -> tuple[str, str]:
    """G3 of one school: with relaxations, and strictly."""
    classes = sum(row[f"classes_{s}"] or 0 for s in ("primary", "junior"))
    needed = math.ceil(classes / 12)
    largest = max(row[f"largest_class_{s}"] or 0 for s in ("primary", "junior"))
    rural_small = row["urban_rural_code"] in {"210", "220"} and largest < 30
    small = 54 if row["pupils_primary"] else 61
    result = []
    for old, tiny in ((row["built_year"] <= 2016, rural_small), (False, False)):
        least = {"music": 73 if old else 96, "art": 67 if old else 90}
        if tiny:
            least = {kind: min(least[kind], small) for kind in least}
        rooms = {k: [float(a) for a in row[f"{k}_room_areas_m2"].split(";")] for k in least}
        result.append(all(sum(a >= least[k] for a in rooms[k]) >= needed for k in least))
    return ("met" if result[0] else "unmet"), ("met" if result[1] else "unmet")
