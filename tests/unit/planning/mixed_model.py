"""A second program for random intercepts: expectation and maximisation in sums by school, without a library of models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STEPS = 20_000
CLOSE = 1e-10


@dataclass(frozen=True)
class Fitted:
    fixed: np.ndarray
    between: float
    within: float
    effects: dict[str, float]


def fitted(scores: np.ndarray, design: np.ndarray, schools: np.ndarray, *, is_reml: bool) -> Fitted:
    codes = sorted(set(schools))
    of = [np.flatnonzero(schools == code) for code in codes]
    counts = np.array([len(rows) for rows in of])
    between, within = scores.var() / 4, scores.var()
    sums = np.array([design[rows].sum(axis=0) for rows in of])
    for _ in range(STEPS):
        weight = between / (between * counts + within)
        normal = (design.T @ design - (sums * weight[:, None]).T @ sums) / within
        totals = np.array([scores[rows].sum() for rows in of])
        right = (design.T @ scores - (sums * weight[:, None]).T @ totals) / within
        spread = np.linalg.inv(normal)
        fixed = spread @ right
        residuals = scores - design @ fixed
        effects = weight * np.array([residuals[rows].sum() for rows in of])
        variance = between * within / (between * counts + within)
        lines = sums * weight[:, None]
        if is_reml:  # what is not known of the fixed part is not known of the effects either
            variance = variance + np.einsum("ij,jk,ik->i", lines, spread, lines)
        rest = residuals.copy()
        unsure = float((counts * between * within / (between * counts + within)).sum())
        for number, rows in enumerate(of):
            rest[rows] -= effects[number]
            if is_reml:
                moved = design[rows] - lines[number]
                unsure += float(np.einsum("ij,jk,ik->", moved, spread, moved))
        after = float((effects**2 + variance).mean()), float((rest @ rest + unsure) / len(scores))
        is_close = abs(after[0] - between) + abs(after[1] - within) < CLOSE
        between, within = after
        if is_close:
            break
    return Fitted(fixed, between, within, dict(zip(codes, effects, strict=True)))
