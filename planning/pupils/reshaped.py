"""Schools opened, merged and closed, pupils moved and classes opened in years to come: rows of a scenario on a projection.

Of whoever would sit in a school, a share sits elsewhere from a year on: all of them where it is merged or closed, as many as a
row moves in its year, and the same share in the years after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from planning.pupils.cohort import Array, Cohorts
from planning.pupils.forecast_county import CountyToForecast, ForecastSettings, SchoolNow
from planning.pupils.projection import Projection
from planning.scenario import Measure, Scenario, ScenarioUnusable

_PUPILS = "pupils"
_CLASSES = "open_classes"


@dataclass(frozen=True)
class Reshaped:
    """A projection after a scenario. ``rooms``: classes that a school may hold in a year, where the scenario changes it."""

    county: CountyToForecast
    projections: Sequence[Projection]
    rooms: Mapping[tuple[str, int], int | None] = field(default_factory=dict)
    merged: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    """By year: which school has gone into which one."""
    unused: int = 0
    """Measures that change neither pupils nor rooms."""


def concerns(measure: Measure) -> bool:
    """Whether a measure changes who sits where, or how many classes there may be."""
    return measure.kind in ("open", "merge", "close") or measure.item == _PUPILS or measure.measure == _CLASSES


def reshaped(
    county: CountyToForecast, projections: Sequence[Projection], scenario: Scenario, settings: ForecastSettings
) -> Reshaped:
    """``projections``: the whole, and parts of it. Raises ScenarioUnusable."""
    used = [measure for measure in scenario.measures if concerns(measure)]
    years = projections[0].years
    faults = [
        scenario.fault(measure.row, "year", "year_ahead", value=measure.year, first=years[0], last=years[-1])
        for measure in used
        if not measure.year or int(measure.year) not in years
    ]
    schools = dict(county.schools)
    for measure in used:
        if measure.kind == "open" and measure.school_code in schools:
            shown = {"value": measure.school_code, "school": schools[measure.school_code].name}
            faults.append(scenario.fault(measure.row, "school_code", "exists", **shown))
        elif measure.kind == "open":
            schools[measure.school_code] = SchoolNow(measure.school_name, measure.township, None, 0)
    for measure in used:
        for column, code in (("school_code", measure.school_code), ("to_school_code", measure.to_school_code)):
            if code and code not in schools:
                faults.append(scenario.fault(measure.row, column, "unknown_school", value=code))
    if faults:
        raise ScenarioUnusable(faults)
    wider = replace(county, schools=schools, cohorts=_wider(county.cohorts, tuple(schools)))
    moving = _Moving(wider, projections[0], scenario, settings)
    for year in years:
        for measure in used:
            if int(measure.year) == year:
                moving.take(measure, year)
        moving.close_year(year)
    if moving.faults:
        raise ScenarioUnusable(moving.faults)
    after = [moving.applied(projection) for projection in projections]
    return Reshaped(wider, after, moving.rooms, moving.merged, len(scenario.measures) - len(used))


def _wider(cohorts: Cohorts, units: tuple[str, ...]) -> Cohorts:
    """With schools that are not there yet, behind the others."""
    more = len(units) - len(cohorts.units)
    pupils = np.concatenate([cohorts.pupils, np.zeros((more, *cohorts.pupils.shape[1:]))])
    children = np.concatenate([cohorts.children, np.full((more, cohorts.children.shape[1]), np.nan)])
    return replace(cohorts, units=units, pupils=pupils, children=children)


class _Moving:
    """Which share of each school's pupils sits in which school, stage by stage, year after year."""

    def __init__(self, county: CountyToForecast, projection: Projection, scenario: Scenario, settings: ForecastSettings) -> None:
        self._county, self._scenario, self._stages = county, scenario, settings.stages()
        self._places = {unit: number for number, unit in enumerate(county.cohorts.units)}
        more = len(self._places) - projection.pupils.shape[0]
        self._base = np.concatenate([projection.pupils, np.zeros((more, *projection.pupils.shape[1:]))])
        self._years = projection.years
        self._shares = {stage: np.eye(len(self._places)) for stage in self._stages}
        self._by_year: list[dict[str, Array]] = []
        self._now: dict[str, int | None] = {
            code: school.classes if school.rooms is None else school.rooms for code, school in county.schools.items()
        }
        self._into: dict[str, str] = {}
        self.rooms: dict[tuple[str, int], int | None] = {}
        self.merged: dict[int, dict[str, str]] = {}
        self.faults: list[str] = []

    def _pupils(self, school: str, year: int, stage: str) -> float:
        base = self._base[:, self._years.index(year), list(self._stages[stage])].sum(axis=1)
        return float(self._shares[stage][self._places[school]] @ base)

    def take(self, measure: Measure, year: int) -> None:
        """One measure, from its year on."""
        if measure.kind == "merge":
            for stage in self._stages:
                self._give(measure.school_code, {measure.to_school_code: 1.0}, stage)
            rooms = [self._now[measure.school_code], self._now[measure.to_school_code]]
            self._now[measure.to_school_code] = None if None in rooms else sum(count or 0 for count in rooms)
            self._now[measure.school_code] = 0
            self._into[measure.school_code] = measure.to_school_code
        elif measure.kind == "close":
            for stage in self._stages:
                self._give(measure.school_code, self._others(measure.school_code, year, stage), stage)
            self._now[measure.school_code] = 0
        elif measure.measure == _CLASSES:
            before = self._now[measure.school_code]
            self._now[measure.school_code] = None if before is None else before + int(measure.amount)
        elif measure.item == _PUPILS:
            self._move(measure, year, measure.field.removeprefix(f"{_PUPILS}_"))

    def _give(self, school: str, to: Mapping[str, float], stage: str) -> None:
        shares, row = self._shares[stage], self._places[school]
        for other, share in to.items():
            shares[self._places[other]] += share * shares[row]
        shares[row] *= max(1.0 - sum(to.values()), 0.0)

    def _others(self, school: str, year: int, stage: str) -> dict[str, float]:
        """Schools of the township that have the stage, else of the county, by their pupils."""
        pupils = {other: self._pupils(other, year, stage) for other in self._places if other != school}
        township = self._county.schools[school].township
        near = {
            other: count
            for other, count in pupils.items()
            if count > 0 and township and self._county.schools[other].township == township
        }
        chosen = near or {other: count for other, count in pupils.items() if count > 0}
        total = sum(chosen.values())
        return {other: count / total for other, count in chosen.items()}

    def _move(self, measure: Measure, year: int, stage: str) -> None:
        if stage not in self._stages:
            return
        present = self._pupils(measure.school_code, year, stage)
        if float(measure.amount) > present + 0.5:
            shown = {"school": self._county.schools[measure.school_code].name, "present": round(present), "year": year}
            self.faults.append(self._scenario.fault(measure.row, "amount", "too_many_ahead", **shown))
            return
        share = min(float(measure.amount / Decimal(repr(present))), 1.0) if present else 0.0
        if measure.to_school_code:
            self._give(measure.school_code, {measure.to_school_code: share}, stage)
        else:
            self._shares[stage][self._places[measure.school_code]] *= 1.0 - share

    def close_year(self, year: int) -> None:
        """What holds in a year, once all its measures are taken."""
        self._by_year.append({stage: shares.copy() for stage, shares in self._shares.items()})
        self.rooms |= {(school, year): count for school, count in self._now.items()}
        self.merged[year] = dict(self._into)

    def applied(self, projection: Projection) -> Projection:
        """The projection with everybody where the shares put them."""
        return replace(
            projection,
            cohorts=_wider(projection.cohorts, self._county.cohorts.units),
            pupils=self._mixed(projection.pupils[None])[0],
            draws=None if projection.draws is None else self._mixed(projection.draws),
        )

    def _mixed(self, pupils: Array) -> Array:
        """By draw, unit, year and grade."""
        more = len(self._places) - pupils.shape[1]
        wide = np.concatenate([pupils, np.zeros((pupils.shape[0], more, *pupils.shape[2:]))], axis=1)
        mixed = np.zeros_like(wide)
        for year, shares in enumerate(self._by_year):
            for stage, grades in self._stages.items():
                chosen = wide[:, :, year][:, :, list(grades)]
                mixed[:, :, year, grades[0] : grades[-1] + 1] = np.einsum("uv,dvg->dug", shares[stage], chosen)
        return mixed
