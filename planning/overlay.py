"""Measures laid over the census of a build: what each of them leaves, as corrections that the models read.

A correction replaces a cell of the census before anything is computed from it, which is what a measure does to it. The census
as delivered stays in the build; a correction of the home for the same cell is taken up in the amount that the measure changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import duckdb
import pyarrow as pa

from ingest.schema.source import load_source
from ingest.values.cells import plain
from junheng.core.sql import identifier, records, scalar
from planning.scenario import Measure, Scenario, ScenarioUnusable, scenario_form
from publish.build.corrections import CENSUS, SCHEMA

_FIGURES = "intermediate.int_census__school"
_DELIVERED = "intermediate.int_census__reported_school"
_REMOVED = """
    delete from run.correction
    where (county_code, school_year, school_code, field) in (select (county_code, school_year, school_code, field) from measured)
"""
_ADDED = """
    insert into run.correction by name
    select * from measured where expected_value is distinct from corrected_value
"""


@dataclass(frozen=True)
class SchoolYear:
    """A school in the newest year of its county."""

    county_code: str
    school_year: int
    school_code: str
    name: str


Cell = tuple[SchoolYear, str]
"""A field of a school's census."""


@dataclass(frozen=True)
class LaidOver:
    """The census after the measures: the cells that differ, before and after."""

    cells: dict[Cell, tuple[Decimal, Decimal]]
    counties: frozenset[str]


def lay_over(connection: duckdb.DuckDBPyConnection, scenario: Scenario, mark: str) -> LaidOver:
    """Replace ``run.correction`` by what the scenario leaves of the census. Raises ScenarioUnusable; then nothing is changed.

    ``mark``: what stands where a correction names its reason, its document and who made it.
    """
    laid = _amounts(connection, scenario)
    day = scalar(connection, "select max(as_of) from run.night")
    rows = [_correction(connection, cell, after, scenario, mark, day) for cell, (_, after) in laid.cells.items()]
    connection.register("measured", pa.Table.from_pylist(rows, schema=SCHEMA))
    connection.execute(_REMOVED)
    connection.execute(
        "insert into run.correction by name select * from measured where expected_value is distinct from corrected_value"
    )
    connection.unregister("measured")
    return laid


def _amounts(connection: duckdb.DuckDBPyConnection, scenario: Scenario) -> LaidOver:
    schools = _schools(connection)
    before: dict[Cell, Decimal] = {}
    now: dict[Cell, Decimal] = {}
    faults: list[str] = []
    for measure in scenario.measures:
        ends = []
        for column, code in (("school_code", measure.school_code), ("to_school_code", measure.to_school_code)):
            if code:
                known = schools.get(code, [])
                if len(known) == 1:
                    ends.append(known[0])
                else:
                    key = "several_counties" if known else "unknown_school"
                    counties = "、".join(school.county_code for school in known)
                    faults.append(scenario.fault(measure.row, column, key, value=code, counties=counties))
        if len({school.county_code for school in ends}) > 1:
            faults.append(scenario.fault(measure.row, "to_school_code", "other_county"))
        elif len(ends) == (2 if measure.to_school_code else 1):
            for school, change in zip(ends, _changes(measure), strict=True):
                cell = (school, measure.field)
                if cell not in before:
                    figure = _figure(connection, cell)
                    if figure is None:
                        item = scenario_form().items[measure.item].names[0]
                        faults.append(scenario.fault(measure.row, "item", "unknown_figure", school=school.name, item=item))
                        continue
                    before[cell] = now[cell] = figure
                now[cell] += change
    faults += _negative(scenario, before, now) if not faults else []
    if faults:
        raise ScenarioUnusable(faults)
    return LaidOver({cell: (before[cell], now[cell]) for cell in before}, frozenset(school.county_code for school, _ in before))


def _changes(measure: Measure) -> list[Decimal]:
    """What the measure does to its school, and to the one that it leads to."""
    return {"add": [measure.amount], "remove": [-measure.amount], "move": [-measure.amount, measure.amount]}[measure.kind]


def _schools(connection: duckdb.DuckDBPyConnection) -> dict[str, list[SchoolYear]]:
    schools: dict[str, list[SchoolYear]] = {}
    query = f"""
        select county_code, school_year, school_code, school_name from {_DELIVERED}
        qualify school_year = max(school_year) over (partition by county_code) order by all
    """
    for row in records(connection, query):
        school = SchoolYear(row["county_code"], row["school_year"], row["school_code"], row["school_name"] or row["school_code"])
        schools.setdefault(school.school_code, []).append(school)
    return schools


def _figure(connection: duckdb.DuckDBPyConnection, cell: Cell, table: str = _FIGURES) -> Decimal | None:
    school, field = cell
    shown = identifier(field)
    stage = field.rpartition("_")[2]
    if table == _FIGURES and stage in scenario_form().stages:  # empty is unknown only where the school has the stage
        shown = f"case when has_{stage} then {shown} else coalesce({shown}, 0) end"
    query = f"select {shown} from {table} where county_code = ? and school_year = ? and school_code = ?"
    value = scalar(connection, query, school.county_code, school.school_year, school.school_code)
    return None if value is None else Decimal(value)


def _negative(scenario: Scenario, before: dict[Cell, Decimal], now: dict[Cell, Decimal]) -> Iterator[str]:
    """The last row that takes something away from a cell with too little."""
    for (school, field), left in now.items():
        if left >= 0:
            continue
        taking = [m for m in scenario.measures if m.field == field and m.school_code == school.school_code and m.kind != "add"]
        row, item = taking[-1].row, scenario_form().items[taking[-1].item].names[0]
        values = {"school": school.name, "item": item, "present": plain(before[school, field]), "left": plain(left), "row": row}
        yield scenario.fault(row, "amount", "negative", **values)


def _correction(
    connection: duckdb.DuckDBPyConnection, cell: Cell, after: Decimal, scenario: Scenario, mark: str, day: dt.date
) -> dict[str, object]:
    school, field = cell
    known = load_source(CENSUS).by_name.get(field)
    rows = [measure.row for measure in scenario.measures if measure.field == field]
    return {
        "correction_file": f"{mark} {scenario.file}",
        "entry_number": min(rows),
        "county_code": school.county_code,
        "school_year": school.school_year,
        "school_code": school.school_code,
        "field": field,
        "field_name": known.zh if known else None,
        "expected_value": _figure(connection, cell, _DELIVERED),
        "corrected_value": after,
        "reason": mark,
        "document": mark,
        "corrected_by": mark,
        "corrected_on": day,
    }
