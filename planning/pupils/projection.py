"""Pupils to come as a point with a band, and how well the same method would have done in the past."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planning.pupils.cohort import Array, Cohorts, advanced, children_to_come, fit
from planning.pupils.cohort_bands import LEAST_YEARS, Straying


@dataclass(frozen=True)
class Projection:
    """Pupils to come: a × years × g, and draws of the same."""

    cohorts: Cohorts
    years: tuple[int, ...]
    pupils: Array
    draws: Array | None
    """draw × a × years × g; None: the past is too short to say how far they may stray."""


@dataclass(frozen=True)
class PastError:
    """Mean absolute share by which three methods missed what came, so many years ahead."""

    stage: str
    ahead: int
    cases: int
    cohort: float
    last_year: float
    line: float | None
    """None: two years at least make a line."""


def project(cohorts: Cohorts, horizon: int, draws: int = 0, seed: int = 0) -> Projection:
    """Pupils of the years after the last known one; equal ``seed`` and input give equal draws."""
    steps, children = fit(cohorts), children_to_come(cohorts, horizon)
    years = tuple(cohorts.years[-1] + ahead for ahead in range(1, horizon + 1))
    point = advanced(cohorts, steps, children[None], None)[0]
    if not draws or len(cohorts.years) < LEAST_YEARS:
        return Projection(cohorts, years, point, None)
    straying = Straying(cohorts, steps, draws, seed)
    return Projection(cohorts, years, point, advanced(cohorts, steps, straying.children(children), straying.entered))


def together(parts: Sequence[Cohorts]) -> Cohorts:
    """Parts of a county's pupils (those of migrants, all others) as one."""
    whole = replace(parts[0], pupils=sum((part.pupils for part in parts[1:]), parts[0].pupils))
    return replace(whole, children=sum((part.children for part in parts[1:]), parts[0].children))


def project_parts(parts: Sequence[Cohorts], horizon: int, draws: int = 0, seed: int = 0) -> list[Projection]:
    """The whole, then each part by rates of its own where there is more than one."""
    apart = [project(part, horizon, draws, seed + number) for number, part in enumerate(parts)]
    if len(parts) == 1:
        return apart
    drawn = [part.draws for part in apart if part.draws is not None]
    pupils, all_draws = sum((part.pupils for part in apart[1:]), apart[0].pupils), None
    if len(drawn) == len(apart):
        all_draws = sum(drawn[1:], drawn[0])
    return [Projection(together(parts), apart[0].years, pupils, all_draws), *apart]


def band(drawn: Array, level: float) -> tuple[Array, Array]:
    """Lower and upper bound over the draws (first axis) so that ``level`` of them lie between."""
    side = (1 - level) / 2
    low, high = np.quantile(drawn, [side, 1 - side], axis=0)
    return low, high


def straight_line(values: Sequence[float], ahead: int) -> float:
    """The least-squares line through values of years that follow each other, so many years on; never below 0."""
    slope, level = np.polyfit(np.arange(len(values)), values, 1)
    return max(float(level + slope * (len(values) - 1 + ahead)), 0.0)


def past_errors(
    parts: Sequence[Cohorts], stages: dict[str, Sequence[int]], horizon: int, least_years: int = 2
) -> list[PastError]:
    """The county's pupils by stage (grades from 0), forecast from each past year after ``least_years`` known ones."""
    cohorts = together(parts)
    missed = defaultdict[tuple[str, int], list[tuple[float, float, float | None]]](list)
    totals = {stage: np.nansum(cohorts.pupils[:, :, list(grades)], axis=(0, 2)) for stage, grades in stages.items()}
    for known in range(least_years, len(cohorts.years)):
        ahead_most = min(horizon, len(cohorts.years) - known)
        projected = project_parts([part.until(known) for part in parts], ahead_most)[0]
        for stage, grades in stages.items():
            before = [float(value) for value in totals[stage][:known]]
            for ahead in range(1, ahead_most + 1):
                if (actual := float(totals[stage][known + ahead - 1])) > 0:
                    point = float(projected.pupils[:, ahead - 1, list(grades)].sum())
                    line = straight_line(before, ahead) if known > 1 else None
                    missed[stage, ahead].append(
                        (
                            abs(point - actual) / actual,
                            abs(before[-1] - actual) / actual,
                            None if line is None else abs(line - actual) / actual,
                        )
                    )
    return [_past_error(stage, ahead, cases) for (stage, ahead), cases in sorted(missed.items())]


def _past_error(stage: str, ahead: int, cases: list[tuple[float, float, float | None]]) -> PastError:
    lines = [line for _, _, line in cases if line is not None]
    return PastError(
        stage,
        ahead,
        len(cases),
        float(np.mean([cohort for cohort, _, _ in cases])),
        float(np.mean([last for _, last, _ in cases])),
        float(np.mean(lines)) if lines else None,
    )


def spread_evenly(totals: Array, grades: Sequence[int]) -> Array:
    """Pupils by stage (… × stages) as if each grade of a stage had as many (… × grades). ``grades``: how many each stage has."""
    return np.concatenate(
        [np.repeat(totals[..., [stage]] / count, count, axis=-1) for stage, count in enumerate(grades)], axis=-1
    )


def momentum_of(counties: Sequence[Cohorts], stages: Sequence[Sequence[int]]) -> tuple[float, ...]:
    """By grade: how the last year of counties known by stage alone differs, all together, from what their cohorts led to."""
    actual, expected = np.zeros(len(stages)), np.zeros(len(stages))
    size = sum(len(grades) for grades in stages)
    for county in counties:
        before = replace(county.until(len(county.years) - 1), momentum=())
        projected = project(before, 1).pupils[:, 0]
        for stage, grades in enumerate(stages):
            actual[stage] += np.nansum(county.pupils[:, -1, list(grades)])
            expected[stage] += projected[:, list(grades)].sum()
    by_grade = [0.0] * size
    for stage, grades in enumerate(stages):
        for grade in grades:
            by_grade[grade] = float(np.log(actual[stage] / expected[stage])) if actual[stage] > 0 < expected[stage] else 0.0
    return tuple(by_grade)
