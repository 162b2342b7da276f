"""Cohort survival: exact where nothing strays, bands that cover what they promise where it does, honest where little is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planning.pupils.cohort import Cohorts, fit
from planning.pupils.projection import (
    band,
    momentum_of,
    past_errors,
    project,
    project_parts,
    spread_evenly,
    straight_line,
    together,
)
from tests.unit.planning.simulated_counties import Noise, grown

STAGES = {"primary": tuple(range(6)), "junior": tuple(range(6, 9))}
NOISY = Noise(year=0.012, grade=0.01, births=0.04, chance=1.0)


@pytest.mark.parametrize(("seed", "schools", "years"), [(1, 12, 6), (2, 1, 4), (3, 40, 3), (4, 5, 10)])
def test_without_noise_every_school_and_grade_is_exact(seed: int, schools: int, years: int) -> None:
    known, truth = grown(seed, schools, years, 10, Noise(), lists_ahead=10)
    assert project(known, 10).pupils == pytest.approx(truth, rel=1e-9)


def test_without_noise_the_band_is_a_point() -> None:
    known, truth = grown(5, 8, 5, 6, Noise(), lists_ahead=6)
    low, high = band(project(known, 6, draws=50).draws, 0.8)
    assert low == pytest.approx(truth, rel=1e-6)
    assert high == pytest.approx(truth, rel=1e-6)


def test_bands_cover_what_they_promise_one_to_ten_years_ahead() -> None:
    """80 of 100, the county's pupils of each stage and the pupils of each school, children known for six years to come."""
    counties, horizon = 120, 10
    hits = {stage: np.zeros(horizon) for stage in (*STAGES, "schools")}
    for seed in range(counties):
        known, truth = grown(seed, 15, 12, horizon, NOISY, lists_ahead=6)
        draws = project(known, horizon, draws=200, seed=seed).draws
        for stage, grades in STAGES.items():
            low, high = band(draws[:, :, :, list(grades)].sum(axis=(1, 3)), 0.8)
            actual = truth[:, :, list(grades)].sum(axis=(0, 2))
            hits[stage] += (low <= actual) & (actual <= high)
        low, high = band(draws.sum(axis=3), 0.8)
        hits["schools"] += ((low <= truth.sum(axis=2)) & (truth.sum(axis=2) <= high)).mean(axis=0)
    for stage, found in hits.items():
        covered = found / counties
        assert abs(covered.mean() - 0.8) < 0.05, (stage, covered)
        assert (np.abs(covered - 0.8) < 0.12).all(), (stage, covered)


def test_migrants_with_rates_of_their_own_are_exact_apart_and_not_together() -> None:
    others, of_others = grown(11, 6, 5, 8, Noise(), lists_ahead=8)
    migrants, of_migrants = grown(12, 6, 5, 8, Noise(births=0.3), lists_ahead=8)
    whole, *apart = project_parts([others, migrants], 8)
    assert whole.pupils == pytest.approx(of_others + of_migrants, rel=1e-9)
    assert apart[1].pupils == pytest.approx(of_migrants, rel=1e-9)
    undivided = project(together([others, migrants]), 8).pupils
    assert np.abs(undivided / (of_others + of_migrants) - 1).max() > 0.001


def test_bands_of_two_parts_cover_what_they_promise() -> None:
    counties, horizon = 60, 10
    hits = np.zeros(horizon)
    for seed in range(counties):
        parts = [grown(1000 * part + seed, 15, 12, horizon, NOISY, lists_ahead=6) for part in (1, 2)]
        draws = project_parts([known for known, _ in parts], horizon, draws=200, seed=seed)[0].draws
        low, high = band(draws.sum(axis=(1, 3)), 0.8)
        actual = sum(truth.sum(axis=(0, 2)) for _, truth in parts)
        hits += (low <= actual) & (actual <= high)
    covered = hits / counties
    assert abs(covered.mean() - 0.8) < 0.07, covered
    assert (np.abs(covered - 0.8) < 0.16).all(), covered


def test_rates_of_schools_that_differ_by_chance_alone_are_those_of_the_county() -> None:
    random = np.random.default_rng(7)
    pupils = random.poisson(80.0, (30, 5, 9)).astype(float)
    known = Cohorts(tuple(map(str, range(30))), tuple(range(5)), pupils, np.full((30, 5), np.nan))
    rates = np.array([step.rate for step in fit(known) if step.kind == "within"])
    own = pupils[:, 1:, 1].sum(axis=1) / pupils[:, :-1, 0].sum(axis=1)
    assert rates[0].std() < 0.5 * own.std()


def test_one_year_alone_moves_up_and_has_no_band() -> None:
    pupils = np.arange(1.0, 10.0)[None, None, :]
    known = Cohorts(("S",), (2025,), pupils, np.array([[10.0, 12.0, 14.0]]))
    projected = project(known, 3, draws=100)
    assert projected.draws is None
    assert projected.pupils[0, 0].tolist() == pytest.approx([1.2, *range(1, 9)])  # a tenth of the children came in 2025
    assert projected.pupils[0, 2, 0] == pytest.approx(projected.pupils[0, 1, 0])  # after the last list they stay as many


def test_errors_of_the_past_stand_beside_last_year_and_a_line() -> None:
    known, _ = grown(9, 10, 8, 0, Noise(births=0.05), lists_ahead=0)
    errors = {(each.stage, each.ahead): each for each in past_errors([known], STAGES, 5, least_years=3)}
    assert errors["junior", 1].cases == 5
    assert errors["junior", 1].cohort == pytest.approx(0, abs=1e-9)
    assert errors["junior", 3].last_year > errors["junior", 3].cohort
    assert errors["primary", 1].line is not None


def test_a_county_known_by_stage_keeps_half_of_what_moved_it() -> None:
    pupils = spread_evenly(np.array([[[600.0, 300.0], [540.0, 300.0]]]), (6, 3))
    county = Cohorts(("S",), (2024, 2025), pupils, np.full((1, 2), np.nan))
    moved = momentum_of([county], [STAGES["primary"], STAGES["junior"]])
    assert np.exp(moved[0]) == pytest.approx(0.9)
    now = replace(county.until(2), pupils=county.pupils[:, 1:], years=(2025,), children=np.full((1, 1), np.nan), momentum=moved)
    ahead = project(now, 2).pupils[0]
    assert ahead[0, :6].sum() == pytest.approx(540 * 0.9**0.5)
    assert ahead[1, 0] == pytest.approx(90 * 0.9**0.25)  # as many begin as did


def test_a_line_through_the_past() -> None:
    assert straight_line([10, 12, 14], 2) == pytest.approx(18)
    assert straight_line([10, 2], 3) == 0
