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
THRESHOLDS = {"achievement_level": Fraction(LEAST_LEVEL), "between_school_rate": RATE_BELOW}
FIRST_YEAR = 2017
"""No result of an earlier year has a verdict of national-2017; its requirement may look at one all the same."""
SUBJECTS = {"语文", "数学", "科学", "体育", "艺术", "德育"}
"""Subjects of form V."""
SCOPES = ("applicant", "national")
"""Monitoring that the requirement rests on; the special one of applicant counties comes first."""
GRADES = (4, 8)
OVERALL = "overall"
"""The verdict on the county as a whole, of an applicants' report."""
SAME_SUBJECT = {"体育与健康": "体育"}
"""Names that the fields have had since 2021."""
KEY = ("county_code", "scope", "monitoring_year", "grade", "subject", "measure")


def subject_of(row: Row) -> str:
    """Subject as the form calls it."""
    return str(SAME_SUBJECT.get(row["subject"], row["subject"]))


def judge(row: Row) -> str | None:
    """Level III and above; a between-school rate strictly below 0.15; other measures have no verdict."""
    if row["measure"] == "achievement_level":
        return verdict_of(None if row.get("level") is None else row["level"] >= LEAST_LEVEL)
    if row["measure"] == "between_school_rate":
        return verdict_of(None if row.get("value") is None else Fraction(row["value"]) < RATE_BELOW)
    return None


def result_verdict(row: Row) -> str | None:
    """Verdict of the rule set in force in the year of the result."""
    return judge(row) if row["monitoring_year"] >= FIRST_YEAR else None


def results(rows: Iterable[Row]) -> dict[Key, Row]:
    """fct_monitoring_result."""
    found = {}
    for row in rows:
        here = {name: row.get(name) for name in ("value", "level", "star", "n_schools", "n_pupils", "source_document")}
        here |= {"is_official": row["scope"] != "county", "verdict": result_verdict(row)}
        here["threshold"] = THRESHOLDS.get(row["measure"]) if row["monitoring_year"] >= FIRST_YEAR else None
        found[tuple(row[name] for name in KEY)] = here
    return found


def overall(rows: Iterable[Row], years: range) -> str | None:
    """What the applicants' report of the latest of these years says of the county as a whole; None: nothing, or undecided."""
    said = [row for row in rows if row["measure"] == OVERALL and row["scope"] == "applicant" and row["monitoring_year"] in years]
    if not said:
        return None
    latest = max(row["monitoring_year"] for row in said)
    values = [row.get("value") for row in said if row["monitoring_year"] == latest]
    verdict = fold_verdicts(verdict_of(None if value is None else value >= 1) for value in values)
    return None if verdict == "undecided" else verdict


def by_stars(rows: Iterable[Row], pair: tuple[Any, Any], year: int, scope: str, settings: Settings) -> str:
    """The level that the lowest star of a report on physical education stands for, where the setting names a least star."""
    stars = [
        row["star"]
        for row in rows
        if (row["grade"], subject_of(row)) == pair
        and (row["monitoring_year"], row["scope"]) == (year, scope)
        and row.get("star") is not None
    ]
    if pair[1] != "体育" or settings["pe_least_star"] == "none" or not stars:
        return "undecided"
    return verdict_of(min(stars) >= int(settings["pe_least_star"]))


def q9(rows: Iterable[Row], school_year: int, settings: Settings) -> tuple[int | None, str]:
    """How many pairs of subject and grade miss it, and the verdict: level and between-school rate of each of the twelve.

    The last years end with the year in which the school year ends, while that has no results with the one before. Of each
    pair the report counts that is of the first scope and, within that, of the latest year. A pair without a report is
    undecided. What an applicants' report says of the whole prevails.
    """
    rows = list(rows)
    asked = [row for row in rows if row["scope"] in SCOPES and subject_of(row) in SUBJECTS]
    judged = [row for row in asked if judge(row) is not None]
    whole = [row for row in rows if row["measure"] == OVERALL and row["scope"] == "applicant"]
    if settings["monitoring_overall"] != "decides":
        whole = []
    last = school_year + any(row["monitoring_year"] == school_year + 1 for row in [*judged, *whole])
    years = range(last - int(settings["monitoring_years"]) + 1, last + 1)
    if (verdict := overall(whole, years)) is not None:
        return None, verdict
    reports: dict[tuple[Any, Any], dict[tuple[int, int], dict[str, str | None]]] = defaultdict(dict)
    for row in asked:
        if row["monitoring_year"] in years:
            found = reports[row["grade"], subject_of(row)]
            report = found.setdefault((-SCOPES.index(row["scope"]), row["monitoring_year"]), {})
            if judge(row) is not None:
                report[row["measure"]] = fold_verdicts([report.get(row["measure"]), judge(row)])
    if not reports:
        return None, settings["monitoring_missing"]
    verdicts = []
    for subject in SUBJECTS:
        for grade in GRADES:
            by_report = reports.get((grade, subject), {})
            # a report with figures that are judged comes before one that has stars alone
            best = max(by_report, key=lambda key: (bool(by_report[key]), key), default=None)
            if best is None:
                verdicts.append("undecided")
                continue
            counted = {measure: by_report[best].get(measure) or "undecided" for measure in THRESHOLDS}
            if counted["achievement_level"] == "undecided":
                scope, year = SCOPES[-best[0]], best[1]
                counted["achievement_level"] = by_stars(rows, (grade, subject), year, scope, settings)
            verdicts.append(str(fold_verdicts(counted.values())))
    folded = fold_verdicts(verdicts)
    assert folded is not None
    return None if "undecided" in verdicts else verdicts.count("unmet"), folded
