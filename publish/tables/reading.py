"""What the pages need from the marts, read once per group of counties."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypedDict, TypeVar, cast

import duckdb

from junheng.core.sql import records
from publish.tables.artifacts import MARTS
from publish.tables.rows import (
    AudCorrection,
    DimCounty,
    DimIndicator,
    DimRuleset,
    FctCountyIndicator,
    FctCountyRequirement,
    FctCountyVerdict,
    FctSchoolIndicator,
    FctSchoolVerdict,
)

RowT = TypeVar("RowT")
Key = tuple[str, str]
"""County and rule set."""
Indicators = dict[tuple[str, str, str], DimIndicator]
"""By rule set, indicator and stage."""

STAGES = ("primary", "junior", "senior", "all")


class VerdictCount(TypedDict):
    """Schools of a stage with one verdict."""

    county_code: str
    ruleset_id: str
    stage: str
    verdict: str | None
    n: int


class CheckResultCount(TypedDict):
    """Results of one engine with one status."""

    engine: str
    status: str
    n: int


class JudgedSchool(FctSchoolVerdict):
    """A school stage under a rule set, with its name."""

    school_name: str | None
    township: str | None


class SchoolValue(FctSchoolIndicator):
    """An indicator of a school stage, with the name of the school."""

    school_name: str | None


class AskedRequirement(FctCountyRequirement):
    """One part of a requirement, with its names."""

    indicator_name_zh: str
    name_zh: str


class GoneSchool(TypedDict):
    """A school of the year before."""

    county_code: str
    school_code: str
    school_name: str | None


def read(connection: duckdb.DuckDBPyConnection, row_type: type[RowT], query: str, *parameters: object) -> list[RowT]:
    """Rows of a query as a type says. Raises LookupError where the query does not give all of its columns."""
    rows = records(connection, query, *parameters)
    lacking = row_type.__annotations__.keys() - {column[0] for column in connection.description or ()}
    if lacking:
        raise LookupError(f"{row_type.__name__}: {', '.join(sorted(lacking))}")
    return cast(list[RowT], rows)


def rows_as(connection: duckdb.DuckDBPyConnection, row_type: type[RowT], query: str, *parameters: object) -> list[RowT]:
    """The same over a release that an earlier version may have published: a column that the query does not give is empty."""
    empty = dict.fromkeys(row_type.__annotations__)
    return cast(list[RowT], [empty | row for row in records(connection, query, *parameters)])


@dataclass(frozen=True)
class CountyYear:
    """A county at its newest school year."""

    code: str
    name: str
    city: str
    year: int
    is_fictional: bool


@dataclass
class Figures:
    """Rows of a group of counties; school rows of the newest year only."""

    coefficients: dict[Key, list[FctCountyIndicator]] = field(default_factory=lambda: defaultdict(list))
    """All school years, oldest first."""
    verdict_counts: dict[Key, list[VerdictCount]] = field(default_factory=lambda: defaultdict(list))
    unmet: dict[Key, list[JudgedSchool]] = field(default_factory=lambda: defaultdict(list))
    """One row per school stage that does not meet the rule set, worst first."""
    undecided: dict[Key, list[JudgedSchool]] = field(default_factory=lambda: defaultdict(list))
    missed: dict[tuple[str, str, str, str], list[SchoolValue]] = field(default_factory=lambda: defaultdict(list))
    """Indicators below the standard, by county, rule set, stage and school."""
    unknown: dict[Key, list[SchoolValue]] = field(default_factory=lambda: defaultdict(list))
    """School values that are not known."""
    verdicts: dict[Key, FctCountyVerdict] = field(default_factory=dict)
    """Verdict of the county in its newest year."""
    requirements: dict[Key, list[AskedRequirement]] = field(default_factory=lambda: defaultdict(list))
    """What is asked beside the resource indicators, in the rule set's order."""
    gone: dict[str, list[GoneSchool]] = field(default_factory=lambda: defaultdict(list))
    """Schools of the year before that the newest year lacks, by county."""
    withheld: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    """Names of the schools that only refused files of the newest year hold, by county."""


def names_in(listed: str | None) -> list[str]:
    """Names that a column of the marts lists."""
    return listed.split("、") if listed else []


def newest_counties(connection: duckdb.DuckDBPyConnection) -> list[CountyYear]:
    """Every county at its newest school year, newest year first."""
    rows = read(
        connection,
        DimCounty,
        f"""
        from {MARTS}.dim_county
        qualify school_year = max(school_year) over (partition by county_code)
        order by school_year desc, county_code
        """,
    )
    return [
        CountyYear(
            row["county_code"],
            row["county_name"] or row["county_code"],
            row["city_name"] or "",
            row["school_year"],
            bool(row["is_fictional"]),
        )
        for row in rows
    ]


def county_years(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, int], str]:
    """Names of all counties by code and school year."""
    rows = read(connection, DimCounty, f"from {MARTS}.dim_county")
    return {(row["county_code"], row["school_year"]): row["county_name"] or row["county_code"] for row in rows}


def indicators(connection: duckdb.DuckDBPyConnection) -> Indicators:
    """``dim_indicator`` by rule set, indicator and stage."""
    rows = read(connection, DimIndicator, f"from {MARTS}.dim_indicator")
    return {(row["ruleset_id"], row["indicator_code"], row["stage"]): row for row in rows}


def ruleset_names(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Names of the rule sets."""
    return {row["ruleset_id"]: row["name_zh"] for row in read(connection, DimRuleset, f"from {MARTS}.dim_ruleset")}


def check_counts(connection: duckdb.DuckDBPyConnection) -> list[CheckResultCount]:
    """Number of check results by engine and status."""
    query = f"select engine, status, count(*) as n from {MARTS}.aud_check_result group by all order by all"
    return read(connection, CheckResultCount, query)


def corrections(connection: duckdb.DuckDBPyConnection) -> list[AudCorrection]:
    """Figures that were corrected by a document, newest year first."""
    return read(
        connection,
        AudCorrection,
        f"""
        from {MARTS}.aud_correction where state = 'applied'
        order by county_code, school_year desc, school_code, field, correction_file, entry_number
        """,
    )


def figures(connection: duckdb.DuckDBPyConnection, counties: Sequence[CountyYear]) -> Figures:
    """Everything the pages of these counties show."""
    connection.execute("create or replace temp table wanted (county_code varchar, school_year integer)")
    connection.executemany("insert into wanted values (?, ?)", [[c.code, c.year] for c in counties])
    shown = Figures()
    years = {county.code: county.year for county in counties}
    for coefficient in read(
        connection,
        FctCountyIndicator,
        f"""
        select f.* from {MARTS}.fct_county_indicator f join wanted s using (county_code)
        where f.school_year <= s.school_year
        order by f.school_year, f.stage, f.indicator_code
        """,
    ):
        shown.coefficients[coefficient["county_code"], coefficient["ruleset_id"]].append(coefficient)
        if coefficient["school_year"] == years[coefficient["county_code"]]:
            shown.withheld[coefficient["county_code"]].update(dict.fromkeys(names_in(coefficient["withheld_schools"])))
    for counted in read(
        connection,
        VerdictCount,
        f"""
        select county_code, ruleset_id, stage, verdict, count(*) as n
        from {MARTS}.fct_school_verdict join wanted using (county_code, school_year)
        group by all order by all
        """,
    ):
        shown.verdict_counts[counted["county_code"], counted["ruleset_id"]].append(counted)
    for school in read(
        connection,
        JudgedSchool,
        f"""
        select v.*, d.school_name, d.township
        from {MARTS}.fct_school_verdict v join wanted using (county_code, school_year)
        left join {MARTS}.dim_school d using (county_code, school_year, school_code)
        where v.verdict in ('unmet', 'undecided')
        order by v.n_unmet desc, v.n_floor_met desc, d.display_order nulls last, v.school_code
        """,
    ):
        target = shown.unmet if school["verdict"] == "unmet" else shown.undecided
        target[school["county_code"], school["ruleset_id"]].append(school)
    for value in read(
        connection,
        SchoolValue,
        f"""
        select f.*, d.school_name
        from {MARTS}.fct_school_indicator f join wanted using (county_code, school_year)
        left join {MARTS}.dim_school d using (county_code, school_year, school_code)
        where f.verdict in ('unmet', 'floor_met') or f.value is null
        order by f.indicator_code, d.display_order nulls last, f.school_code
        """,
    ):
        if value["value"] is None:
            shown.unknown[value["county_code"], value["ruleset_id"]].append(value)
        else:
            shown.missed[value["county_code"], value["ruleset_id"], value["stage"], value["school_code"]].append(value)
    query = f"select v.* from {MARTS}.fct_county_verdict v join wanted using (county_code, school_year)"
    for verdict in read(connection, FctCountyVerdict, query):
        shown.verdicts[verdict["county_code"], verdict["ruleset_id"]] = verdict
    for requirement in read(
        connection,
        AskedRequirement,
        f"""
        select f.*, d.indicator_name_zh, d.name_zh
        from {MARTS}.fct_county_requirement f join wanted using (county_code, school_year)
        join {MARTS}.dim_requirement d using (ruleset_id, requirement_code, part)
        order by d.display_order
        """,
    ):
        shown.requirements[requirement["county_code"], requirement["ruleset_id"]].append(requirement)
    for gone in read(
        connection,
        GoneSchool,
        f"""
        select d.county_code, d.school_code, d.school_name
        from {MARTS}.dim_school d join wanted s on d.county_code = s.county_code and d.school_year = s.school_year - 1
        where exists (
            from {MARTS}.dim_school n where n.county_code = s.county_code and n.school_year = s.school_year
        )
        and not exists (
            from {MARTS}.dim_school n
            where n.county_code = s.county_code and n.school_year = s.school_year and n.school_code = d.school_code
        )
        and not exists (  -- a document says which school it has become
            from {MARTS}.fct_school_trend t
            where t.county_code = s.county_code and t.school_year = s.school_year
                and contains(t.previous_school_codes, d.school_code)
        )
        order by d.county_code, d.display_order nulls last, d.school_code
        """,
    ):
        shown.gone[gone["county_code"]].append(gone)
    return shown
