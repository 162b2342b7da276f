"""Counties with known births, progression and migration, grown by a program of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planning.pupils.cohort import Cohorts

GRADES, TRANSFER = 9, 6


@dataclass(frozen=True)
class Noise:
    """Deviations of logarithms: a year for all grades, a year and grade, births from year to year; ``chance``: of a school."""

    year: float = 0.0
    grade: float = 0.0
    births: float = 0.0
    chance: float = 0.0


def grown(seed: int, schools: int, years: int, horizon: int, noise: Noise, lists_ahead: int) -> tuple[Cohorts, np.ndarray]:
    """What is known after ``years``, with children of ``lists_ahead`` years to come; and the pupils that come after it."""
    random = np.random.default_rng(seed)
    size = random.uniform(60, 200, schools)
    rates = random.normal(1.0, 0.02, (schools, GRADES)) + random.normal(0, 0.01, GRADES)
    rates[:, 0] = random.uniform(0.8, 1.2, schools)
    shares = random.dirichlet(np.full(schools, 20.0)) * 0.97
    total = years + horizon
    births = size[:, None] * np.exp(np.cumsum(random.normal(0, noise.births, total)))[None, :]
    if not noise.births:
        births = births * (1 + 0.1 * np.sin(np.arange(total) / 2))[None, :]
    state = np.repeat(size[:, None], GRADES, axis=1)
    pupils = []
    for year in range(total + GRADES):  # the first years only fill the grades
        of_year = random.normal(0, noise.year)
        following = np.empty_like(state)
        for grade in range(GRADES):
            if grade == 0:
                mean = births[:, max(year - GRADES, 0)] * rates[:, 0]
            elif grade == TRANSFER:
                mean = state[:, grade - 1].sum() * shares
            else:
                mean = state[:, grade - 1] * rates[:, grade] * np.exp(of_year)
            mean = mean * np.exp(random.normal(0, noise.grade))
            following[:, grade] = np.maximum(mean + np.sqrt(noise.chance * mean) * random.standard_normal(schools), 1.0)
        state = following
        pupils.append(state)
    table = np.stack(pupils[GRADES:], axis=1)
    units = tuple(f"S{number}" for number in range(schools))
    known = Cohorts(units, tuple(range(2000, 2000 + years)), table[:, :years], births[:, : years + lists_ahead], (TRANSFER,))
    return known, table[:, years:]
