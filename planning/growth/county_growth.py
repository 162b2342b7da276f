"""Value added by a county's own tests: pupils linked over years by their pseudonyms, one estimate for each test and subject."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
from pydantic import Field

from junheng.core.sql import records, scalar
from junheng.core.typed import StrictModel, load
from planning.growth.value_added import NotEstimated, SchoolEffect, ValueAdded, estimate
from publish.papers.sheets import PaperColumn
from publish.words.formats import school_year

ABOVE, BELOW, WITHIN, WITHHELD = "above", "below", "within", "withheld"
_SCORES = """
    select school_year, assessment, grade, subject, school_code, pupil, cast(score as double) as score
    from intermediate.int_assessment__score
    where county_code = ? and score is not null and not coalesce(is_absent, false)
    order by all
"""
_SETTING = "select cast(value as integer) from seeds.assessment_settings where setting = 'min_pupils'"


class GrowthPage(StrictModel):
    """A sheet: its name, its title, its columns."""

    name: str
    title: str
    columns: list[PaperColumn]


class GrowthForm(StrictModel):
    """``growth.yml``."""

    deviations: float = Field(gt=0)
    least_schools: int = Field(ge=2)
    least_linked: float = Field(ge=0, le=1)
    state: str
    groups: dict[str, str]
    lines: dict[str, str]
    pages: dict[str, GrowthPage]
    texts: dict[str, str]


@cache
def growth_form() -> GrowthForm:
    """``growth.yml``."""
    return load(Path(__file__).with_suffix(".yml"), GrowthForm)


Test = tuple[int, str, int]
"""School year, name and grade of a test."""
Scores = dict[str, tuple[str, dict[str, float]]]
"""By pupil: the school, and by subject how many standard deviations from the county's mean."""


@dataclass(frozen=True)
class SubjectGrowth:
    """A later test in one subject beside the test before."""

    test: Test
    earlier: Test
    subject: str
    tested: int
    linked: int
    value_added: ValueAdded
    withheld: tuple[tuple[str, int], ...]
    """Schools with too few linked pupils, and how many."""

    def group(self, school: SchoolEffect) -> str:
        """Only an interval that lies to one side of 0 says anything."""
        low, high = school.interval(growth_form().deviations)
        return ABOVE if low > 0 else BELOW if high < 0 else WITHIN


@dataclass(frozen=True)
class CountyGrowth:
    """All that the tests of a county tell, and in sentences what they do not."""

    subjects: tuple[SubjectGrowth, ...]
    reasons: tuple[str, ...]


def read_growth(connection: duckdb.DuckDBPyConnection, county: str) -> CountyGrowth:
    """From a build, which holds pseudonymous scores; nothing of a pupil goes further than this."""
    lines, tests = growth_form().lines, _tests(records(connection, _SCORES, county))
    if not tests:
        return CountyGrowth((), (lines["no_tests"],))
    least = int(scalar(connection, _SETTING))
    pairs = [(test, before) for test in sorted(tests) if (before := _before(test, tests)) is not None]
    if not pairs:
        return CountyGrowth((), (lines["no_pairs"].format(tests="；".join(named(test) for test in sorted(tests))),))
    subjects, reasons = list[SubjectGrowth](), list[str]()
    for test, before in pairs:
        for subject in sorted({subject for _, scores in tests[test].values() for subject in scores}):
            grown = _grown(test, before, subject, tests[test], tests[before], least)
            if isinstance(grown, SubjectGrowth):
                subjects.append(grown)
            else:
                reasons.append(grown)
    return CountyGrowth(tuple(subjects), tuple(reasons))


def named(test: Test) -> str:
    """A test as people call it."""
    year, name, grade = test
    return growth_form().lines["test"].format(name=name, year=school_year(year), grade=grade)


def _tests(rows: Sequence[Mapping[str, object]]) -> dict[Test, Scores]:
    """Scores in standard deviations of their test and subject; a subject in which nobody differs tells nothing."""
    by_subject: dict[tuple[Test, str], list[tuple[str, str, float]]] = defaultdict(list)
    for row in rows:
        test = int(str(row["school_year"])), str(row["assessment"]), int(str(row["grade"]))
        by_subject[test, str(row["subject"])].append((str(row["pupil"]), str(row["school_code"]), float(str(row["score"]))))
    tests: dict[Test, Scores] = {}
    for (test, subject), taken in by_subject.items():
        scores = np.array([score for _, _, score in taken])
        if (deviation := float(scores.std())) > 0:
            of_test = tests.setdefault(test, {})
            for pupil, school, score in taken:
                of_test.setdefault(pupil, (school, {}))[1][subject] = (score - float(scores.mean())) / deviation
    return tests


def _before(test: Test, tests: Mapping[Test, Scores]) -> Test | None:
    """The test of an earlier year that most of the pupils took, the latest of them."""
    linked = {other: len(tests[test].keys() & tests[other].keys()) for other in tests if other[0] < test[0]}
    return max((other for other, count in linked.items() if count), key=lambda other: (linked[other], other), default=None)


def _grown(test: Test, before: Test, subject: str, later: Scores, earlier: Scores, least: int) -> SubjectGrowth | str:
    """An estimate, or a sentence that says why there is none."""
    form = growth_form()
    tested = [pupil for pupil, (_, scores) in later.items() if subject in scores]
    linked = [pupil for pupil in tested if pupil in earlier]
    label = {"test": f"{named(test)} {subject}"}
    if len(linked) < form.least_linked * len(tested):
        shares = {"share": round(100 * len(linked) / len(tested)), "least": round(100 * form.least_linked)}
        return form.lines["not_linked"].format(**label, **shares)
    by_school: dict[str, list[str]] = defaultdict(list)
    for pupil in linked:
        by_school[later[pupil][0]].append(pupil)
    shown = {school: pupils for school, pupils in by_school.items() if len(pupils) >= least}
    if len(shown) < form.least_schools:
        return form.lines["few_schools"].format(**label, schools=len(shown), least=form.least_schools)
    pupils = [pupil for of_school in shown.values() for pupil in of_school]
    try:
        value_added = estimate(
            [later[pupil][1][subject] for pupil in pupils],
            [[_start(earlier[pupil][1], subject)] for pupil in pupils],
            [later[pupil][0] for pupil in pupils],
        )
    except NotEstimated:
        return form.lines["not_estimated"].format(**label)
    withheld = tuple(sorted((school, len(of)) for school, of in by_school.items() if school not in shown))
    return SubjectGrowth(test, before, subject, len(tested), len(linked), value_added, withheld)


def _start(scores: Mapping[str, float], subject: str) -> float:
    """Where a pupil stood: in the same subject, in the mean of all where that was not tested."""
    return scores[subject] if subject in scores else float(np.mean(list(scores.values())))
