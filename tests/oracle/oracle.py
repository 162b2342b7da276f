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
from tests.oracle.schools import FOLDING, WEIGHTS, Folding, Key, Row, School, counties, fold, half_up, in_scope, root, total
from tests.oracle.settings import SETTINGS, Settings

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
SHORTFALLS = tuple(
    f"{whose}{relaxed}{floor}shortfall" for whose in ("", "school_") for relaxed in ("", "relaxed_") for floor in ("", "floor_")
)
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


def share_of(school: School, stage: str, is_split: bool, settings: Settings) -> Fraction | None:
    """Share of a stage in what is split over the stages of a school."""
    if not is_split:
        return Fraction(1)
    pupils, weighted = school.pupils[stage], school.weighted(Fraction(settings["kindergarten_weight"]))
    return None if weighted is None or pupils is None else WEIGHTS[stage] * pupils / weighted


def per_pupil(amount: Fraction | None, share: Fraction | None, scale: int, pupils: Fraction | None) -> Fraction | None:
    """Value of a stage."""
    return None if amount is None or share is None or not pupils else amount * share * scale / pupils


def judge(value: Fraction | None, standard: Fraction) -> str:
    """Verdict on one figure."""
    if value is None:
        return "undecided"
    return "met" if value >= standard else "floor_met" if value >= standard * FLOOR_SHARE else "unmet"


def compare(value: Fraction | None, standard: Fraction, settings: Settings) -> tuple[str, bool | None]:
    """Verdict by the exact value or by the form's two decimals, and whether the other one differs."""
    exact = judge(value, standard)
    if value is None:
        return exact, None
    rounded = judge(Fraction(half_up(value, 2)), standard)
    return rounded if settings["comparison"] == "rounded" else exact, exact != rounded


def school_rows(school: School, settings: Settings) -> list[Row]:
    """Rows of fct_school_indicator of one assessed school."""
    return [row for indicator in INDICATORS for row in indicator_rows(school, indicator, settings)]


def indicator_rows(school: School, indicator: str, settings: Settings) -> list[Row]:
    """One indicator of a school, a row per stage."""
    standards, scale, is_split, whole = INDICATORS[indicator]
    rows = []
    for stage in school.assessed:
        standard, pupils = Fraction(standards[stage]), school.pupils[stage]
        share, amount = share_of(school, stage, is_split, settings), amount_of(school, indicator, stage)
        value = per_pupil(amount, share, scale, pupils)
        strict, turns = compare(value, standard, settings)
        code, more = relaxed_amount(school, indicator, stage, amount, settings["lease_evidence"])
        value_relaxed = per_pupil(more, share, scale, pupils)
        verdict = strict
        if value_relaxed is not None:
            verdict, turns = compare(value_relaxed, standard, settings)
        row: Row = {
            **dict(zip(("county_code", "school_year"), school.place, strict=True)),
            **{"school_code": school.code, "stage": stage, "indicator_code": indicator},
            "pupils": pupils,
            "standard": standard,
            "floor": standard * FLOOR_SHARE,
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
            "verdict_changes_when_rounded": turns,
        }
        rows.append(row)
    add_shortfalls(rows, scale, is_split, whole)
    return rows


def add_shortfalls(rows: list[Row], scale: int, is_split: bool, whole: bool) -> None:
    """What each stage lacks to standard and floor, with and without the relaxation that it may use, and what the school has to
    add for it (the largest over its stages). Nothing is lacking where the verdict says so."""
    for relaxed in ("", "relaxed_"):
        amount, verdict = ("numerator_relaxed", "verdict") if relaxed else ("numerator", "verdict_strict")
        for floor, target, reached in (("", "standard", {"met"}), ("floor_", "floor", {"met", "floor_met"})):
            name = f"{relaxed}{floor}shortfall"
            needs: list[Fraction] = []
            for row in rows:
                row[name] = row[f"school_{name}"] = None
                if row[amount] is not None and row["value"] is not None:
                    needed = row[target] * row["pupils"] / scale - row[amount]
                    row[name] = Fraction(0) if row[verdict] in reached else needed
                    need = row[name] / row["share"]
                    needs.append(Fraction(math.ceil(need)) if whole else need)
                    row[f"school_{name}"] = needs[-1]
            if is_split and needs:
                for row in rows:
                    row[f"school_{name}"] = max(needs)


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


def county_row(rows: list[Row], scale: int, limit: Fraction | None, settings: Settings) -> Row:
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
            result |= against_limit(variance <= (limit * mean) ** 2, Fraction(rounded) <= limit, settings)
    return result


def against_limit(exact: bool, rounded: bool, settings: Settings) -> Row:
    """Verdict by the exact coefficient or by its three decimals, and whether the other one differs."""
    is_met = rounded if settings["comparison"] == "rounded" else exact
    return {"verdict": "met" if is_met else "unmet", "verdict_changes_when_rounded": exact != rounded}


def composite_row(singles: Sequence[Row], schools: dict[str, list[Row]], limit: Fraction | None, settings: Settings) -> Row:
    """Plain mean of the unrounded coefficients; unknown while one of them is. A school is known when all its values are."""
    known = {code for code, rows in schools.items() if all(row["value"] is not None for row in rows)}
    row: Row = {
        **{name: singles[0][name] for name in ("school_count", "pupils")},
        "known_school_count": len(known),
        "waiting": sorted(schools.keys() - known),
        "provisional_coefficient": mean_of([single["provisional_coefficient"] for single in singles]),
        "difference_coefficient": mean_of([single["difference_coefficient"] for single in singles]),
        "verdict": None if limit is None else "undecided",
        "difference_limit": limit,
    }
    nothing = ("schools_met", "schools_floor_met", "county_mean", "county_mean_rounded", "standard_deviation")
    row |= dict.fromkeys((*nothing, "difference_coefficient_rounded", "verdict_changes_when_rounded"))
    if (mean := row["difference_coefficient"]) is not None:
        row["difference_coefficient_rounded"] = rounded = half_up(mean, 3)
        if limit is not None:
            row |= against_limit(mean <= limit, Fraction(rounded) <= limit, settings)
    return row


def mean_of(values: Sequence[Decimal | None]) -> Fraction | None:
    """Plain mean; unknown while one of them is."""
    known = [Fraction(value) for value in values if value is not None]
    return sum(known, Fraction(0)) / len(known) if len(known) == len(values) else None


@dataclass
class Figures:
    """Everything the oracle expects of one rule set's resource block, by grain."""

    school_indicator: dict[Key, Row] = field(default_factory=dict)
    school_verdict: dict[Key, Row] = field(default_factory=dict)
    county_indicator: dict[Key, Row] = field(default_factory=dict)
    composite: dict[Key, Row] = field(default_factory=dict)
    places: list[tuple[str, int]] = field(default_factory=list)
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
    rows_of: Callable[[School, Settings], list[Row]],
    fold_verdicts: Callable[[list[Row]], Row],
    limits: dict[str, Fraction] | None,
    composite_limits: dict[str, Fraction] | None,
    scales: dict[str, int],
    settings: Settings,
    folding: Folding,
) -> Figures:
    """All resource figures of a rule set."""
    figures = Figures()
    for place, county in counties(census).items():
        figures.places.append(place)
        by_indicator: dict[tuple[str, str], list[Row]] = defaultdict(list)
        by_school: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for school in filter(scope, fold(county, folding)):
            for row in rows_of(school, settings):
                figures.school_indicator[(*place, row["school_code"], row["stage"], row["indicator_code"])] = row
                by_indicator[row["stage"], row["indicator_code"]].append(row)
                by_school[row["school_code"], row["stage"]].append(row)
        for (code, stage), rows in by_school.items():
            figures.school_verdict[(*place, code, stage)] = fold_verdicts(rows)
        for (stage, indicator), rows in by_indicator.items():
            limit = limits[stage] if limits else None
            figures.county_indicator[(*place, stage, indicator)] = county_row(rows, scales[indicator], limit, settings)
        for stage in {stage for stage, _ in by_indicator}:
            singles = [figures.county_indicator[(*place, stage, indicator)] for indicator in scales]
            limit = composite_limits[stage] if composite_limits else None
            schools = {code: rows for (code, taught), rows in by_school.items() if taught == stage}
            figures.composite[(*place, stage)] = composite_row(singles, schools, limit, settings)
    return figures


def assess(
    census: Iterable[Row], settings: Settings = SETTINGS, folding: Folding = FOLDING, venues: Iterable[Row] = ()
) -> Figures:
    """All resource figures of national-2017; its composite is information."""
    listed: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for venue in venues:
        listed[venue["county_code"], venue["school_year"]].append(venue)

    def rows_of(school: School, settings: Settings) -> list[Row]:
        school.venues = listed.get(school.place)
        return school_rows(school, settings)

    scales = {code: scale for code, (_, scale, _, _) in INDICATORS.items()}
    return assess_counties(census, in_scope, rows_of, verdict_row, LIMITS, None, scales, settings, folding)
