"""Quality monitoring (rules.md sections 5 and 7): verdict of a result, and requirement Q9 from the latest of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from tests.oracle.requirements import Settings, fold_verdicts, verdict_of
from tests.oracle.schools import Key, Row

LEAST_LEVEL = 3
RATE_BELOW = Fraction("0.15")
SUBJECTS = {"语文", "数学", "科学", "体育", "体育与健康", "艺术", "德育"}
"""Subjects of form V; 体育与健康 is the name of 体育 since 2021."""
COUNTED_SCOPE = "national"
KEY = ("county_code", "scope", "monitoring_year", "grade", "subject", "measure")


def result_verdict(row: Row) -> str | None:
    """Level III and above; a between-school rate strictly below 0.15; other measures have no verdict."""
    if row["measure"] == "achievement_level":
        return verdict_of(None if row.get("level") is None else row["level"] >= LEAST_LEVEL)
    if row["measure"] == "between_school_rate":
        return verdict_of(None if row.get("value") is None else Fraction(row["value"]) < RATE_BELOW)
    return None


def results(rows: Iterable[Row]) -> dict[Key, Row]:
    """fct_monitoring_result."""
    return {tuple(row[name] for name in KEY): row | {"verdict": result_verdict(row)} for row in rows}


def q9(rows: Iterable[Row], school_year: int, settings: Settings) -> str:
    """Level and between-school rate of every subject and grade, from its latest national monitoring of the last years."""
    years = int(settings["monitoring_years"])
    latest: dict[tuple[Any, Any], int] = defaultdict(int)
    pairs: dict[tuple[Any, Any, int], dict[str, str | None]] = defaultdict(dict)
    for row in rows:
        year = row["monitoring_year"]
        if row["scope"] != COUNTED_SCOPE or row["subject"] not in SUBJECTS:
            continue
        if not school_year - years < year <= school_year or (verdict := result_verdict(row)) is None:
            continue
        subject = "体育" if row["subject"] == "体育与健康" else row["subject"]
        latest[row["grade"], subject] = max(latest[row["grade"], subject], year)
        pairs[row["grade"], subject, year][row["measure"]] = verdict
    if not latest:
        return settings["monitoring_missing"]
    verdicts = [
        pairs[grade, subject, year].get(measure, "undecided")
        for (grade, subject), year in latest.items()
        for measure in ("achievement_level", "between_school_rate")
    ]
    folded = fold_verdicts(verdicts)
    assert folded is not None
    return folded
