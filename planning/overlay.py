"""Measures laid over the census of a build: what each of them leaves, as corrections that the models read.

A correction replaces a cell of the census before anything is computed from it, which is what a measure does to it. The census
as delivered stays in the build; a correction of the home for the same cell is taken up in the amount that the measure changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb
import pyarrow as pa

from ingest.schema.source import load_source
from ingest.values.cells import plain
from junheng.core.sql import identifier, records, scalar
from planning.class_sizes import grades_of
from planning.grouping import form_groups
from planning.opening import open_schools
from planning.scenario import Measure, Scenario, ScenarioUnusable, scenario_form
from publish.build.corrections import CENSUS, SCHEMA

_FIGURES = "intermediate.int_census__school"
_DELIVERED = "intermediate.int_census__reported_school"
_OPENS, _CLASSES, _PUPILS = "open_classes", "classes_", "pupils_"
_UNITS = """
    select school_code from intermediate.int_census__folding
    where county_code = ? and school_year = ? and main_school_code = ?
    order by school_code
"""
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

    cells: dict[Cell, tuple[Decimal | None, Decimal | None]]
    counties: frozenset[str]


def lay_over(connection: duckdb.DuckDBPyConnection, scenario: Scenario, mark: str) -> LaidOver:
    """Replace ``run.correction`` by what the scenario leaves of the census. Raises ScenarioUnusable; then nothing is changed.

    ``mark``: what stands where a correction names its reason, its document and who made it.
    """
    connection.begin()
    try:
        laid = _laid(connection, scenario, mark)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
    return laid


def faults_of(connection: duckdb.DuckDBPyConnection, scenario: Scenario, mark: str) -> list[str]:
    """What is wrong with a scenario, without laying it over anything."""
    connection.begin()
    try:
        _laid(connection, scenario, mark)
    except ScenarioUnusable as error:
        return error.faults
    finally:
        connection.rollback()
    return []


def _laid(connection: duckdb.DuckDBPyConnection, scenario: Scenario, mark: str) -> LaidOver:
    open_schools(connection, scenario)
    laid = _amounts(connection, scenario)
    day = scalar(connection, "select max(as_of) from run.night")
    rows = [_correction(connection, cell, after, scenario, mark, day) for cell, (_, after) in laid.cells.items()]
    connection.register("measured", pa.Table.from_pylist(rows, schema=SCHEMA))
    connection.execute(_REMOVED)
    connection.execute(_ADDED)
    connection.unregister("measured")
    form_groups(connection, scenario)
    return laid


def _amounts(connection: duckdb.DuckDBPyConnection, scenario: Scenario) -> LaidOver:
    sheet = _CensusSheet(connection, scenario)
    for is_whole in (False, True):  # what a school is given before it is merged goes with it
        for measure in scenario.measures:
            if (measure.field == "") is is_whole:
                sheet.take(measure)
        if not is_whole and not sheet.faults:
            sheet.faults += _negative(scenario, sheet.before, sheet.now)
            sheet.share_out(scenario.measures)
    if sheet.faults:
        raise ScenarioUnusable(sheet.faults)
    counties = frozenset(school.county_code for school, _ in sheet.before) | sheet.named
    changed = {cell: (before, sheet.now[cell]) for cell, before in sheet.before.items() if before != sheet.now[cell]}
    return LaidOver(changed, counties)


class _CensusSheet:
    """The cells that measures change, before and now; None is not known."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, scenario: Scenario) -> None:
        self._connection, self._scenario, self._schools = connection, scenario, _schools(connection)
        self.before: dict[Cell, Decimal | None] = {}
        self.now: dict[Cell, Decimal | None] = {}
        self.faults: list[str] = []
        self.named: set[str] = set()
        """Counties of schools that measures name."""
        self._gone: set[str] = set()
        catalog = (
            "select column_name from duckdb_columns() where schema_name = 'intermediate' and table_name = 'int_census__school'"
        )
        self._fields = {row["column_name"] for row in records(connection, catalog)}

    def take(self, measure: Measure) -> None:
        """One more measure; what is wrong with it is added to the faults."""
        ends = self._ends(measure)
        self.named |= {school.county_code for school in ends}
        if len({school.county_code for school in ends}) > 1:
            self.faults.append(self._scenario.fault(measure.row, "to_school_code", "other_county"))
        elif len(ends) == (2 if measure.to_school_code else 1):
            if measure.field:
                self._add(measure, ends)
            elif not self.faults and measure.kind in ("merge", "close"):
                self._close(measure, ends)

    def _ends(self, measure: Measure) -> list[SchoolYear]:
        ends = []
        for column, code in (("school_code", measure.school_code), ("to_school_code", measure.to_school_code)):
            known = self._schools.get(code, [])
            if len(known) == 1:
                ends.append(known[0])
            elif code:
                key, counties = "several_counties" if known else "unknown_school", "、".join(s.county_code for s in known)
                self.faults.append(self._scenario.fault(measure.row, column, key, value=code, counties=counties))
        return ends

    def _present(self, cell: Cell) -> Decimal | None:
        if cell not in self.before:
            self.before[cell] = self.now[cell] = _figure(self._connection, cell)
        return self.now[cell]

    def _add(self, measure: Measure, ends: list[SchoolYear]) -> None:
        if measure.kind != "move" and not self._has_stage(ends[0], measure):
            stage = scenario_form().stages[measure.field.rpartition("_")[2]][0]
            self.faults.append(self._scenario.fault(measure.row, "stage", "stage_not_there", school=ends[0].name, stage=stage))
            return
        for school, change in zip(ends, _changes(measure), strict=True):
            present = self._present((school, measure.field))
            if present is None:
                item = scenario_form().items[measure.item].names[0]
                self.faults.append(self._scenario.fault(measure.row, "item", "unknown_figure", school=school.name, item=item))
            else:
                self.now[school, measure.field] = present + change

    def _has_stage(self, school: SchoolYear, measure: Measure) -> bool:
        """Whether a figure by stage is one of a stage that the school or a unit of it has, or that it is given pupils of."""
        stage = measure.field.rpartition("_")[2]
        if "{stage}" not in scenario_form().items[measure.item].field or f"has_{stage}" not in self._fields:
            return True
        place = "county_code = ? and school_year = ? and list_contains(?, school_code)"
        query = f"select bool_or(has_{stage}) from {_FIGURES} where {place}"
        if scalar(self._connection, query, school.county_code, school.school_year, [school.school_code, *self._units(school)]):
            return True
        moved = [m for m in self._scenario.measures if m.field == f"{_PUPILS}{stage}"]
        return any(m.to_school_code == school.school_code for m in moved)

    def _close(self, measure: Measure, ends: list[SchoolYear]) -> None:
        """A school without anything; what it had is the other one's, where it is merged into one."""
        whole = scenario_form().whole_school
        if gone := [end for end in ends if end.school_code in self._gone]:
            column = "school_code" if gone[0] is ends[0] else "to_school_code"
            self.faults.append(self._scenario.fault(measure.row, column, "gone", school=gone[0].name))
            return
        if units := [unit for unit in self._units(ends[0]) if unit not in self._gone]:
            shown = {"school": ends[0].name, "units": "、".join(units)}
            self.faults.append(self._scenario.fault(measure.row, "school_code", "has_units", **shown))
            return
        pupils = [self._present((ends[0], field)) or Decimal(0) for field in self._named(["pupils_{stage}"])]
        if measure.kind == "close" and sum(pupils) > 0:
            shown = {"school": ends[0].name, "pupils": plain(Decimal(sum(pupils)))}
            self.faults.append(self._scenario.fault(measure.row, "school_code", "still_pupils", **shown))
            return
        self._gone.add(ends[0].school_code)
        for fields, is_sum in ((self._named(whole.summed), True), (self._named(whole.largest), False)):
            for field in fields:
                brought = self._present((ends[0], field))
                if len(ends) > 1:
                    present = self._present((ends[1], field))
                    is_known = present is not None and brought is not None
                    both = [present or Decimal(0), brought or Decimal(0)]
                    self.now[ends[1], field] = (sum(both, Decimal(0)) if is_sum else max(both)) if is_known else None
                self.now[ends[0], field] = Decimal(0)

    def share_out(self, measures: Sequence[Measure]) -> None:
        """The largest class of stages that open classes; how many of which size is not known any more."""
        for school, field in {(end, m.field) for m in measures if m.measure == _OPENS for end in self._ends(m)}:
            stage = field.removeprefix(_CLASSES)
            place = school.county_code, school.school_year, school.school_code, stage
            before, after = self.before[school, field] or Decimal(0), self.now[school, field] or Decimal(0)
            pupils = self._present((school, f"pupils_{stage}")) or Decimal(0)
            grades = grades_of(self._connection, place, pupils, before)
            sizes = [name for name in self._fields if name.startswith((f"{field}_", f"classes_over_{stage}"))]
            for name in (largest := f"largest_class_{stage}", *sizes):
                self._present((school, name))
                self.now[school, name] = Decimal(grades.largest(int(after - before))) if name == largest else None

    def _units(self, school: SchoolYear) -> list[str]:
        """Campuses and attached classes that are counted with a school: they would go on without it."""
        key = school.county_code, school.school_year, school.school_code
        return [row["school_code"] for row in records(self._connection, _UNITS, *key)]

    def _named(self, patterns: list[str]) -> list[str]:
        """Fields of the census, by stage; those that it does not have are left out."""
        names = [pattern.format(stage=stage) for pattern in patterns for stage in scenario_form().stages]
        return [name for name in dict.fromkeys(names) if name in self._fields]


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


def _negative(scenario: Scenario, before: dict[Cell, Decimal | None], now: dict[Cell, Decimal | None]) -> Iterator[str]:
    """The last row that takes something away from a cell with too little."""
    for (school, field), left in now.items():
        if left is None or left >= 0:
            continue
        taking = [m for m in scenario.measures if m.field == field and m.school_code == school.school_code and m.kind != "add"]
        row, item = taking[-1].row, scenario_form().items[taking[-1].item].names[0]
        values = {
            "school": school.name,
            "item": item,
            "present": plain(before[school, field] or Decimal(0)),
            "left": plain(left),
            "row": row,
        }
        yield scenario.fault(row, "amount", "negative", **values)


def _correction(
    connection: duckdb.DuckDBPyConnection, cell: Cell, after: Decimal | None, scenario: Scenario, mark: str, day: dt.date
) -> dict[str, object]:
    school, field = cell
    known = load_source(CENSUS).by_name.get(field)
    here = [m for m in scenario.measures if school.school_code in (m.school_code, m.to_school_code)]
    rows = [m.row for m in here if m.field in (field, "") or m.measure == _OPENS]
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
