"""Bring drawn amounts to a wanted county mean and difference coefficient, without writing a result down anywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class CalibratedSchool:
    """One school in one stage. ``ratio`` is amount per pupil when it is given, else ``latent`` says how rich it is."""

    pupils: int
    latent: float = 0.0
    ratio: float | None = None


@dataclass(frozen=True)
class Curve:
    """Amount per pupil as a function of the latent: ``scale * exp(spread * latent)``."""

    scale: float
    spread: float

    def __call__(self, latent: float) -> float:
        """Amount per pupil of a school with that latent."""
        return self.scale * math.exp(self.spread * latent)


def coefficient(pupils: Sequence[int], amounts: Sequence[float]) -> float:
    """Pupil-weighted difference coefficient."""
    total = sum(pupils)
    mean = sum(amounts) / total
    square = sum(x * x / p for p, x in zip(pupils, amounts, strict=True)) / total
    return math.sqrt(max(square - mean * mean, 0.0)) / mean


def _scale(entries: Sequence[CalibratedSchool], mean: float, spread: float) -> float:
    fixed = sum(e.ratio * e.pupils for e in entries if e.ratio is not None)
    free = sum(math.exp(spread * e.latent) * e.pupils for e in entries if e.ratio is None)
    return max(mean * sum(e.pupils for e in entries) - fixed, 1e-9) / free


def fit(entries: Sequence[CalibratedSchool], mean: float, wanted: float) -> Curve:
    """Curve through which the free entries give the county ``mean`` and come nearest to the ``wanted`` coefficient."""
    pupils = [e.pupils for e in entries]

    def spread_gives(spread: float) -> tuple[Curve, float]:
        curve = Curve(_scale(entries, mean, spread), spread)
        return curve, coefficient(pupils, [(curve(e.latent) if e.ratio is None else e.ratio) * e.pupils for e in entries])

    low, high = 0.0, 3.0
    for _ in range(60):
        middle = (low + high) / 2
        if spread_gives(middle)[1] < wanted:
            low = middle
        else:
            high = middle
    return spread_gives((low + high) / 2)[0]


def tune(
    pupils: Sequence[int],
    amounts: Sequence[float],
    movable: Sequence[int],
    wanted: float,
    steps: Sequence[int],
    tolerance: float = 1e-5,
) -> list[float]:
    """Move whole units between movable schools until the coefficient is within ``tolerance`` of ``wanted``.

    A move takes from one school what it gives to another, so the county mean stays; its effect on the sum of squares is
    known in closed form, so each round takes the move that comes nearest. Stops when no move comes nearer.
    """
    x = list(amounts)
    total = sum(pupils)
    mean = sum(x) / total
    for _ in range(100):
        now = coefficient(pupils, x)
        if abs(now - wanted) <= tolerance:
            break
        need = (wanted**2 - now**2) * mean**2 * total
        best: tuple[float, int, int, int] | None = None
        for step in steps:
            gain = {i: (2 * x[i] * step + step * step) / pupils[i] for i in movable}
            loss = {j: (step * step - 2 * x[j] * step) / pupils[j] for j in movable if x[j] > 2 * step}
            for j, down in loss.items():
                for i, up in gain.items():
                    if i != j and (best is None or abs(need - up - down) < best[0]):
                        best = (abs(need - up - down), i, j, step)
        if best is None or best[0] >= abs(need):
            break
        x[best[1]] += best[3]
        x[best[2]] -= best[3]
    return x
