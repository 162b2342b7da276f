"""Value added on 4,059 pupils of 65 schools with published results, where they lie in ``../shared/realdata``."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from planning.growth.value_added import estimate
from tests.unit.planning.mixed_model import fitted

EXAM = Path(__file__).parents[4] / "shared" / "realdata" / "exam" / "Exam.csv"
PUBLISHED = {  # by maximum likelihood, and restricted: intercept, slope, between and within schools, log likelihood
    False: (0.0024, 0.5634, 0.0921, 0.5657, -4678.62),
    True: (0.0023, 0.5633, 0.0938, 0.5659, -4684.38),
}

pytestmark = pytest.mark.skipif(not EXAM.is_file(), reason="the published scores lie not in ../shared/realdata/exam")


@pytest.fixture(scope="module")
def pupils() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with open(EXAM, encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    later, earlier = (np.array([float(row[column]) for row in rows]) for column in ("normexam", "standLRT"))
    return later, earlier, np.array([row["school"] for row in rows])


@pytest.mark.parametrize("is_reml", [False, True])
def test_fixed_effects_variances_and_schools_are_the_published_ones(
    pupils: tuple[np.ndarray, np.ndarray, np.ndarray], is_reml: bool
) -> None:
    later, earlier, codes = pupils
    model = estimate(list(later), [[x] for x in earlier], list(codes), is_reml=is_reml)
    *figures, likelihood = PUBLISHED[is_reml]
    assert (*model.fixed, model.between, model.within) == pytest.approx(tuple(figures), abs=1e-3)
    assert model.log_likelihood == pytest.approx(likelihood, abs=0.01)
    second = fitted(later, np.column_stack([np.ones(len(later)), earlier]), codes, is_reml=is_reml)
    assert len(second.effects) == 65
    assert {each.school_code: each.effect for each in model.schools} == pytest.approx(second.effects, abs=1e-3)
