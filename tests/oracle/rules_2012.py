"""The basic balance of 2012 (教督〔2012〕3号): eight indicators, one criterion, the mean of their coefficients."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from tests.oracle.oracle import (
    SHORTFALLS,
    Figures,
    assess_counties,
    equipment_yuan,
    per_pupil,
    share_of,
    sports_area,
    teaching_area,
)
from tests.oracle.schools import FOLDING, Row, School, half_up, in_scope_2012
from tests.oracle.settings import SETTINGS, Settings

# indicator: per how many pupils, whether it is shared out over the stages of a school
INDICATORS: dict[str, tuple[int, bool]] = {
    "B1": (1, True),  # 生均教学及辅助用房面积
    "B2": (1, True),  # 生均体育运动场馆面积
    "B3": (1, True),  # 生均教学仪器设备值
    "B4": (100, True),  # 每百名学生拥有计算机台数
    "B5": (1, True),  # 生均图书册数
    "B6": (1, False),  # 师生比
    "B7": (1, False),  # 生均高于规定学历教师数
    "B8": (1, False),  # 生均中级及以上专业技术职务教师数
}
DECIMALS = {"B6": 3, "B7": 3, "B8": 3}
"""Of values and means in the published tables; two of the others."""
NOT_JUDGED = (
    *("standard", "floor", "verdict", "verdict_strict", "relaxation_code", "verdict_changes_when_rounded"),
    *("numerator_relaxed", "value_relaxed", *SHORTFALLS),
)
COMPOSITE_LIMITS = {"primary": Fraction("0.65"), "junior": Fraction("0.55")}


def amount_of(school: School, indicator: str, stage: str) -> Fraction | None:
    """Numerator before any split; unknown while it is not known who runs the school."""
    if school.row.get("sponsor_code") is None:
        return None
    staff = {"B6": "teachers", "B7": "qualified", "B8": "midtitle"}
    if indicator in staff:
        return school.by_stage[staff[indicator], stage]
    if indicator == "B1":
        return teaching_area(school)
    if indicator == "B2":
        return sports_area(school)
    return equipment_yuan(school) if indicator == "B3" else school.of_school[{"B4": "computers", "B5": "books"}[indicator]]


def school_rows(school: School, settings: Settings) -> list[Row]:
    """Rows of fct_school_indicator: figures without standards, so without verdicts and shortfalls."""
    rows = []
    for indicator, (scale, is_split) in INDICATORS.items():
        for stage in school.assessed:
            share, amount = share_of(school, stage, is_split, settings), amount_of(school, indicator, stage)
            value = per_pupil(amount, share, scale, school.pupils[stage])
            rows.append(
                {
                    **dict(zip(("county_code", "school_year"), school.place, strict=True)),
                    **{"school_code": school.code, "stage": stage, "indicator_code": indicator},
                    "pupils": school.pupils[stage],
                    "numerator": None if amount is None or share is None else amount * share,
                    "value": value,
                    "value_rounded": None if value is None else half_up(value, DECIMALS.get(indicator, 2)),
                    **dict.fromkeys(NOT_JUDGED),
                }
            )
    return rows


def no_verdict(rows: list[Row]) -> Row:
    """A rule set without standards folds nothing."""
    counts = dict.fromkeys(("n_met", "n_floor_met", "n_unmet", "n_undecided"), 0)
    return counts | {"verdict": None, "verdict_strict": None}


def assess(census: Iterable[Row], settings: Settings = SETTINGS, **_: object) -> Figures:
    """All figures of national-2012, which knows no leases."""
    scales = {code: scale for code, (scale, _) in INDICATORS.items()}
    found = assess_counties(census, in_scope_2012, school_rows, no_verdict, None, COMPOSITE_LIMITS, scales, settings, FOLDING)
    for (*_, indicator), row in found.county_indicator.items():
        if row["county_mean"] is not None:
            row["county_mean_rounded"] = half_up(row["county_mean"], DECIMALS.get(indicator, 2))
    return found
