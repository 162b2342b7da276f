"""How far pupils to come may stray: the deviations of the same steps in the past, drawn again and again.

Three things stray: a rate that the past does not tell better, a year in which more or fewer come to all schools, and a school by
chance. The past is short, so the size of each is itself drawn. Births after the last list go up and down as they did.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planning.pupils.cohort import ENTRY, TRANSFER, WITHIN, Array, Cohorts, Step

_YEAR, _GROWTH = "year", "growth"
LEAST_YEARS = 3
"""Known by grade: with fewer nothing is said of how far pupils may stray."""


@dataclass(frozen=True)
class Spread:
    """Variance of a logarithm, its degrees of freedom, and how many transitions its means rest on."""

    variance: float
    freedom: int
    transitions: int


def spreads(cohorts: Cohorts, steps: Sequence[Step]) -> dict[str, Spread]:
    """By kind of step, beyond chance; ``year``: what all grades of a year have in common; ``growth``: of children by year."""
    by_kind = {kind: _spread([step for step in steps if step.kind == kind]) for kind in (ENTRY, WITHIN, TRANSFER)}
    within = [step for step in steps if step.kind == WITHIN and len(step.residuals) > 1]
    length = min((len(step.residuals) for step in within), default=0)
    by_kind[_YEAR] = Spread(0.0, 1, max(length, 1))
    if length > 1 and len(within) > 1:
        table = np.array([step.residuals[-length:] - step.residuals[-length:].mean() for step in within])
        of_year = table.mean(axis=0)
        freedom = (length - 1) * (len(within) - 1)
        rest = float(((table - of_year) ** 2).sum()) / freedom
        common = float((of_year**2).sum()) / (length - 1) - rest / len(within)
        by_kind[_YEAR] = Spread(max(common, 0.0), length - 1, length)
        by_kind[WITHIN] = Spread(max(rest - _chance(within), 0.0), freedom, length)
    by_kind[_GROWTH] = _growth(cohorts)
    return by_kind


def _chance(steps: Sequence[Step]) -> float:
    """Variance of the county's logarithm that chance alone makes."""
    return float(np.mean([step.chance / step.size for step in steps if step.size > 0]))


def _spread(steps: Sequence[Step]) -> Spread:
    informed = [step for step in steps if len(step.residuals) > 1]
    if not informed:
        return Spread(0.0, 1, 1)
    freedom = sum(len(step.residuals) - 1 for step in informed)
    squares = sum(float(((step.residuals - step.residuals.mean()) ** 2).sum()) for step in informed)
    return Spread(max(squares / freedom - _chance(informed), 0.0), freedom, max(len(step.residuals) for step in informed))


def _growth(cohorts: Cohorts) -> Spread:
    """How much the children of one year differ from those of the year before; without lists those of the first grade."""
    totals = np.nansum(cohorts.children, axis=0)
    totals = totals if (totals > 0).sum() > 2 else np.nansum(cohorts.pupils[:, :, 0], axis=0)
    changes = np.diff(np.log(totals[totals > 0]))
    return Spread(float((changes**2).mean()) if len(changes) else 0.0, max(len(changes), 1), len(changes))


class Straying:
    """What each draw does to the pupils that come into a grade."""

    def __init__(self, cohorts: Cohorts, steps: Sequence[Step], draws: int, seed: int) -> None:
        self._random, self._draws, self._steps = np.random.default_rng(seed), draws, steps
        spread = spreads(cohorts, steps)
        self._deviation: Mapping[str, Array] = {kind: self._deviations(each) for kind, each in spread.items()}
        self._rates = [np.maximum(step.rate + step.error * self._normal(draws, len(step.rate)), 0.0) for step in steps]
        self._means = [self._deviation[s.kind] / math.sqrt(max(len(s.residuals), 1)) * self._normal(draws) for s in steps]
        self._mean_year = self._deviation[_YEAR] / math.sqrt(spread[_YEAR].transitions) * self._normal(draws)
        self._shocks: dict[int, Array] = {}
        informed = np.flatnonzero((~np.isnan(cohorts.children)).any(axis=0))
        self._unknown_from = (int(informed[-1]) + 1 if len(informed) else 0) - len(cohorts.years)

    def _normal(self, *shape: int) -> Array:
        return self._random.standard_normal(shape)

    def _deviations(self, spread: Spread) -> Array:
        """A deviation by draw."""
        scale = self._random.chisquare(spread.freedom, self._draws) / spread.freedom
        return np.sqrt(spread.variance / np.maximum(scale, 1e-3))

    def children(self, children: Array) -> Array:
        """Draws (× a × years) of children (a × years): after the last list they go up and down as in the past."""
        walk, drawn = np.zeros(self._draws), []
        for ahead in range(children.shape[1]):
            if ahead >= self._unknown_from:
                walk = walk + self._deviation[_GROWTH] * self._normal(self._draws)
            drawn.append(children[None, :, ahead] * np.exp(walk)[:, None])
        return np.stack(drawn, axis=2)

    def entered(self, source: Array, grade: int, ahead: int) -> Array:
        """By draw and unit: the pupils that come into a grade from ``source``, a year ahead."""
        step = self._steps[grade]
        if ahead not in self._shocks:
            self._shocks[ahead] = self._mean_year + self._deviation[_YEAR] * self._normal(self._draws)
        shock = self._means[grade] + self._deviation[step.kind] * self._normal(self._draws)
        if step.kind == WITHIN:
            shock = shock + self._shocks[ahead]
        entered = source * self._rates[grade] * np.exp(shock)[:, None]
        return np.maximum(entered + np.sqrt(step.chance * entered) * self._normal(*entered.shape), 0.0)
