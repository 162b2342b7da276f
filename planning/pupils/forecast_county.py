"""A county to forecast: pupils by school, year and grade, children of the coming years, classes and rooms, from a build."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from pydantic import Field

from junheng.core.sql import records, scalar
from junheng.core.typed import StrictModel, load
from planning.class_sizes import classrooms
from planning.pupils.cohort import Array, Cohorts
from planning.pupils.projection import momentum_of, spread_evenly

_COUNTY = "select county_name from marts.dim_county where county_code = ? order by school_year desc limit 1"
_YEAR = "select max(school_year) from marts.dim_school where county_code = ?"
_SCHOOLS = """
    select school_year, school_code, school_name, township, coalesce(folded_into_school_code, school_code) as unit
    from marts.dim_school where county_code = ? order by all
"""
_TOTALS = """
    select school_year, school_code, pupils_primary as primary, pupils_junior as junior, classes_primary, classes_junior,
        teachers_primary, teachers_junior, migrant_pupils
    from intermediate.int_census__school where county_code = ? order by all
"""
_CENSUS = """
    select in_force.school_year, in_force.school_code, {grades}
    from intermediate.int_census__row_in_force as in_force
    inner join bronze.school_census as listed
        on in_force.submission_id = listed._submission_id and in_force.row_number = listed._row
        and in_force.sheet is not distinct from listed._sheet
    where in_force.county_code = ?
    group by all
"""
_REGISTRY = """
    select school_year, school_code, grade, pupils, migrants from intermediate.int_pupils__school_grade
    where county_code = ? and undecided_reason is null and grade is not null
"""
_CLASSES = """
    select school_year, school_code, cast(grade as integer) as grade, sum(pupils) as pupils
    from intermediate.int_classes__class
    where county_code = ? and (county_code, school_year, school_code) not in (
        select county_code, school_year, school_code from intermediate.int_classes__class
        where try_cast(grade as integer) is null or pupils is null
    )
    group by all
"""
_CHILDREN = """
    select school_year, entry_year, school_code, sum(children) as children,
        case when count(migrant_children) = count(*) then sum(migrant_children) end as migrant_children
    from marts.rpt_place_forecast
    where county_code = ? group by all
"""
_NEW_PLACES = """
    select project_name, new_places, coalesce(completed_on, due_on) as ready_on from marts.fct_project
    where county_code = ? and school_year = ? and new_places > 0 order by all
"""
_LIMITS = "select stage, min(class_limit) as class_limit from seeds.rule_class_limits group by stage"


class ForecastSettings(StrictModel):
    """``forecast.yml``: numbers that a county may change."""

    years: int = Field(ge=1, le=20)
    grades: dict[str, int]
    """How many each stage has, in order."""
    least_known_share: float = Field(gt=0, le=1)
    """Of the pupils of a year that must be known by grade, for the year to count as known."""
    band: float = Field(gt=0, lt=1)
    draws: int = Field(ge=100)
    seed: int
    classrooms: list[str]
    """Kinds of rooms in the list of rooms that hold a class."""
    first_month: int = Field(ge=1, le=12)
    """Of a school year: places that are ready in it count from the next one."""

    def stages(self) -> dict[str, tuple[int, ...]]:
        """Grades of each stage, from 0."""
        ends = np.cumsum([0, *self.grades.values()])
        return {stage: tuple(range(ends[number], ends[number + 1])) for number, stage in enumerate(self.grades)}


@cache
def forecast_settings() -> ForecastSettings:
    """``forecast.yml``."""
    return load(Path(__file__).with_name("forecast.yml"), ForecastSettings)


class NotForecast(ValueError):
    """Nothing can be forecast; the message is a Chinese sentence."""


@dataclass(frozen=True)
class SchoolNow:
    """A school as it stands: what people call it, its classes, its rooms where they are listed, its teachers by stage."""

    name: str
    township: str
    classes: int | None
    rooms: int | None


@dataclass(frozen=True)
class NewPlaces:
    """Places that a project brings, from a school year on."""

    project: str
    places: int
    from_year: int | None
    """None: nobody has said when."""


@dataclass(frozen=True)
class CountyToForecast:
    """A county in its newest year."""

    code: str
    name: str
    cohorts: Cohorts
    schools: Mapping[str, SchoolNow]
    limits: Mapping[str, int]
    teachers: Mapping[str, float | None]
    new_places: tuple[NewPlaces, ...]
    years_by_grade: tuple[int, ...]
    """Years whose pupils are known by grade; none: only by stage."""
    evenly: int
    """Schools of the newest year whose pupils are spread evenly over the grades."""
    has_children: bool
    migrants: Cohorts | None = None
    """Of them, pupils of migrants where the registry tells them apart by grade, in the same years; None: it does not."""
    migrants_now: float | None = None
    """Of the census; None: nobody reports them."""

    def parts(self) -> list[Cohorts]:
        """Pupils that are not of migrants and those that are; all of them where nobody tells them apart."""
        if self.migrants is None:
            return [self.cohorts]
        others = replace(
            self.cohorts,
            pupils=self.cohorts.pupils - self.migrants.pupils,
            children=self.cohorts.children - self.migrants.children,
        )
        return [others, self.migrants]


def read_county_to_forecast(connection: duckdb.DuckDBPyConnection, code: str, horizon: int, unknown: str) -> CountyToForecast:
    """A county of a build. ``unknown``: the sentence for a county that is not there. Raises NotForecast."""
    settings = forecast_settings()
    year = scalar(connection, _YEAR, code)
    if year is None:
        raise NotForecast(unknown.format(county=code))
    listed = records(connection, _SCHOOLS, code)
    unit_of = _units_of(listed, year)
    totals = _Totals(records(connection, _TOTALS, code), unit_of)
    by_grade = _by_grade(connection, code, unit_of)
    units = tuple(
        sorted({unit_of(year, row["school_code"]) for row in listed if row["school_year"] == year} & totals.units(year))
    )
    if not units:
        raise NotForecast(unknown.format(county=code))
    table = _PupilTable(units, totals, by_grade, settings)
    years = table.years_by_grade(year)
    children = _children(connection, code, year, horizon, units, unit_of)
    cohorts = _cohorts(table, units, years or (year,), children, horizon, settings)
    migrants = _migrants(connection, code, cohorts, unit_of, horizon) if years else None
    if len(years) < 2 and year - 1 in totals.years:
        before = replace(cohorts, years=(year - 1, year), pupils=table.evenly((year - 1, year)))
        before = replace(before, children=np.full((len(units), 2), np.nan))
        cohorts = replace(cohorts, momentum=momentum_of([before], list(settings.stages().values())))
    names = {row["school_code"]: row for row in listed if row["school_year"] == year}
    rooms = defaultdict[str, int](int)
    for school, listed_rooms in classrooms(connection, code, year, settings.classrooms).items():
        rooms[unit_of(year, school)] += listed_rooms
    name = records(connection, _COUNTY, code)
    return CountyToForecast(
        code=code,
        name=(name[0]["county_name"] if name else None) or code,
        cohorts=cohorts,
        schools={
            unit: SchoolNow(
                names[unit]["school_name"] or unit, names[unit]["township"] or "", totals.classes(year, unit), rooms.get(unit)
            )
            for unit in units
        },
        limits={row["stage"]: row["class_limit"] for row in records(connection, _LIMITS)},
        teachers={stage: totals.teachers(year, stage) for stage in settings.grades},
        new_places=_new_places(connection, code, year, settings),
        years_by_grade=years,
        evenly=table.unknown_units(year),
        has_children=bool((~np.isnan(children)).any()),
        migrants=migrants,
        migrants_now=totals.migrants(year),
    )


UnitOf = Callable[[int, str], str]


def _units_of(listed: list[dict[str, Any]], year: int) -> UnitOf:
    """The school of the newest year that a school of any year counts with."""
    units: dict[tuple[int, str], str] = {(row["school_year"], row["school_code"]): row["unit"] for row in listed}
    now = {code: unit for (of_year, code), unit in units.items() if of_year == year}

    def unit_of(of_year: int, code: str) -> str:
        unit = now.get(code, units.get((of_year, code), code))
        return now.get(unit, unit)

    return unit_of


class _Totals:
    """Pupils, classes and teachers of each unit, year and stage; None is not known."""

    def __init__(self, rows: list[dict[str, Any]], unit_of: UnitOf) -> None:
        self._rows: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            self._rows[row["school_year"], unit_of(row["school_year"], row["school_code"])].append(row)
        self.years = {of_year for of_year, _ in self._rows}

    def units(self, year: int) -> set[str]:
        """Units with pupils of any stage that is forecast."""
        stages = forecast_settings().grades
        return {unit for (of_year, unit) in self._rows if of_year == year and any(self.pupils(year, unit, s) for s in stages)}

    def all_units(self, year: int) -> set[str]:
        """Every unit of a year."""
        return {unit for of_year, unit in self._rows if of_year == year}

    def pupils(self, year: int, unit: str, stage: str) -> float:
        """Of one stage; what is not reported counts as none."""
        return float(sum(row[stage] or 0 for row in self._rows[year, unit]))

    def classes(self, year: int, unit: str) -> int | None:
        """Of all stages that are forecast; None where nobody says."""
        known = [row[f"classes_{stage}"] for row in self._rows[year, unit] for stage in forecast_settings().grades]
        known = [value for value in known if value is not None]
        return int(sum(known)) if known else None

    def teachers(self, year: int, stage: str) -> float | None:
        """Of the county."""
        return self._sum(year, f"teachers_{stage}")

    def migrants(self, year: int) -> float | None:
        """Of the county, all stages."""
        return self._sum(year, "migrant_pupils")

    def _sum(self, year: int, column: str) -> float | None:
        known = [row[column] for (of_year, _), rows in self._rows.items() if of_year == year for row in rows]
        known = [value for value in known if value is not None]
        return float(sum(known)) if known else None


ByGrade = dict[tuple[int, str], dict[int, float]]


def _by_grade(connection: duckdb.DuckDBPyConnection, code: str, unit_of: UnitOf) -> ByGrade:
    """Pupils by year, school and grade: of the census, else the list of classes, else the registry: what comes later counts."""
    collected: ByGrade = {}
    numbers = range(1, sum(forecast_settings().grades.values()) + 1)
    census = _CENSUS.format(grades=", ".join(f"max(listed.pupils_grade_{grade}) as grade_{grade}" for grade in numbers))
    reported = [
        {"school_year": row["school_year"], "school_code": row["school_code"], "grade": grade, "pupils": row[f"grade_{grade}"]}
        for row in records(connection, census, code)
        for grade in numbers
    ]
    for rows in (reported, records(connection, _CLASSES, code), records(connection, _REGISTRY, code)):
        of_source: ByGrade = defaultdict(lambda: defaultdict(float))
        for row in rows:
            if row["pupils"] is not None:
                of_source[row["school_year"], unit_of(row["school_year"], row["school_code"])][row["grade"]] += row["pupils"]
        collected |= of_source
    return collected


class _PupilTable:
    """Pupils by unit, year and grade: the shares of the grades are those of the lists, the sums those of the census."""

    def __init__(self, units: tuple[str, ...], totals: _Totals, by_grade: ByGrade, settings: ForecastSettings) -> None:
        self._units, self._totals, self._by_grade, self._settings = units, totals, by_grade, settings

    def _grades(self, year: int, unit: str) -> tuple[Array, bool]:
        """Pupils of a unit, and whether its grades are known."""
        known, row, is_known = self._by_grade.get((year, unit), {}), [], True
        for stage, grades in self._settings.stages().items():
            total = self._totals.pupils(year, unit, stage)
            listed = np.array([known.get(grade + 1, 0.0) for grade in grades])
            if listed.sum() > 0:
                row.append(listed * (total / listed.sum() if total else 1.0))
            else:
                row.append(np.full(len(grades), total / len(grades)))
                is_known = is_known and total == 0
        return np.concatenate(row), is_known

    def years_by_grade(self, newest: int) -> tuple[int, ...]:
        """Years that follow each other up to the newest one and are known by grade."""
        years: list[int] = []
        year = newest
        while year in self._totals.years and self._known_share(year) >= self._settings.least_known_share:
            years.insert(0, year)
            year -= 1
        return tuple(years)

    def _known_share(self, year: int) -> float:
        known = [self._grades(year, unit) for unit in self._totals.all_units(year)]
        whole = sum(float(pupils.sum()) for pupils, _ in known)
        return sum(float(pupils.sum()) for pupils, is_known in known if is_known) / whole if whole else 0.0

    def unknown_units(self, year: int) -> int:
        """How many units are not known by grade."""
        return sum(not self._grades(year, unit)[1] for unit in self._units)

    def pupils(self, years: tuple[int, ...]) -> Array:
        """By unit, year and grade; those of schools that are no more are shared out over the others, by their pupils of now."""
        return np.stack([self._with_gone(year, [self._grades(year, unit)[0] for unit in self._units]) for year in years], axis=1)

    def _with_gone(self, year: int, rows: list[Array]) -> Array:
        table = np.array(rows)
        now = np.array([self._grades(max(self._totals.years), unit)[0] for unit in self._units])
        for unit in self._totals.all_units(year) - set(self._units):
            lost, _ = self._grades(year, unit)
            for grades in self._settings.stages().values():
                weight = now[:, list(grades)].sum(axis=1)
                if weight.sum() > 0:
                    table[:, list(grades)] += np.outer(weight / weight.sum(), lost[list(grades)])
        return table

    def evenly(self, years: tuple[int, ...]) -> Array:
        """The same as if each grade of a stage had as many."""
        pupils = self.pupils(years)
        stages = self._settings.stages().values()
        totals = np.stack([pupils[:, :, list(grades)].sum(axis=2) for grades in stages], axis=2)
        return spread_evenly(totals, list(self._settings.grades.values()))


def _cohorts(
    table: _PupilTable, units: tuple[str, ...], years: tuple[int, ...], children: Array, horizon: int, settings: ForecastSettings
) -> Cohorts:
    starts = [grades[0] for grades in settings.stages().values()]
    pupils = table.pupils(years)
    known = children[:, children.shape[1] - horizon - len(years) :]
    has_first = pupils[:, -1, : settings.grades[next(iter(settings.grades))]].sum(axis=1) > 0
    known = np.where(has_first[:, None], known, 0.0)
    return Cohorts(units, years, pupils, known, tuple(starts[1:]))


def _migrants(
    connection: duckdb.DuckDBPyConnection, code: str, cohorts: Cohorts, unit_of: UnitOf, horizon: int
) -> Cohorts | None:
    """Pupils of migrants by the shares of the registry; None where it, or a list of children, does not tell them apart."""
    registered: dict[tuple[str, int, int], tuple[float, float]] = {}
    for row in records(connection, _REGISTRY, code):
        if row["migrants"] is None:
            continue
        key = unit_of(row["school_year"], row["school_code"]), row["school_year"], row["grade"] - 1
        pupils, of_migrants = registered.get(key, (0.0, 0.0))
        registered[key] = pupils + float(row["pupils"]), of_migrants + float(row["migrants"])
    shares = np.full_like(cohorts.pupils, np.nan)
    for unit, school in enumerate(cohorts.units):
        for number, year in enumerate(cohorts.years):
            for grade in range(shares.shape[2]):
                pupils, of_migrants = registered.get((school, year, grade), (0.0, 0.0))
                if pupils:
                    shares[unit, number, grade] = of_migrants / pupils
    if (np.isnan(shares) & (cohorts.pupils > 0)).any():
        return None
    children = _children(connection, code, cohorts.years[-1], horizon, cohorts.units, unit_of, "migrant_children")
    known = np.where(cohorts.children == 0, 0.0, children[:, children.shape[1] - cohorts.children.shape[1] :])
    if (np.isnan(known) != np.isnan(cohorts.children)).any():
        return None
    return replace(cohorts, pupils=cohorts.pupils * np.nan_to_num(shares), children=known)


_BACK = 30
"""Years before the newest one whose lists of children are looked at."""


def _children(
    connection: duckdb.DuckDBPyConnection,
    code: str,
    year: int,
    horizon: int,
    units: tuple[str, ...],
    unit_of: UnitOf,
    column_of: str = "children",
) -> Array:
    """By unit and year (back, the newest, to come). A year is told by its own list, one to come by the newest."""
    collected = np.full((len(units), _BACK + 1 + horizon), np.nan)
    places = {unit: number for number, unit in enumerate(units)}
    nobody: dict[int, float] = defaultdict(float)
    for row in records(connection, _CHILDREN, code):
        column = row["entry_year"] - year + _BACK
        if row[column_of] is None or row["school_year"] != min(row["entry_year"], year) or not 0 <= column < collected.shape[1]:
            continue
        unit = places.get(unit_of(row["school_year"], row["school_code"] or ""))
        if unit is None:
            nobody[column] += float(row[column_of])
        else:
            collected[unit, column] = np.nansum([collected[unit, column], float(row[column_of])])
    for column, children in nobody.items():
        of_schools = np.nansum(collected[:, column])
        if of_schools > 0:
            collected[:, column] *= 1 + children / of_schools
    return collected


def _new_places(connection: duckdb.DuckDBPyConnection, code: str, year: int, settings: ForecastSettings) -> tuple[NewPlaces, ...]:
    collected = []
    for row in records(connection, _NEW_PLACES, code, year):
        ready = row["ready_on"]
        from_year = None if ready is None else ready.year + (ready.month > settings.first_month)
        if from_year is None or from_year > year:
            collected.append(NewPlaces(row["project_name"], int(row["new_places"]), from_year))
    return tuple(collected)
