"""Value added: pupils' later scores given their earlier ones, with an effect for each school, shrunk and with an interval.

A random intercept by school, restricted or full maximum likelihood (statsmodels). A school's effect is the best linear unbiased
prediction; its error holds what the common line is not known better too.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_STEPS = 200
_LEAST_VARIANCE = 1e-12


@dataclass(frozen=True)
class SchoolEffect:
    """How much further a school's pupils came than those with the same earlier scores elsewhere."""

    school_code: str
    pupils: int
    effect: float
    error: float
    """Standard error of the prediction."""

    def interval(self, deviations: float) -> tuple[float, float]:
        """Effect less and more so many standard errors."""
        return self.effect - deviations * self.error, self.effect + deviations * self.error


@dataclass(frozen=True)
class ValueAdded:
    """What was estimated; ``fixed``: the intercept and a slope for each earlier score."""

    fixed: tuple[float, ...]
    fixed_errors: tuple[float, ...]
    between: float
    """Variance between schools."""
    within: float
    log_likelihood: float
    schools: tuple[SchoolEffect, ...]

    @property
    def share_between(self) -> float:
        """Of the variance that earlier scores leave, what lies between schools."""
        whole = self.between + self.within
        return self.between / whole if whole > 0 else 0.0


class NotEstimated(ValueError):
    """Too few schools or pupils, or scores that do not differ."""


def estimate(
    later: Sequence[float], earlier: Sequence[Sequence[float]], schools: Sequence[str], *, is_reml: bool = True
) -> ValueAdded:
    """``earlier``: a row of scores for each pupil. Raises NotEstimated."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    scores = np.asarray(later, dtype=np.float64)
    design = np.column_stack([np.ones(len(scores)), np.asarray(earlier, dtype=np.float64).reshape(len(scores), -1)])
    codes = np.asarray(schools)
    if len(set(schools)) < 2 or len(scores) <= design.shape[1] + 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        raise NotEstimated
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a variance of 0 lies at the edge, which is an answer and no fault
        fitted = MixedLM(scores, design, groups=codes).fit(reml=is_reml, maxiter=_STEPS)
    between, within = max(float(np.asarray(fitted.cov_re)[0, 0]), 0.0), float(fitted.scale)
    if not np.isfinite([between, within]).all() or within <= _LEAST_VARIANCE:
        raise NotEstimated
    fixed, spread = np.asarray(fitted.fe_params), np.asarray(fitted.cov_params())[: design.shape[1], : design.shape[1]]
    residuals = scores - design @ fixed
    return ValueAdded(
        tuple(map(float, fixed)),
        tuple(map(float, np.sqrt(np.diag(spread)))),
        between,
        within,
        float(fitted.llf),
        tuple(
            _effect(code, residuals[codes == code], design[codes == code].mean(axis=0), between, within, spread)
            for code in sorted(set(schools))
        ),
    )


def _effect(
    code: str,
    residuals: NDArray[np.float64],
    means: NDArray[np.float64],
    between: float,
    within: float,
    spread: NDArray[np.float64],
) -> SchoolEffect:
    weight = between * len(residuals) / (between * len(residuals) + within)
    error = between * (1 - weight) + weight**2 * float(means @ spread @ means)
    return SchoolEffect(str(code), len(residuals), float(weight * residuals.mean()), float(np.sqrt(error)))
