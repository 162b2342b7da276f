"""A county's own tests from bronze to marts, against an oracle that goes from pupil to pupil in fractions."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import build
from tests.oracle.compare import Comparison
from tests.oracle.compiled import compiled

COUNTY, YEAR, TEST = "990101", 2025, "四年级适应性测试"
MIN_PUPILS = 10
SUBJECTS = ("chinese", "mathematics", "english", "science", "moral", "physics", "labour")
FULL_MARKS = {"chinese": 120, "mathematics": 100, "english": 100, "science": 90, "moral": 50, "labour": 10}
"""None for physics."""


@cache
def critical_value(degrees: int) -> float:
    """Two-sided 95 % point of Student's t: the density integrated by Simpson's rule, the point found by halving."""
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(degrees * math.pi)

    def inside(point: float, steps: int = 600) -> float:
        width = point / steps
        weights = (1 if k in (0, steps) else 4 if k % 2 else 2 for k in range(steps + 1))
        return (
            2
            * scale
            * width
            / 3
            * sum(w * (1 + (k * width) ** 2 / degrees) ** (-(degrees + 1) / 2) for k, w in enumerate(weights))
        )

    low, high = 0.0, 13.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if inside(middle) < 0.95 else (low, middle)
    return high


def _scores(chance: random.Random) -> list[build.Row]:
    """Schools of very different sizes; absences, zeros, half marks; a subject with equal scores, one beyond its full marks."""
    rows = []
    for school, size in enumerate([1, 3, 9, 10, 11, 30, 31, 87, 140], 1):
        level = chance.uniform(0.5, 0.9)
        for number in range(size):
            row: build.Row = {"school_code": f"21990000{school:02d}", "pupil": f"{school}-{number}"}
            for subject in ("chinese", "mathematics", "english", "physics"):
                full = FULL_MARKS.get(subject, 40)
                mark = Decimal(round(full * min(1, max(0, chance.gauss(level, 0.2))) * 2)) / 2
                row[subject] = chance.choices([mark, Decimal(0), Decimal(-1), None], [90, 3, 4, 3])[0]
            row["science"] = Decimal(60)
            row["moral"] = Decimal("50.5") if (school, number) == (8, 3) else Decimal(40)
            row["labour"] = Decimal(chance.randint(0, 10)) if school > 8 else None
            rows.append(row)
    return rows


def _oracle(rows: list[build.Row], subject: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What the two marts must hold of one subject: the county's row, and one for each school."""
    given: dict[str, list[Fraction]] = defaultdict(list)
    absent: dict[str, int] = defaultdict(int)
    for row in rows:
        mark = row[subject]
        if mark == -1:
            absent[row["school_code"]] += 1
        elif mark is not None:
            given[row["school_code"]].append(Fraction(mark))
    codes = sorted({*given, *absent})
    everyone = [mark for code in codes for mark in given[code]]
    county: dict[str, Any] = {"n_schools": sum(bool(given[code]) for code in codes), "n_tested": len(everyone)}
    county["n_absent"] = sum(absent.values())
    reason = None
    if subject not in FULL_MARKS:
        reason = "full_marks_missing"
    elif max(everyone) > FULL_MARKS[subject]:
        reason = "score_above_full_marks"
    figures = {}
    if reason is None:
        shares = {code: [mark / FULL_MARKS[subject] for mark in given[code]] for code in codes}
        mean = Fraction(sum(everyone)) / FULL_MARKS[subject] / len(everyone)
        means = {code: sum(values) / len(values) for code, values in shares.items() if values}
        between = sum(len(shares[code]) * (means[code] - mean) ** 2 for code in means)
        within = sum((share - means[code]) ** 2 for code in means for share in shares[code])
        figures["county_score_rate"] = mean
        if len(means) < 2:
            reason = "too_few_schools"
        elif between + within == 0:
            reason = "no_variation"
        else:
            k, n = len(means), len(everyone)
            per_group = (n - Fraction(sum(len(shares[code]) ** 2 for code in means), n)) / (k - 1)
            ms_between, ms_within = between / (k - 1), within / (n - k)
            figures["mean_square_between"], figures["mean_square_within"] = ms_between, ms_within
            figures["effective_school_size"] = per_group
            figures["intraclass_correlation"] = (ms_between - ms_within) / (ms_between + (per_group - 1) * ms_within)
            figures["eta_squared"] = between / (between + within)
    schools: dict[str, dict[str, Any]] = {}
    hidden = 0
    for code in sorted(codes, key=lambda code: (len(given[code]), code)):
        marks = given[code]
        row: dict[str, Any] = {"n_tested": len(marks), "n_absent": absent[code], "reason": None}
        if "county_score_rate" not in figures:
            row["reason"] = reason
        elif len(marks) < MIN_PUPILS:
            row["reason"] = "too_few_pupils"
            hidden += len(marks)
        elif 0 < hidden < MIN_PUPILS:
            row["reason"] = "protects_others"
            hidden += len(marks)
        else:
            share, n = [mark / FULL_MARKS[subject] for mark in marks], len(marks)
            rate = sum(share) / n
            row["score_rate"], row["county_score_rate"] = rate, figures["county_score_rate"]
            row["difference"] = rate - figures["county_score_rate"]
            deviation = math.sqrt(sum((value - rate) ** 2 for value in share) / (n - 1))
            row["score_rate_sd"] = deviation
            row["half"] = critical_value(n - 1 if n <= 31 else max(d for d in (80, 120) if d <= n - 1)) * deviation / math.sqrt(n)
        schools[code] = row
    return county | {"reason": reason} | figures, schools


@pytest.fixture(scope="module")
def scores() -> list[build.Row]:
    return _scores(random.Random(7))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, scores: list[build.Row]) -> Path:
    sources = ("assessment_scores", "assessment_full_marks")
    test = {"county_code": COUNTY, "school_year": YEAR, "assessment": TEST, "grade": 4}
    given = {
        "assessment_scores": scores,
        "assessment_full_marks": [{"subject": name, "full_marks": Decimal(full)} for name, full in FULL_MARKS.items()],
    }
    ids = {source: str(number) * 16 for number, source in enumerate(sources, 1)}
    others = {
        source: [{**row, **test, "_submission_id": ids[source], "_row": number} for number, row in enumerate(rows, 2)]
        for source, rows in given.items()
    }
    # a pupil whose row the judgement gave up
    others["assessment_scores"].append(
        {**others["assessment_scores"][0], "pupil": "给出去的", "chinese": Decimal(-7), "_row": 9999}
    )
    submissions = [build.submission(ids[source], source=source, rows_quarantined=1) for source in sources]
    coverage = [
        {"night": 1, "delivery_night": 1, "submission_id": ids[source], "source": source, "covers": "county"}
        | {"county_code": COUNTY, "school_year": YEAR, "rows": 1}
        for source in sources
    ]
    left_out = {"night": 1, "submission_id": ids["assessment_scores"], "file_name": "成绩.csv", "sheet": None, "row": 9999}
    path = build.make_build_db(
        tmp_path_factory.mktemp("assessment"),
        [],
        submissions,
        coverage=coverage,
        quarantined_rows=[left_out | {"column": "chinese", "value": "-7", "rule": "score_or_absent", "guidance": ""}],
        others=others,
    )
    models = ("fct_assessment_school", "fct_assessment_between_school")
    return compiled(tmp_path_factory).build(path, *models, data_tests=("generic",))


BETWEEN_SCHOOL = Comparison(
    "fct_assessment_between_school",
    ("subject",),
    ("n_schools", "n_tested", "n_absent", "full_marks", "rows_quarantined", "undecided_reason", "estimate_label_zh"),
    (
        *("county_score_rate", "mean_square_between", "mean_square_within", "effective_school_size"),
        *("intraclass_correlation", "eta_squared"),
    ),
    absolute=Fraction(2, 10**9),
)
SCHOOL = Comparison(
    "fct_assessment_school",
    ("subject", "school_code"),
    ("n_tested", "n_absent", "full_marks", "undecided_reason", "is_distinguishable"),
    ("score_rate", "score_rate_sd", "county_score_rate", "difference"),
    absolute=Fraction(2, 10**9),
)
INTERVAL = Comparison(
    "fct_assessment_school",
    ("subject", "school_code"),
    (),
    ("difference_low", "difference_high"),
    absolute=Fraction(1, 10**6),  # the tabled points have six decimals
)


def test_the_between_school_shares_are_those_of_the_oracle(built: Path, scores: list[build.Row]) -> None:
    expected = {}
    for subject in SUBJECTS:
        row = dict.fromkeys(BETWEEN_SCHOOL.rounded) | _oracle(scores, subject)[0]
        row |= {"full_marks": FULL_MARKS.get(subject), "rows_quarantined": 1, "undecided_reason": row["reason"]}
        expected[(subject,)] = row | {"estimate_label_zh": "县级自测估计，非国家监测结果"}
    reasons = {None, "full_marks_missing", "score_above_full_marks", "no_variation", "too_few_schools"}
    assert {row["reason"] for row in expected.values()} == reasons
    BETWEEN_SCHOOL.agrees(built, expected, "true")


def test_schools_are_those_of_the_oracle(built: Path, scores: list[build.Row]) -> None:
    expected = {}
    for subject in SUBJECTS:
        for code, found in _oracle(scores, subject)[1].items():
            row = dict.fromkeys((*SCHOOL.rounded, *INTERVAL.rounded, "is_distinguishable")) | found
            row |= {"full_marks": FULL_MARKS.get(subject), "undecided_reason": row["reason"]}
            if row["reason"] is None:
                difference, half = float(row["difference"]), row["half"]
                row |= {"difference_low": difference - half, "difference_high": difference + half}
                row["is_distinguishable"] = abs(difference) > half
            expected[subject, code] = row
    reasons = {row["reason"] for row in expected.values()}
    assert {None, "too_few_pupils", "full_marks_missing", "score_above_full_marks"} <= reasons
    SCHOOL.agrees(built, expected, "true")
    INTERVAL.agrees(built, expected, "true")


def test_no_pupil_is_in_a_mart(built: Path) -> None:
    columns = build.query(built, "select table_name, column_name from information_schema.columns where table_schema = 'marts'")
    assert {row["table_name"] for row in columns} == {"fct_assessment_school", "fct_assessment_between_school"}
    assert not [row for row in columns if "pupil" in row["column_name"] or "person" in row["column_name"]]


def test_tabled_points_are_those_of_the_distribution() -> None:
    lines = (build.PROJECT / "seeds" / "codes" / "t_critical_values.csv").read_text(encoding="utf-8").splitlines()[1:]
    tabled = {int(degrees): float(point) for degrees, point in (line.split(",") for line in lines)}
    assert set(range(1, 31)) <= set(tabled)
    for degrees, point in tabled.items():
        assert point == pytest.approx(critical_value(degrees), abs=2e-6), degrees
