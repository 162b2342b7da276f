"""Small counties of whole-number measures as a census, with all they cost and all that is possible, for two programs.

Teachers and rooms may be added one by one, at a price and up to a limit by school; grounds and equipment are as they are: met, or
between floor and standard, now and then below it.
"""

from __future__ import annotations

import csv
import os
import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.unit.planning.small_counties import WEIGHTS, County

Row = dict[str, Any]
SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds" / "rules"
COUNT = int(os.environ.get("PLANNED_COUNTIES", "50"))
"""How many counties; `make plans` asks for a thousand."""
KINDS = {("primary",): "211", ("junior",): "311", ("primary", "junior"): "312"}
PEOPLE = {"L1": "qualified", "L2": "backbone", "L3": "pe_art"}
GROUNDS = {"L4": "teaching_area_m2", "L5": "outdoor_sports_area_m2", "L6": "equipment_value_wan_yuan"}
PRICES = {"L1": ("recruit", "8"), "L2": ("train", "3"), "L3": ("recruit", "8.5"), "L7": ("buy", "6.5")}
YUAN = 10000


def codes(count: int, left_out: tuple[str, ...]) -> tuple[str, ...]:
    """Codes of counties that have a name now, the last ones first."""
    with open(SEEDS.parent / "codes" / "areas.csv", encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    current = [row for row in rows if row["system"] == "gb2260" and not row["valid_to_year"]]
    named = [row["area_code"] for row in current if row["level"] in ("county", "district") or row["area_code"][4:] != "00"]
    return tuple(code for code in reversed(named) if code not in left_out)[:count]


def rules() -> dict[str, Any]:
    """Indicators of the rule set as the brute program knows them."""
    indicators: dict[str, Any] = {}
    with open(SEEDS / "rule_indicators.csv", encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["ruleset_id"] == "national-2017" and row["standard"]:
                chosen = {"standard": row["standard"], "floor": row["floor"], "limit": row["difference_limit"]}
                of = indicators.setdefault(
                    row["indicator_code"], {"is_split": row["is_split"] == "true", "scale": int(row["scale"]), "rules": {}}
                )
                of["rules"][row["stage"]] = {name: Fraction(text) for name, text in chosen.items()}
    return indicators


def whole_county(code: str) -> tuple[County, list[Row], list[Row]]:
    """The county for the brute program, its rows of the census, its rows of what is possible."""
    rng, indicators = random.Random(int(code)), rules()
    county: County = {"schools": {}, "indicators": indicators, "amounts": {}, "least_met": 6}
    rows, limits = list[Row](), list[Row]()
    for number in range(rng.choice([1, 2, 2, 3])):
        stages = rng.choice([("primary",), ("primary",), ("junior",), ("primary", "junior")])
        pupils = {stage: rng.choice([40, 60, 100, 150, 230]) for stage in stages}
        school = f"3{code}{number:03d}"
        row: Row = {
            "county_code": code,
            "school_year": 2025,
            "school_code": school,
            "school_name": f"{code}第{number}校",
            "school_kind_code": KINDS[stages],
            "indoor_sports_area_m2": Decimal(0),
            **{f"pupils_{stage}": count for stage, count in pupils.items()},
        }
        county["schools"][school] = pupils
        possible = {indicator: rng.choice([1, 2, 3]) for indicator in PRICES}
        limits += [
            {"school": school, "indicator": indicator, "option": PRICES[indicator][0], "most": most}
            for indicator, most in possible.items()
        ]
        limits.append({"school": school, "indicator": "L6", "option": "buy", "most": 0})  # it has a price everywhere
        weighted = sum(WEIGHTS[stage] * count for stage, count in pupils.items())
        for indicator, described in indicators.items():
            scale, parts = described["scale"], ("all",) if described["is_split"] else stages
            for part in parts:
                of_part = stages if part == "all" else (part,)
                wanted = max(
                    described["rules"][stage]["standard"]
                    / scale
                    * (weighted / WEIGHTS[stage] if part == "all" else pupils[stage])
                    for stage in of_part
                )
                present = wanted * Fraction(rng.choice([60, 75, 88, 92, 95, 100, 105, 130, 160]), 100)
                if indicator in GROUNDS:
                    present = wanted * Fraction(rng.choice([80, 90, 105, 110, 130, *[100] * 5, *[120] * 10]), 100)
                    exact = Decimal(present.numerator) / Decimal(present.denominator)
                    amount = exact.quantize(Decimal(1 if indicator == "L6" else "0.01")) + 1
                    row[GROUNDS[indicator]] = amount / YUAN if indicator == "L6" else amount
                    county["amounts"][school, indicator, part] = {"present": Fraction(amount), "price": None, "most": 0}
                    continue
                count, most = int(present), possible[indicator]
                field = "multimedia_rooms" if indicator == "L7" else f"{PEOPLE[indicator]}_{part}"
                row[field] = count
                price = Fraction(PRICES[indicator][1])
                county["amounts"][school, indicator, part] = {"present": count, "price": price, "most": most}
        rows.append(row)
    return county, rows, limits


def prices(of_counties: tuple[str, ...]) -> list[Row]:
    """What a county's prices are, for the models."""
    return [
        {
            "county_code": code,
            "requirement_code": indicator,
            "part": "all",
            "option_code": option,
            "unit_cost_wan_yuan": Decimal(price),
            "source_document": "x",
        }
        for code in of_counties
        for indicator, (option, price) in PRICES.items()
    ]
