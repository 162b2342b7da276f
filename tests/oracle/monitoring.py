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


def q9(rows: Iterable[Row], school_year: int, settings: Settings) -> tuple[int | None, str]:
    """How many pairs of subject and grade miss it, and the verdict: level and between-school rate of each.

    The last years end with the year in which the school year ends, while that has no results with the one before. Of each
    pair the report counts that is of the first scope and, within that, of the latest year.
    """
    judged = [row for row in rows if row["scope"] in SCOPES and subject_of(row) in SUBJECTS and judge(row) is not None]
    last = school_year + any(row["monitoring_year"] == school_year + 1 for row in judged)
    reports: dict[tuple[Any, Any], dict[tuple[int, int], dict[str, str | None]]] = defaultdict(dict)
    for row in judged:
        year = row["monitoring_year"]
        if last - int(settings["monitoring_years"]) < year <= last:
            pair = row["grade"], subject_of(row)
            reports[pair].setdefault((-SCOPES.index(row["scope"]), year), {})[row["measure"]] = judge(row)
    if not reports:
        return None, settings["monitoring_missing"]
    verdicts = []
    for by_report in reports.values():
        counted = by_report[max(by_report)]
        verdicts.append(fold_verdicts(counted.get(m, "undecided") for m in ("achievement_level", "between_school_rate")))
    folded = fold_verdicts(verdicts)
    assert folded is not None
    return None if "undecided" in verdicts else verdicts.count("unmet"), folded
