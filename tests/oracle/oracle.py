"""An independent oracle of the resource block of national-2017: plain Python, exact fractions, no code shared with the models.

Written from the rules and the plan (docs/rules/resource_balance.md), thresholds included.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from tests.oracle.relaxations import relaxed_amount
from tests.oracle.schools import WEIGHTS, Key, Row, School, counties, fold, half_up, in_scope, root, total

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
MUST_MEET = 6


def amount_of(school: School, indicator: str, stage: str) -> Fraction | None:
    """Numerator before any split."""
    staff = {"L1": "qualified", "L2": "backbone", "L3": "pe_art"}
    if indicator in staff:
        return school.by_stage[staff[indicator], stage]
    if indicator == "L4":
        return teaching_area(school)
    if indicator == "L5":
        return sports_area(school)
    return equipment_yuan(school) if indicator == "L6" else school.of_school["multimedia_rooms"]


def teaching_area(school: School) -> Fraction | None:
    """Rooms for teaching without indoor sports rooms."""
    area, indoor = school.of_school["teaching_area_m2"], school.of_school["indoor_sports_area_m2"]
    return None if indoor is None or area is None else area - indoor


def sports_area(school: School) -> Fraction | None:
    """Sports grounds and indoor sports rooms."""
    return total([school.of_school["outdoor_sports_area_m2"], school.of_school["indoor_sports_area_m2"]])


def equipment_yuan(school: School) -> Fraction | None:
    """Equipment value, 万元 made 元."""
    value = school.of_school["equipment_value_wan_yuan"]
    return None if value is None else value * 10_000


def share_of(school: School, stage: str, is_split: bool) -> Fraction | None:
    """Share of a stage in what is split over the stages of a school."""
    pupils, weighted = school.pupils[stage], school.weighted
    if not is_split:
        return Fraction(1)
    return None if weighted is None or pupils is None else WEIGHTS[stage] * pupils / weighted


def per_pupil(amount: Fraction | None, share: Fraction | None, scale: int, pupils: Fraction | None) -> Fraction | None:
    """Value of a stage."""
    return None if amount is None or share is None or not pupils else amount * share * scale / pupils


def judge(value: Fraction | None, standard: Fraction) -> str:
    """Verdict on one figure."""
    if value is None:
        return "undecided"
    return "met" if value >= standard else "floor_met" if value >= standard * FLOOR_SHARE else "unmet"


def school_rows(school: School) -> list[Row]:
    """Rows of fct_school_indicator of one assessed school."""
    return [row for indicator in INDICATORS for row in indicator_rows(school, indicator)]


def indicator_rows(school: School, indicator: str) -> list[Row]:
    """One indicator of a school, a row per stage."""
    standards, scale, is_split, whole = INDICATORS[indicator]
    rows = []
    for stage in school.assessed:
        standard, pupils = Fraction(standards[stage]), school.pupils[stage]
        share, amount = share_of(school, stage, is_split), amount_of(school, indicator, stage)
        value = per_pupil(amount, share, scale, pupils)
        strict = judge(value, standard)
        code, more = relaxed_amount(school, indicator, stage, amount)
        value_relaxed = per_pupil(more, share, scale, pupils)
        verdict = judge(value_relaxed, standard) if value_relaxed is not None else strict
        row: Row = {
            **dict(zip(("county_code", "school_year"), school.place, strict=True)),
            **{"school_code": school.code, "stage": stage, "indicator_code": indicator},
            "pupils": pupils,
            "share": share,
            "numerator": None if amount is None or share is None else amount * share,
            "value": value,
            "value_rounded": None if value is None else half_up(value, 2),
            "numerator_relaxed": None if more is None or share is None else more * share,
            "value_relaxed": value_relaxed,
            "verdict": verdict,
            "verdict_strict": strict,
            "relaxation_code": code if verdict != strict else None,
            "usable_relaxation": code,
            "verdict_changes_when_rounded": None,
        }
        if value is not None:
            row["verdict_changes_when_rounded"] = judge(Fraction(half_up(value, 2)), standard) != strict
        rows.append(row)
    add_shortfalls(rows, standards, scale, is_split, whole)
    return rows


def add_shortfalls(rows: list[Row], standards: dict[str, str], scale: int, is_split: bool, whole: bool) -> None:
    """What each stage lacks to standard and floor, and what the school has to add for it (the largest over its stages)."""
    for prefix, part in (("", Fraction(1)), ("floor_", FLOOR_SHARE)):
        needs: list[Fraction] = []
        for row in rows:
            row[f"{prefix}shortfall"] = row[f"school_{prefix}shortfall"] = None
            if row["value"] is not None:
                needed = Fraction(standards[row["stage"]]) * part * row["pupils"] / scale
                row[f"{prefix}shortfall"] = max(Fraction(0), needed - row["numerator"])
                need = row[f"{prefix}shortfall"] / row["share"]
                needs.append(Fraction(math.ceil(need)) if whole else need)
                row[f"school_{prefix}shortfall"] = needs[-1]
        if is_split and needs:
            for row in rows:
                row[f"school_{prefix}shortfall"] = max(needs)


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


def verdict_row(rows: list[Row]) -> Row:
    """Fold of the seven indicators of a school's stage."""
    verdicts = [row["verdict"] for row in rows]
    counts = {f"n_{v}": verdicts.count(v) for v in ("met", "floor_met", "unmet", "undecided")}
    strict = school_verdict([row["verdict_strict"] for row in rows])
    return counts | {"verdict": school_verdict(verdicts), "verdict_strict": strict}


def county_row(rows: list[Row], scale: int, limit: Fraction | None) -> Row:
    """Figures of one county, stage and indicator from the rows of its schools; without a limit no verdict."""
    known = [row for row in rows if row["value"] is not None]
    has_standard = rows[0]["verdict"] is not None
    result: Row = {
        "school_count": len(rows),
        "known_school_count": len(known),
        "schools_met": sum(row["verdict"] == "met" for row in rows) if has_standard else None,
        "schools_floor_met": sum(row["verdict"] == "floor_met" for row in rows) if has_standard else None,
        "pupils": total(row["pupils"] for row in rows),
        "waiting": [row["school_code"] for row in sorted(rows, key=lambda r: r["school_code"]) if row["value"] is None],
        "county_mean": None,
        "standard_deviation": None,
        "difference_coefficient": None,
        "provisional_coefficient": None,
        "county_mean_rounded": None,
        "difference_coefficient_rounded": None,
        "difference_limit": limit,
        "verdict": None if limit is None else "undecided",
        "verdict_changes_when_rounded": None,
    }
    if not known:
        return result
    pupils = sum((row["pupils"] for row in known), Fraction(0))
    mean = sum((row["numerator"] for row in known), Fraction(0)) * scale / pupils
    variance = sum((row["pupils"] / pupils * (row["value"] - mean) ** 2 for row in known), Fraction(0))
    coefficient = root(variance / mean**2) if mean else None
    result["provisional_coefficient"] = coefficient
    if len(known) < len(rows):
        return result
    result["county_mean"], result["county_mean_rounded"] = mean, half_up(mean, 2)
    result["standard_deviation"] = root(variance)
    if coefficient is not None:
        rounded = half_up(Fraction(coefficient), 3)
        result["difference_coefficient"] = coefficient
        result["difference_coefficient_rounded"] = rounded
        if limit is not None:
            is_met = variance <= (limit * mean) ** 2
            result["verdict"] = "met" if is_met else "unmet"
            result["verdict_changes_when_rounded"] = (Fraction(rounded) <= limit) != is_met
    return result


def composite_row(coefficients: Sequence[Decimal | None], limit: Fraction | None) -> Row:
    """Plain mean of the unrounded coefficients; unknown while one of them is."""
    known = [c for c in coefficients if c is not None]
    row: Row = {"difference_coefficient": None, "difference_coefficient_rounded": None, "verdict_changes_when_rounded": None}
    row |= {"verdict": None if limit is None else "undecided", "difference_limit": limit}
    if len(known) == len(coefficients):
        mean = sum(map(Fraction, known), Fraction(0)) / len(known)
        rounded = half_up(mean, 3)
        row |= {"difference_coefficient": mean, "difference_coefficient_rounded": rounded}
        if limit is not None:
            row["verdict"] = "met" if mean <= limit else "unmet"
            row["verdict_changes_when_rounded"] = (Fraction(rounded) <= limit) != (mean <= limit)
    return row


@dataclass
class Figures:
    """Everything the oracle expects of one rule set's resource block, by grain."""

    school_indicator: dict[Key, Row] = field(default_factory=dict)
    school_verdict: dict[Key, Row] = field(default_factory=dict)
    county_indicator: dict[Key, Row] = field(default_factory=dict)
    composite: dict[Key, Row] = field(default_factory=dict)
    _verdicts: dict[Key, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def of_place(self, place: tuple[str, int]) -> list[Row]:
        """School verdicts of a county and year."""
        if not self._verdicts:
            for key, row in self.school_verdict.items():
                self._verdicts[key[:2]].append(row)
        return self._verdicts[place]


def assess_counties(
    census: Iterable[Row],
    scope: Callable[[School], bool],
    rows_of: Callable[[School], list[Row]],
    fold_verdicts: Callable[[list[Row]], Row],
    limits: dict[str, Fraction] | None,
    composite_limits: dict[str, Fraction] | None,
    scales: dict[str, int],
) -> Figures:
    """All resource figures of a rule set."""
    figures = Figures()
    for place, county in counties(census).items():
        by_indicator: dict[tuple[str, str], list[Row]] = defaultdict(list)
        by_school: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for school in filter(scope, fold(county)):
            for row in rows_of(school):
                figures.school_indicator[(*place, row["school_code"], row["stage"], row["indicator_code"])] = row
                by_indicator[row["stage"], row["indicator_code"]].append(row)
                by_school[row["school_code"], row["stage"]].append(row)
        for (code, stage), rows in by_school.items():
            figures.school_verdict[(*place, code, stage)] = fold_verdicts(rows)
        for (stage, indicator), rows in by_indicator.items():
            limit = limits[stage] if limits else None
            figures.county_indicator[(*place, stage, indicator)] = county_row(rows, scales[indicator], limit)
        for stage in {stage for stage, _ in by_indicator}:
            singles = [figures.county_indicator[(*place, stage, indicator)] for indicator in scales]
            limit = composite_limits[stage] if composite_limits else None
            figures.composite[(*place, stage)] = composite_row([r["difference_coefficient"] for r in singles], limit)
    return figures


def assess(census: Iterable[Row]) -> Figures:
    """All resource figures of national-2017; its composite is information."""
    scales = {code: scale for code, (_, scale, _, _) in INDICATORS.items()}
    return assess_counties(census, in_scope, school_rows, verdict_row, LIMITS, None, scales)
