"""Value added on simulated schools: beside a second program, covering what it promises, silent where it must be."""

from __future__ import annotations

import numpy as np
import pytest

from planning.growth.value_added import NotEstimated, estimate
from tests.unit.planning.mixed_model import fitted

DEVIATIONS = 1.96


def simulated(seed: int, schools: int, between: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, float]]:
    random = np.random.default_rng(seed)
    sizes = random.integers(8, 40, schools)
    codes = np.repeat([f"S{number:02}" for number in range(schools)], sizes)
    effects = random.normal(0, between, schools)
    earlier = random.normal(size=len(codes)) + np.repeat(random.normal(0, 0.5, schools), sizes)
    later = 0.1 + 0.6 * earlier + np.repeat(effects, sizes) + random.normal(0, 0.7, len(codes))
    return later, earlier, codes, {f"S{number:02}": float(effect) for number, effect in enumerate(effects)}


@pytest.mark.parametrize("is_reml", [True, False])
def test_a_second_program_comes_to_the_same(is_reml: bool) -> None:
    later, earlier, codes, _ = simulated(3, 25, 0.3)
    model = estimate(list(later), [[x] for x in earlier], list(codes), is_reml=is_reml)
    second = fitted(later, np.column_stack([np.ones(len(later)), earlier]), codes, is_reml=is_reml)
    assert model.fixed == pytest.approx(tuple(second.fixed), abs=1e-3)
    assert (model.between, model.within) == pytest.approx((second.between, second.within), abs=1e-3)
    assert {each.school_code: each.effect for each in model.schools} == pytest.approx(second.effects, abs=1e-3)


def test_intervals_hold_the_true_effects_as_often_as_they_say() -> None:
    held = total = 0
    for seed in range(50):
        later, earlier, codes, truth = simulated(seed, 40, 0.3)
        for school in estimate(list(later), [[x] for x in earlier], list(codes)).schools:
            low, high = school.interval(DEVIATIONS)
            held += low <= truth[school.school_code] <= high
            total += 1
    assert 0.93 <= held / total <= 0.97, held / total


def test_schools_that_do_not_differ_are_not_told_apart() -> None:
    later, earlier, codes, _ = simulated(11, 30, 0.0)
    model = estimate(list(later), [[x] for x in earlier], list(codes))
    assert model.share_between < 0.05
    assert all(low < 0 < high for low, high in (school.interval(DEVIATIONS) for school in model.schools))


def test_a_small_school_is_shrunk_more_and_less_certain() -> None:
    later, earlier, codes, _ = simulated(5, 30, 0.3)
    schools = sorted(estimate(list(later), [[x] for x in earlier], list(codes)).schools, key=lambda school: school.pupils)
    assert schools[0].error > schools[-1].error


@pytest.mark.parametrize(
    ("later", "earlier", "schools"),
    [
        ([1.0, 2.0, 3.0, 4.0, 5.0], [[1.0], [2.0], [2.0], [3.0], [5.0]], ["A"] * 5),
        ([1.0, 2.0, 3.0, 5.0, 4.0], [[1.0]] * 5, ["A", "A", "B", "B", "B"]),
        ([1.0, 2.0], [[1.0], [2.0]], ["A", "B"]),
    ],
    ids=["one school", "no differing start", "too few pupils"],
)
def test_what_cannot_be_estimated_is_not(later: list[float], earlier: list[list[float]], schools: list[str]) -> None:
    with pytest.raises(NotEstimated):
        estimate(later, earlier, schools)
