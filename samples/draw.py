"""Numerators of the seven indicators for every unit of a sample county, tuned to the targets."""

from __future__ import annotations

import math
import random
from typing import Any

from samples.calibrate import CalibratedSchool, Curve, coefficient, fit, tune
from samples.fields import WEIGHTS, data
from samples.plan import Unit

Amounts = dict[str, dict[tuple[str, str], float]]
"""unit code → (indicator, stage or ``all``) → numerator in its natural unit (persons, m², 元, rooms)."""

SPLIT = ("L4", "L5", "L6", "L7")
PERSONS = ("L1", "L2", "L3")


def _latents(units: list[Unit], indicator: str, year: int, seed: int, size_effect: float) -> dict[str, float]:
    """How rich each unit is: small schools have more per pupil, a school good in one thing tends to be good in all."""
    latents = {}
    for unit in units:
        code = unit.head.code
        size = max(sum(unit.pupils.values()), 20)
        quality = random.Random(f"{seed}:{code}:quality").gauss(0, 1)
        special = random.Random(f"{seed}:{code}:{indicator}").gauss(0, 1)
        drift = random.Random(f"{seed}:{code}:{indicator}:{year}").gauss(0, 1)
        latent = -0.5 * size_effect * math.log(size / 400) + 0.2 * quality + 0.3 * special + 0.05 * drift
        latents[code] = min(max(latent, -1.1), 1.1)
    return latents


class _Drawing:
    """One year of one county while its numerators are being drawn."""

    def __init__(self, units: list[Unit], year: int, seed: int) -> None:
        self.units = units
        self.year = year
        self.seed = seed
        self.amounts: Amounts = {unit.head.code: {} for unit in units}
        settings = data("targets")
        self.indicators: dict[str, Any] = settings["indicators"]
        self.standards: dict[str, Any] = settings["standards"]
        self.targets: dict[str, Any] = settings["targets"][year]

    def factor(self, indicator: str) -> float:
        """Value of an indicator for one counted unit per pupil."""
        return float(self.indicators[indicator]["scale"] * self.indicators[indicator]["base"])

    def planted(self, unit: Unit, indicator: str, stage: str) -> float | None:
        """Numerator that the plan asks for, or None where it is free. ``all`` is the stage of a whole school."""
        head = unit.head
        named = {**head.fixed.get("all", {}), **head.fixed.get(stage, {})}
        if stage == "all":
            for fixed in head.fixed.values():
                named = {**named, **fixed}
        if indicator in named:
            return float(named[indicator])
        floored = any(indicator in listed for listed in head.floor.values())
        if not (floored or head.rest_met):
            return None
        rng = random.Random(f"{self.seed}:{head.code}:{indicator}:planted")
        stages = [s for s in ("primary", "junior") if s in unit.pupils] if stage == "all" else [stage]
        base = self.indicators[indicator]["base"]
        per_pupil = []
        for s in stages:
            standard, floor = self.standards[s][indicator]
            wanted = floor + (standard - floor) * rng.uniform(0.2, 0.8) if floored else standard * rng.uniform(1.03, 1.22)
            per_pupil.append(wanted / self.factor(indicator) / (WEIGHTS[s] if stage == "all" else 1.0))
        pupils = unit.weighted_pupils if stage == "all" else unit.pupils[stage]
        return float(math.ceil(max(per_pupil) * pupils) * base)

    def _store(self, indicator: str, stage: str, units: list[Unit], counted: list[float]) -> None:
        base = self.indicators[indicator]["base"]
        for unit, amount in zip(units, counted, strict=True):
            self.amounts[unit.head.code][indicator, stage] = amount * base

    def persons(self, indicator: str, stage: str) -> None:
        """Teachers: reported by stage, so each stage is drawn for itself."""
        spec, target = self.indicators[indicator], self.targets[stage][indicator]
        here = [u for u in self.units if stage in u.pupils]
        latents = _latents(here, indicator, self.year, self.seed, spec["size_effect"])
        planted = {u.head.code: self.planted(u, indicator, stage) for u in here}
        judged = [u for u in here if u.has_indicators]

        def ratio(unit: Unit) -> float | None:
            amount = planted[unit.head.code]
            return None if amount is None else amount / unit.pupils[stage]

        curve = fit(
            [CalibratedSchool(u.pupils[stage], latents[u.head.code], ratio(u)) for u in judged],
            target["mean"] / self.factor(indicator),
            target["coefficient"],
        )
        drawn = [
            float(round(curve(latents[u.head.code]) * u.pupils[stage])) if (p := planted[u.head.code]) is None else p
            for u in here
        ]
        self._finish(indicator, stage, here, drawn, {c for c, p in planted.items() if p is None}, (1,))

    def amounts_split(self, indicator: str) -> None:
        """Rooms, areas and equipment: one amount for the whole school, shared by its stages."""
        spec = self.indicators[indicator]
        latents = _latents(self.units, indicator, self.year, self.seed, spec["size_effect"])
        base, settled = spec["base"], dict[str, float]()
        for unit in self.units:
            amount = self.planted(unit, indicator, "all") if unit.pupils else None
            if amount is not None:
                settled[unit.head.code] = amount / base
        curves: dict[str, Curve] = {}
        for stage in ("primary", "junior"):
            judged = [u for u in self.units if u.has_indicators and stage in u.pupils]
            target = self.targets[stage][indicator]
            entries = [
                CalibratedSchool(
                    u.pupils[stage],
                    latents[u.head.code],
                    settled[u.head.code] * WEIGHTS[stage] / u.weighted_pupils if u.head.code in settled else None,
                )
                for u in judged
            ]
            curve = curves[stage] = fit(entries, target["mean"] / self.factor(indicator), target["coefficient"])
            free = {u.head.code for u in judged if u.head.code not in settled}
            for unit in judged:
                if unit.head.code in free:
                    per_weighted = curve(latents[unit.head.code]) / WEIGHTS[stage]
                    settled[unit.head.code] = float(round(per_weighted * unit.weighted_pupils))
            self._tune_split(indicator, stage, judged, settled, free)
        for unit in self.units:
            code = unit.head.code
            if code not in settled:
                per_weighted = curves["primary"](latents[code])
                settled[code] = float(round(per_weighted * max(unit.weighted_pupils, 60)))
            self.amounts[code][indicator, "all"] = settled[code] * base

    def _tune_split(self, indicator: str, stage: str, judged: list[Unit], settled: dict[str, float], free: set[str]) -> None:
        pupils = [u.pupils[stage] for u in judged]
        shares = [settled[u.head.code] * WEIGHTS[stage] * u.pupils[stage] / u.weighted_pupils for u in judged]
        movable = [i for i, u in enumerate(judged) if u.head.code in free and list(u.pupils) == [stage]]
        steps = (1,) if indicator == "L7" else (1, 10, 100)
        tuned = tune(pupils, shares, movable, self.targets[stage][indicator]["coefficient"], steps)
        for i in movable:
            settled[judged[i].head.code] = tuned[i]

    def _finish(
        self, indicator: str, stage: str, here: list[Unit], drawn: list[float], free: set[str], steps: tuple[int, ...]
    ) -> None:
        judged = [i for i, u in enumerate(here) if u.has_indicators]
        movable = [n for n, i in enumerate(judged) if here[i].head.code in free]
        tuned = tune(
            [here[i].pupils[stage] for i in judged],
            [drawn[i] for i in judged],
            movable,
            self.targets[stage][indicator]["coefficient"],
            steps,
        )
        for n, i in enumerate(judged):
            drawn[i] = tuned[n]
        self._store(indicator, stage, here, drawn)


def numerators(units: list[Unit], year: int, seed: int) -> Amounts:
    """Numerators of all seven indicators for every unit."""
    drawing = _Drawing(units, year, seed)
    for indicator in PERSONS:
        for stage in ("primary", "junior"):
            drawing.persons(indicator, stage)
    for indicator in SPLIT:
        drawing.amounts_split(indicator)
    return drawing.amounts


def achieved(units: list[Unit], amounts: Amounts, indicator: str, stage: str) -> tuple[float, float]:
    """County mean (per pupil, in the numerator's unit) and difference coefficient of drawn numerators."""
    judged = [u for u in units if u.has_indicators and stage in u.pupils]
    pupils = [u.pupils[stage] for u in judged]
    shares = [
        amounts[u.head.code][indicator, "all"] * WEIGHTS[stage] * u.pupils[stage] / u.weighted_pupils
        if indicator in SPLIT
        else amounts[u.head.code][indicator, stage]
        for u in judged
    ]
    return sum(shares) / sum(pupils), coefficient(pupils, shares)
