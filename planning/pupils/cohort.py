"""Pupils of the coming years by grade: cohort survival, with bands from how far the same steps strayed in the past.

Pupils of a grade are those of the grade below a year before, times a rate of progression; those of the first grade are the
children of the age of entry, times a rate; those of the first grade of the next stage come from all pupils of the county that
leave the stage before. A rate is the school's own as far as schools differ by more than chance, else the county's (moments, as in
credibility).

Notation: ``a`` units, ``t`` years, ``g`` grades from 0. NaN is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_CHANCE = 1.0
"""Variance of a count beside its mean where the past does not say: that of chance."""
ENTRY, WITHIN, TRANSFER = "entry", "within", "transfer"
"""Kinds of steps."""
Strayed = Callable[[Array, int, int], Array]
"""Source (draw × a), grade and year ahead to the pupils (draw × a) that come in."""


@dataclass(frozen=True)
class Cohorts:
    """What is known of the units (schools) of a county, in years that follow each other."""

    units: tuple[str, ...]
    years: tuple[int, ...]
    pupils: Array
    """a × t × g."""
    children: Array
    """a × (t + years to come): children who reach the age of entry in that year; those of a unit without a list are NaN."""
    transfers: tuple[int, ...] = (6,)
    """Grades, from 0, that are entered from all units of the county."""

    momentum: tuple[float, ...] = ()
    """By grade: logarithm of the factor by which the coming year goes on as the last one did, half of it in each year after;
    only where the past is known by stage and not by grade."""

    def until(self, years: int) -> Cohorts:
        """The first ``years`` years alone; children as far as they are known."""
        return replace(self, years=self.years[:years], pupils=self.pupils[:, :years])


@dataclass(frozen=True)
class Step:
    """The way into a grade: rates by unit, and what the past says of their spread."""

    kind: str
    rate: Array
    """By unit: of the grade below, of the children, or of the county's pupils that leave the stage before."""
    error: Array
    """Standard error of the rate, by unit."""
    chance: float
    """Variance of a unit's pupils beside their mean."""
    residuals: Array
    """By transition: logarithm of the county's pupils beside those expected."""
    size: float
    """Pupils of the county that came in, in the mean of the past."""


def fit(cohorts: Cohorts) -> tuple[Step, ...]:
    """The rate into each grade."""
    pupils = cohorts.pupils
    leavers = np.nansum(pupils, axis=0)
    steps = []
    for grade in range(pupils.shape[2]):
        if grade == 0:
            source, target, kind = cohorts.children[:, : len(cohorts.years)], pupils[:, :, 0], ENTRY
        elif grade in cohorts.transfers:
            pool = leavers[:-1, grade - 1][None, :].repeat(len(cohorts.units), axis=0)
            source, target, kind = pool, pupils[:, 1:, grade], TRANSFER
        else:
            source, target, kind = pupils[:, :-1, grade - 1], pupils[:, 1:, grade], WITHIN
        steps.append(_fitted(cohorts, grade, kind, source, target))
    return tuple(steps)


def _fitted(cohorts: Cohorts, grade: int, kind: str, source: Array, target: Array) -> Step:
    is_known = ~(np.isnan(source) | np.isnan(target))
    given, entered = np.where(is_known, source, 0.0), np.where(is_known, target, 0.0)
    base, grown = given.sum(axis=1), entered.sum(axis=1)
    if kind == TRANSFER:
        rate = _divided(grown, base, 0.0) if base.any() else _shares(cohorts, grade)
        weight = np.ones_like(rate)
    else:
        rate, weight = _credible(base, grown, given, entered)
    expected, total = (rate[:, None] * given).sum(axis=0), entered.sum(axis=0)
    is_told = (expected > 0) & (total > 0)
    chance = _chance_of(rate, given, entered)
    return Step(
        kind,
        rate,
        np.sqrt(weight * _divided(chance * rate, base, 0.0)),
        chance,
        np.log(total[is_told] / expected[is_told]),
        float(total[is_told].mean()) if is_told.any() else 0.0,
    )


def _divided(above: Array, below: Array, otherwise: float) -> Array:
    return np.divide(above, below, out=np.full_like(below, otherwise), where=below > 0)


def _credible(base: Array, grown: Array, given: Array, entered: Array) -> tuple[Array, Array]:
    """Rates between a unit's own and that of all, and the weight of its own; without any past pupils stay as they are."""
    if base.sum() <= 0:
        return np.ones_like(base), np.zeros_like(base)
    common = grown.sum() / base.sum()
    of_unit = _divided(grown, base, common)
    chance = _chance_of(of_unit, given, entered)
    room = base.sum() - (base**2).sum() / base.sum()
    between = (base * (of_unit - common) ** 2).sum() - (int((base > 0).sum()) - 1) * chance * common
    variance = max(float(between / room), 0.0) if room > 0 else 0.0
    noise = _divided(np.full_like(base, chance * common), base, np.inf)
    weight = np.where(variance + noise > 0, _divided(np.full_like(base, variance), variance + noise, 0.0), 1.0)
    return weight * of_unit + (1 - weight) * common, weight


def _chance_of(rate: Array, given: Array, entered: Array) -> float:
    """Variance of pupils beside their mean, once what all units of a year have in common is taken out."""
    expected = rate[:, None] * given
    totals = expected.sum(axis=0)
    expected = expected * _divided(entered.sum(axis=0), totals, 1.0)[None, :]
    units, transitions = int((given.sum(axis=1) > 0).sum()), int((totals > 0).sum())
    freedom = (units - 1) * (transitions - 1)
    if freedom < 1:
        return _CHANCE if units > 1 or transitions < 2 else 0.0
    return float(_divided(np.where(expected > 0, entered - expected, 0.0) ** 2, expected, 0.0).sum() / freedom)


def _shares(cohorts: Cohorts, grade: int) -> Array:
    """Of the first grade of a stage as it is now: who goes where, when no year before is known."""
    now = np.nan_to_num(cohorts.pupils[:, -1, grade])
    return now / now.sum() if now.sum() > 0 else now


def children_to_come(cohorts: Cohorts, horizon: int) -> Array:
    """Children by unit and year to come. After the last list they stay as many; without a list those of the first grade do."""
    have, width = len(cohorts.years), len(cohorts.years) + horizon
    children = np.full((len(cohorts.units), width), np.nan)
    children[:, : min(width, cohorts.children.shape[1])] = cohorts.children[:, :width]
    first = np.nan_to_num(cohorts.pupils)[:, -1, 0]
    for unit in range(len(cohorts.units)):
        last = first[unit]
        for year in range(width):
            if np.isnan(children[unit, year]):
                children[unit, year] = last
            last = children[unit, year]
    return children[:, have:]


def advanced(cohorts: Cohorts, steps: Sequence[Step], children: Array, strayed: Strayed | None) -> Array:
    """Pupils of the years that ``children`` (draw × a × years) tell of: draw × a × years × g."""
    state, years = np.nan_to_num(cohorts.pupils)[None, :, -1], []
    for ahead in range(children.shape[2]):
        grades = []
        for grade, step in enumerate(steps):
            if step.kind == ENTRY:
                source = children[:, :, ahead]
            elif step.kind == TRANSFER:
                source = state[:, :, grade - 1].sum(axis=1, keepdims=True)
            else:
                source = state[:, :, grade - 1]
            grades.append(source * step.rate[None, :] if strayed is None else strayed(source, grade, ahead))
        state = np.stack(grades, axis=2)
        if cohorts.momentum:
            state = state * np.exp(np.array(cohorts.momentum) * 0.5 ** (ahead + 1))
        years.append(state)
    return np.stack(years, axis=2)
