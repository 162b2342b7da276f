"""The cohort model on a published census: municipalities of a state, pupils by stage, beside "last year again" and a line.

It is read where it lies beside the project (``../shared/realdata``); whether it did is said at the end of each run.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from planning.pupils.cohort import Cohorts
from planning.pupils.projection import momentum_of, project, spread_evenly, straight_line
from tests import inep

REAL = Path(__file__).parents[4] / "shared" / "realdata" / "alagoas"
GRADES = (5, 4)
STAGES = (tuple(range(5)), tuple(range(5, 9)))
COLUMNS = ("QT_MAT_FUND_AI", "QT_MAT_FUND_AF")
SENTINEL = 88888

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the published census lies not in ../shared/realdata/alagoas")


@pytest.fixture(scope="module")
def pupils() -> np.ndarray:
    """Municipality × year × stage."""
    by_year: list[dict[str, np.ndarray]] = []
    for year in inep.WHOLE_YEARS:
        found: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(2))
        with open(REAL / inep.file_name(year), encoding="latin-1", newline="") as handle:
            for row in csv.DictReader(handle, delimiter=";"):
                counts = [int(float(row[column] or 0)) for column in COLUMNS]
                found[row["CO_MUNICIPIO"]] += [0 if count == SENTINEL else count for count in counts]
        by_year.append(found)
    return np.array([[found[code] for found in by_year] for code in sorted(by_year[0])])


def counties(pupils: np.ndarray, years: int) -> list[Cohorts]:
    known = spread_evenly(pupils[:, :years], GRADES)
    first = inep.WHOLE_YEARS[0]
    nobody = np.full((1, years), np.nan)
    return [Cohorts(("all",), tuple(range(first, first + years)), row[None], nobody, (GRADES[0],)) for row in known]


def forecast_of(pupils: np.ndarray, years: int, ahead: int) -> np.ndarray:
    """Municipality × stage, from the first ``years``; a year known by stage tells of no progression by grade."""
    known = counties(pupils, years)
    momentum = momentum_of(known, STAGES) if years > 1 else ()
    found = []
    for county in known:
        now = Cohorts(county.units, county.years[-1:], county.pupils[:, -1:], county.children[:, -1:], county.transfers, momentum)
        after = project(now, ahead).pupils[0, -1]
        found.append([after[list(grades)].sum() for grades in STAGES])
    return np.array(found)


def missed(forecast: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Mean absolute share by stage."""
    return np.abs(forecast / actual - 1).mean(axis=0)


def test_one_year_ahead_it_misses_less_than_last_year_and_than_a_line(pupils: np.ndarray) -> None:
    actual = pupils[:, 2]
    cohort, last = missed(forecast_of(pupils, 2, 1), actual), missed(pupils[:, 1], actual)
    line = missed(np.array([[straight_line(row[:2, stage], 1) for stage in (0, 1)] for row in pupils]), actual)
    print("2019, 2020 to 2021:", cohort, last, line)
    assert (cohort < last).all()
    assert (cohort < line).all()


@pytest.mark.parametrize("ahead", [1, 2])
def test_from_a_single_year_the_cohorts_alone_are_no_worse(pupils: np.ndarray, ahead: int) -> None:
    actual = pupils[:, ahead]
    cohort, last = missed(forecast_of(pupils, 1, ahead), actual), missed(pupils[:, 0], actual)
    print(f"2019 to {2019 + ahead}:", cohort, last)
    assert cohort[0] == pytest.approx(last[0]), "without births as many begin as did"
    assert cohort[1] < last[1]


def test_the_file_of_one_municipality_is_no_year(pupils: np.ndarray) -> None:
    assert pupils.shape == (102, 3, 2)
    assert (pupils[:, :, 0].sum(axis=0) > 240_000).all()
