"""Pupils, classes, places and verdicts of the coming years of a county, as lines for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from planning.county import CountyToPlan
from planning.problem import Problem
from planning.pupils.cohort import Array
from planning.pupils.forecast_county import CountyToForecast, ForecastSettings, SchoolNow
from planning.pupils.outlook import Fall, Outlook, falls, outlook, premises_merged, with_pupils
from planning.pupils.projection import PastError, Projection, band, past_errors, project_parts
from planning.pupils.reshaped import Reshaped, reshaped
from planning.scenario import Scenario

RED, YELLOW, GREEN, UNKNOWN = "red", "yellow", "green", "unknown"
"""More classes than there are rooms; so at the upper end of the band; neither; nobody says how many there are."""


@dataclass(frozen=True)
class Banded:
    """A figure with its band; without one where the past is too short."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class SchoolYearAhead:
    """A school in a year to come: pupils by stage, the classes they need, and what that says of its rooms."""

    school_code: str
    year: int
    pupils: Mapping[str, Banded]
    first_grade: Banded
    classes: int
    most_classes: int | None
    """At the upper end of the band."""
    rooms: int | None
    warning: str


@dataclass(frozen=True)
class CountyYearAhead:
    """A stage of the county in a year to come."""

    year: int
    stage: str
    pupils: Banded
    entrants: Banded
    teachers: float | None
    """As many for a pupil as now."""


@dataclass(frozen=True)
class Forecast:
    """What is said of a county."""

    county: CountyToForecast
    projection: Projection
    schools: list[SchoolYearAhead]
    years: list[CountyYearAhead]
    errors: list[PastError]
    outlooks: list[Outlook]
    """Now and each year to come; empty where no rule set holds."""
    falls: list[Fall]
    falls_at_most: list[Fall]
    """With the pupils of the upper end of each band."""
    migrants: list[Banded] = field(default_factory=list)
    """Pupils of migrants by year, all stages: told apart by the registry, else by their share of now; empty: nobody knows."""
    unused: int | None = None
    """Measures of a scenario that change neither pupils nor rooms; None: no scenario."""


def forecast(
    county: CountyToForecast,
    plan: CountyToPlan | None,
    horizon: int,
    settings: ForecastSettings,
    scenario: Scenario | None = None,
) -> Forecast:
    """``plan``: the county under its rule set, for the verdicts to come. Raises ScenarioUnusable."""
    parts = county.parts()
    projections = project_parts(parts, horizon, settings.draws, settings.seed)
    errors = past_errors(parts, dict(settings.stages()), horizon)
    shape = Reshaped(county, projections)
    if scenario is not None:
        shape = reshaped(county, projections, scenario, settings)
    county, projection = shape.county, shape.projections[0]
    schools = _schools(shape, settings)
    outlooks, falling, at_most = list[Outlook](), list[Fall](), list[Fall]()
    if plan is not None:
        ahead = {year: _problem_of(plan, shape, schools, settings, year, False) for year in projection.years}
        outlooks = [outlook(plan.problem, plan.year), *(outlook(later, year) for year, later in ahead.items())]
        falling = falls(plan.problem, ahead)
        if projection.draws is not None:
            most = {year: _problem_of(plan, shape, schools, settings, year, True) for year in projection.years}
            at_most = falls(plan.problem, most)
    years = _years(county, projection, settings)
    unused = None if scenario is None else shape.unused
    return Forecast(county, projection, schools, years, errors, outlooks, falling, at_most, _migrants(shape, settings), unused)


def _problem_of(
    plan: CountyToPlan, shape: Reshaped, schools: list[SchoolYearAhead], settings: ForecastSettings, year: int, is_most: bool
) -> Problem:
    problem = premises_merged(plan.problem, shape.merged.get(year, {}))
    return with_pupils(problem, _Growth(schools, shape.county, settings, year, is_most))


def _migrants(shape: Reshaped, settings: ForecastSettings) -> list[Banded]:
    whole, county = shape.projections[0], shape.county
    everywhere = slice(None)
    grades = range(whole.pupils.shape[2])
    if len(shape.projections) > 1:
        return [_of(shape.projections[-1], everywhere, year, grades, settings.band) for year in range(len(whole.years))]
    now = float(county.cohorts.pupils[:, -1].sum())
    if county.migrants_now is None or not now:
        return []
    return [Banded(float(whole.pupils[:, year].sum()) * county.migrants_now / now) for year in range(len(whole.years))]


class _Growth:
    """By which factor pupils of a school and stage grow until a year; None where they are not forecast."""

    def __init__(
        self, schools: list[SchoolYearAhead], county: CountyToForecast, settings: ForecastSettings, year: int, is_most: bool
    ) -> None:
        self._ahead = {each.school_code: each for each in schools if each.year == year}
        self._now = {
            (unit, stage): float(county.cohorts.pupils[number, -1, list(grades)].sum())
            for number, unit in enumerate(county.cohorts.units)
            for stage, grades in settings.stages().items()
        }
        self._is_most = is_most

    def __call__(self, school: str, stage: str) -> float | None:
        now = self._now.get((school, stage), 0.0)
        if not now or school not in self._ahead or stage not in self._ahead[school].pupils:
            return None
        banded = self._ahead[school].pupils[stage]
        return ((banded.high if self._is_most else None) or banded.value) / now


def _banded(point: Array, drawn: Array | None, level: float) -> Banded:
    """The sum of pupils (a × g), and of each draw of them."""
    if drawn is None:
        return Banded(float(point.sum()))
    low, high = band(drawn.sum(axis=(1, 2)), level)
    return Banded(float(point.sum()), float(low), float(high))


def _years(county: CountyToForecast, projection: Projection, settings: ForecastSettings) -> list[CountyYearAhead]:
    lines = []
    for number, year in enumerate(projection.years):
        for stage, grades in settings.stages().items():
            now = float(county.cohorts.pupils[:, -1, list(grades)].sum())
            if now:
                pupils = _of(projection, slice(None), number, grades, settings.band)
                entrants = _of(projection, slice(None), number, grades[:1], settings.band)
                teachers = county.teachers.get(stage)
                needed = None if teachers is None else teachers * pupils.value / now
                lines.append(CountyYearAhead(year, stage, pupils, entrants, needed))
    return lines


def _of(projection: Projection, units: slice, year: int, grades: Sequence[int], level: float) -> Banded:
    chosen, drawn = list(grades), projection.draws
    return _banded(
        projection.pupils[units, year][:, chosen], None if drawn is None else drawn[:, units, year][:, :, chosen], level
    )


def _schools(shape: Reshaped, settings: ForecastSettings) -> list[SchoolYearAhead]:
    lines, county, projection = [], shape.county, shape.projections[0]
    for unit, code in enumerate(county.cohorts.units):
        place, school = slice(unit, unit + 1), county.schools[code]
        counting = _ClassCount(county, county.cohorts.pupils[unit, -1], school, settings)
        stages = {
            stage: grades
            for stage, grades in settings.stages().items()
            if county.cohorts.pupils[unit, -1, list(grades)].sum() + projection.pupils[unit][:, list(grades)].sum() > 0
        }
        if not stages:
            continue
        for number, year in enumerate(projection.years):
            first = next(iter(stages.values()))[:1]
            by_grade = [_of(projection, place, number, (grade,), settings.band) for grade in range(projection.pupils.shape[2])]
            classes = counting.classes([each.value for each in by_grade])
            rooms = shape.rooms.get((code, year), counting.rooms)
            most = None if by_grade[0].high is None else counting.classes([each.high or 0.0 for each in by_grade])
            lines.append(
                SchoolYearAhead(
                    code,
                    year,
                    {stage: _of(projection, place, number, grades, settings.band) for stage, grades in stages.items()},
                    _of(projection, place, number, first, settings.band),
                    classes,
                    most,
                    rooms,
                    _warning(classes, most, rooms),
                )
            )
    return lines


class _ClassCount:
    """Classes that pupils need: each grade by itself, or all of a stage where the school teaches several grades together."""

    def __init__(self, county: CountyToForecast, now: Array, school: SchoolNow, settings: ForecastSettings) -> None:
        self._limits, self._stages = county.limits, settings.stages()
        self.rooms = school.classes if school.rooms is None else school.rooms
        self._is_together = school.classes is not None and self._by_grade([float(pupils) for pupils in now]) > school.classes

    def classes(self, by_grade: Sequence[float]) -> int:
        """At the limit of the size of a class."""
        if not self._is_together:
            return self._by_grade(by_grade)
        return sum(self._full(sum(by_grade[grade] for grade in grades), stage) for stage, grades in self._stages.items())

    def _by_grade(self, by_grade: Sequence[float]) -> int:
        return sum(self._full(by_grade[grade], stage) for stage, grades in self._stages.items() for grade in grades)

    def _full(self, pupils: float, stage: str) -> int:
        return ceil(round(pupils) / self._limits[stage])


def _warning(classes: int, most: int | None, rooms: int | None) -> str:
    if rooms is None:
        return UNKNOWN
    if classes > rooms:
        return RED
    return YELLOW if most is not None and most > rooms else GREEN
