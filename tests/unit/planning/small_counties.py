"""Random small counties with whole-number measures, and the least cost by trying everything: shares no code with the planner.

A county is plain data: schools with pupils by stage; for each indicator whether it is split, a scale, and by stage standard,
floor and limit; amounts with price and most. What is tried: every number of units of every amount.
"""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from typing import Any

County = dict[str, Any]
WEIGHTS = {"primary": Fraction(1), "junior": Fraction(11, 10)}


def random_county(seed: int) -> County:
    rng = random.Random(seed)
    schools = {}
    for number in range(rng.choice([1, 2, 2, 2, 3])):
        stages = rng.choice([["primary"], ["primary"], ["junior"], ["primary", "junior"]])
        schools[f"s{number}"] = {stage: rng.choice([40, 60, 100, 150, 230]) for stage in stages}
    indicators: dict[str, Any] = {}
    for number in range(rng.choice([2, 3, 4])):
        is_split, standard = rng.choice([True, False]), rng.choice([2, 3, 5])
        rules = {}
        for stage in WEIGHTS:
            at = Fraction(standard) * (1 if stage == "primary" else Fraction(12, 10))
            limit = rng.choice([Fraction(1, 2), Fraction(2, 10), Fraction(13, 100), Fraction(9, 100), Fraction(6, 100)])
            rules[stage] = {"standard": at, "floor": at * Fraction(85, 100), "limit": limit}
        indicators[f"L{number}"] = {"is_split": is_split, "scale": 100, "rules": rules}
    amounts = {}
    for school, pupils in schools.items():
        for code, indicator in indicators.items():
            for part in ["all"] if indicator["is_split"] else list(pupils):
                counted = sum(pupils.values()) if part == "all" else pupils[part]
                wanted = indicator["rules"]["primary"]["standard"] * counted / 100
                present = max(0, int(wanted * Fraction(rng.choice([60, 75, 85, 90, 95, 100, 130, 170]), 100)))
                price = None if rng.random() < 0.03 else rng.choice([1, 2, 3, 7, Fraction(1, 2)])
                amounts[school, code, part] = {
                    "present": present,
                    "price": price,
                    "most": rng.choice([1, 2, 3] if len(schools) > 2 else [2, 4, 6, 8]),
                }
    return {"schools": schools, "indicators": indicators, "amounts": amounts, "least_met": len(indicators) - 1}


def least_cost(county: County) -> Fraction | None:
    """By trying every number of units of every amount of an indicator; None where nothing passes."""
    stages = [(school, stage) for school, pupils in county["schools"].items() for stage in pupils]
    best: dict[tuple[int, ...], Fraction] = {(0,) * len(stages): Fraction(0)}
    slack = len(county["indicators"]) - county["least_met"]
    for code in county["indicators"]:
        patterns = _patterns(county, code, stages)
        combined: dict[tuple[int, ...], Fraction] = {}
        for used, cost in best.items():
            for missed, more in patterns.items():
                sums = tuple(a + b for a, b in zip(used, missed, strict=True))
                if max(sums) <= slack and (sums not in combined or cost + more < combined[sums]):
                    combined[sums] = cost + more
        best = combined
    return min(best.values(), default=None)


def _patterns(county: County, code: str, stages: list[tuple[str, str]]) -> dict[tuple[int, ...], Fraction]:
    """The least cost of an indicator for each pattern of stages that stay between floor and standard."""
    indicator = county["indicators"][code]
    mine = [key for key in county["amounts"] if key[1] == code]
    tried = [range(0 if county["amounts"][key]["price"] is None else county["amounts"][key]["most"], -1, -1) for key in mine]
    found: dict[tuple[int, ...], Fraction] = {}
    for numbers in product(*tried):
        have = {key: county["amounts"][key]["present"] + number for key, number in zip(mine, numbers, strict=True)}
        share, missed, is_above = {}, [], True
        for school, stage in stages:
            pupils = county["schools"][school]
            if indicator["is_split"]:
                weighted = sum(WEIGHTS[each] * count for each, count in pupils.items())
                share[school, stage] = have[school, code, "all"] * WEIGHTS[stage] * pupils[stage] / weighted
            else:
                share[school, stage] = Fraction(have[school, code, stage])
            value = share[school, stage] * indicator["scale"] / pupils[stage]
            rule = indicator["rules"][stage]
            missed.append(int(value < rule["standard"]))
            is_above = is_above and value >= rule["floor"]
        if not is_above or not all(_within(county, share, stage, indicator["rules"][stage]["limit"]) for stage in WEIGHTS):
            continue
        cost = sum(
            (Fraction(county["amounts"][key]["price"] or 0) * number for key, number in zip(mine, numbers, strict=True)),
            Fraction(0),
        )
        if tuple(missed) not in found or cost < found[tuple(missed)]:
            found[tuple(missed)] = cost
    return found


def _within(county: County, share: dict[tuple[str, str], Fraction], stage: str, limit: Fraction | None) -> bool:
    """The coefficient from its definition: deviation weighted by pupils, over the mean."""
    of_stage = [(share[school, stage], pupils[stage]) for school, pupils in county["schools"].items() if stage in pupils]
    if limit is None or not of_stage:
        return True
    everyone = sum(pupils for _, pupils in of_stage)
    mean = sum((amount for amount, _ in of_stage), Fraction(0)) / everyone
    if mean == 0:
        return False
    variance = sum((Fraction(pupils, everyone) * (amount / pupils - mean) ** 2 for amount, pupils in of_stage), Fraction(0))
    return variance <= (limit * mean) ** 2
