"""Schools that a scenario opens, as rows of the census that measures can build upon."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from junheng.core.sql import identifier, literal, records
from planning.scenario import Measure, Scenario, ScenarioUnusable, scenario_form

CENSUS_MODEL = "int_census__reported_school"
"""The model whose rows are the schools as they are reported."""
_CENSUS = (CENSUS_MODEL, "int_census__school")
_YEARS = """
    select county_code, max(school_year) as school_year from intermediate.int_census__reported_school
    group by county_code order by county_code
"""
_KINDS = """
    select kind_code, name_zh, aliases, {stages} from seeds.school_kinds as kinds
    where list_contains(?, sector) and (cast(has_primary as boolean) or cast(has_junior as boolean))
        and not cast(always_folds as boolean)
        and system in (
            select own.system from seeds.school_kinds as own
            inner join intermediate.int_census__reported_school as schools on own.kind_code = schools.school_kind_code
            where schools.county_code = ?
        )
    order by kind_code
"""
_COLUMNS = """
    select column_name, data_type from duckdb_columns() where schema_name = 'intermediate' and table_name = ?
"""
_SAME_CODE = """
    select coalesce(school_name, school_code) as name from intermediate.int_census__reported_school
    where school_code = ? limit 1
"""


def open_schools(connection: duckdb.DuckDBPyConnection, scenario: Scenario) -> None:
    """Add a row without pupils for each. Raises ScenarioUnusable."""
    opening = [measure for measure in scenario.measures if measure.kind == "open"]
    if faults := [fault for measure in opening for fault in _opened(connection, scenario, measure)]:
        raise ScenarioUnusable(faults)


def _opened(connection: duckdb.DuckDBPyConnection, scenario: Scenario, measure: Measure) -> Iterator[str]:
    """Adds the row, or says why not."""
    form = scenario_form()
    years = {row["county_code"]: row["school_year"] for row in records(connection, _YEARS)}
    county = measure.county_code or (next(iter(years)) if len(years) == 1 else "")
    if not county:
        shown = {"counties": "、".join(years), "column": form.columns["county_code"].names[0]}
        yield scenario.fault(measure.row, "county_code", "which_county", **shown)
        return
    if county not in years:
        yield scenario.fault(measure.row, "county_code", "unknown_county", value=county)
        return
    if same := records(connection, _SAME_CODE, measure.school_code):
        yield scenario.fault(measure.row, "school_code", "exists", value=measure.school_code, school=same[0]["name"])
        return
    stages = ", ".join(f"cast(has_{stage} as boolean) as has_{stage}" for stage in form.stages)
    kinds = records(connection, _KINDS.format(stages=stages), form.opened.sectors, county)
    kind = next((row for row in kinds if measure.item in _names(row)), None)
    if kind is None:
        known = "、".join(row["name_zh"] for row in kinds)
        yield scenario.fault(measure.row, "item", "unknown_kind", value=measure.item, known=known)
        return
    texts = {
        "county_code": county,
        "school_code": measure.school_code,
        "school_name": measure.school_name,
        "school_kind_code": kind["kind_code"],
        "township": measure.township or None,
    }
    for table in _CENSUS:
        _insert(connection, table, texts, years[county], kind)


def _names(kind: dict[str, str]) -> list[str]:
    return [kind["name_zh"], *(kind["aliases"] or "").split(";")]


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, texts: dict[str, str | None], year: int, kind: dict[str, object]
) -> None:
    """A row of the school: none of anything, and nothing of what nobody knows."""
    form = scenario_form()
    figures = [pattern.format(stage=stage) for pattern in form.whole_school.summed for stage in form.stages]
    known = {field for field in figures if not any(field.startswith(unknown) for unknown in form.opened.unknown)}
    values = {name: "null" if text is None else literal(text) for name, text in texts.items()}
    values |= {"school_year": str(year), "counts_as_school": "1"}
    values |= {f"has_{stage}": str(bool(kind[f"has_{stage}"])) for stage in form.stages}
    values |= dict.fromkeys(known, "0")
    present = [row["column_name"] for row in records(connection, _COLUMNS, table)]
    chosen = [name for name in present if name in values]
    columns, shown = ", ".join(map(identifier, chosen)), ", ".join(values[name] for name in chosen)
    connection.execute(f"insert into intermediate.{table} ({columns}) values ({shown})")
