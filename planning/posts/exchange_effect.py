"""What past rotations did: scores of schools after teachers came or went, beside what their scores before led to expect.

Schools that are sent teachers are often those with low scores, and low scores rise by themselves; the score before stands in the
line for that. What a bureau knows of a school beyond its scores does not, and would be taken for an effect.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from junheng.core.sql import records
from planning.posts.county_posts import posts_form

_LEAST_SCHOOLS = 8
_LEAST_MOVED = 3
"""Schools to or from which somebody went, and others, below which nothing is said."""
_EXCHANGES = """
    select school_year, from_school_code, to_school_code, subject, count(distinct person) as teachers
    from intermediate.int_roster__exchange
    where county_code = ? and undecided_reason is null and subject is not null and coalesce(started_in_year, true)
    group by all
"""
_SCORES = """
    select school_year, assessment, grade, subject, school_code, cast(difference as double) as difference
    from marts.fct_assessment_school where county_code = ? and difference is not null order by all
"""


@dataclass(frozen=True)
class SchoolChange:
    """A subject of a school: how far its scores were from the county's before and after, and who came less who went."""

    school_code: str
    before: float
    after: float
    net: float


@dataclass(frozen=True)
class ExchangeEffect:
    """For each teacher who came (or did not go): the estimate with its 95 % interval, and on how many schools it rests."""

    estimate: float
    low: float
    high: float
    schools: int
    moved: int


def effect_of(changes: Sequence[SchoolChange]) -> ExchangeEffect | None:
    """Analysis of covariance, errors by school; None where too few schools took part or stayed out."""
    schools = {change.school_code for change in changes}
    moved = {change.school_code for change in changes if change.net}
    if len(schools) < _LEAST_SCHOOLS or len(moved) < _LEAST_MOVED or len(schools - moved) < _LEAST_MOVED:
        return None
    from statsmodels.regression.linear_model import OLS

    design = np.array([[1.0, change.net, change.before] for change in changes])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    codes = sorted(schools)
    groups = np.array([codes.index(change.school_code) for change in changes])
    fitted = OLS(np.array([change.after for change in changes]), design).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
    )
    low, high = fitted.conf_int()[1]
    return ExchangeEffect(float(fitted.params[1]), float(low), float(high), len(schools), len(moved))


def past_changes(connection: duckdb.DuckDBPyConnection, county: str) -> list[SchoolChange]:
    """Of the newest year with exchanges and the same test, grade and subject in it and in the year before."""
    net: dict[tuple[int, str, str], int] = defaultdict(int)
    for row in records(connection, _EXCHANGES, county):
        net[row["school_year"], row["to_school_code"] or "", row["subject"]] += row["teachers"]
        net[row["school_year"], row["from_school_code"] or "", row["subject"]] -= row["teachers"]
    scores = {
        (row["school_year"], row["assessment"], row["grade"], row["subject"], row["school_code"]): row["difference"]
        for row in records(connection, _SCORES, county)
    }
    for year in sorted({of for of, _, _ in net}, reverse=True):
        changes = [
            SchoolChange(school, scores[year - 1, assessment, grade, subject, school], after, net.get((year, school, subject), 0))
            for (of, assessment, grade, subject, school), after in scores.items()
            if of == year and (year - 1, assessment, grade, subject, school) in scores
        ]
        if changes:
            return changes
    return []


def effect_sentence(changes: Sequence[SchoolChange]) -> str:
    """What may be said of past rotations."""
    lines = posts_form().lines
    if not changes:
        return lines["past_none"]
    effect = effect_of(changes)
    if effect is None:
        schools = {"schools": len({change.school_code for change in changes})}
        return lines["past_few"].format(**schools, moved=len({change.school_code for change in changes if change.net}))
    shown = {name: f"{100 * getattr(effect, name):+.1f}" for name in ("estimate", "low", "high")}
    key = "past_clear" if effect.low > 0 or effect.high < 0 else "past_unclear"
    return lines["past"].format(**shown, schools=effect.schools, moved=effect.moved) + lines[key]
