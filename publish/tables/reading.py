"""What the pages need from the marts, read once per group of counties."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from junheng.core.sql import records
from publish.tables.artifacts import MARTS

Row = dict[str, Any]
Key = tuple[str, str]
"""County and rule set."""

STAGES = ("primary", "junior", "senior", "all")


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

    coefficients: dict[Key, list[Row]] = field(default_factory=lambda: defaultdict(list))
    """All school years, oldest first."""
    verdict_counts: dict[Key, list[Row]] = field(default_factory=lambda: defaultdict(list))
    unmet: dict[Key, list[Row]] = field(default_factory=lambda: defaultdict(list))
    """One row per school stage that does not meet the rule set, worst first."""
    undecided: dict[Key, list[Row]] = field(default_factory=lambda: defaultdict(list))
    missed: dict[tuple[str, str, str, str], list[Row]] = field(default_factory=lambda: defaultdict(list))
    """Indicators below the standard, by county, rule set, stage and school."""
    unknown: dict[Key, list[Row]] = field(default_factory=lambda: defaultdict(list))
    """School values that are not known."""
    verdicts: dict[Key, Row] = field(default_factory=dict)
    """Verdict of the county in its newest year."""
    requirements: dict[Key, list[Row]] = field(default_factory=lambda: defaultdict(list))
    """What is asked beside the resource indicators, in the rule set's order."""
    gone: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    """Schools of the year before that the newest year lacks, by county."""
    withheld: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    """Names of the schools that only refused files of the newest year hold, by county."""


def names_in(listed: str | None) -> list[str]:
    """Names that a column of the marts lists."""
    return listed.split("、") if listed else []


def newest_counties(connection: duckdb.DuckDBPyConnection) -> list[CountyYear]:
    """Every county at its newest school year, newest year first."""
    found = records(
        connection,
        f"""
        select county_code, county_name, city_name, school_year, is_fictional from {MARTS}.dim_county
        qualify school_year = max(school_year) over (partition by county_code)
        order by school_year desc, county_code
        """,
    )
    return [
        CountyYear(
            r["county_code"],
            r["county_name"] or r["county_code"],
            r["city_name"] or "",
            r["school_year"],
            bool(r["is_fictional"]),
        )
        for r in found
    ]


def county_years(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, int], str]:
    """Names of all counties by code and school year."""
    found = records(connection, f"select county_code, school_year, county_name from {MARTS}.dim_county")
    return {(r["county_code"], r["school_year"]): r["county_name"] or r["county_code"] for r in found}


def indicators(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], Row]:
    """``dim_indicator`` by rule set, indicator and stage."""
    found = records(connection, f"select * from {MARTS}.dim_indicator")
    return {(r["ruleset_id"], r["indicator_code"], r["stage"]): r for r in found}


def check_counts(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Number of check results by engine and status."""
    return records(connection, f"select engine, status, count(*) as n from {MARTS}.aud_check_result group by all order by all")


def corrections(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Figures that were corrected by a document, newest year first."""
    return records(
        connection,
        f"""
        from {MARTS}.aud_correction where state = 'applied'
        order by county_code, school_year desc, school_code, field, correction_file, entry_number
        """,
    )


def figures(connection: duckdb.DuckDBPyConnection, counties: Sequence[CountyYear]) -> Figures:
    """Everything the pages of these counties show."""
    connection.execute("create or replace temp table shown (county_code varchar, school_year integer)")
    connection.executemany("insert into shown values (?, ?)", [[c.code, c.year] for c in counties])
    found = Figures()
    years = {county.code: county.year for county in counties}
    for row in records(
        connection,
        f"""
        select f.* from {MARTS}.fct_county_indicator f join shown s using (county_code)
        where f.school_year <= s.school_year
        order by f.school_year, f.stage, f.indicator_code
        """,
    ):
        found.coefficients[row["county_code"], row["ruleset_id"]].append(row)
        if row["school_year"] == years[row["county_code"]]:
            found.withheld[row["county_code"]].update(dict.fromkeys(names_in(row["withheld_schools"])))
    for row in records(
        connection,
        f"""
        select county_code, ruleset_id, stage, verdict, count(*) as n
        from {MARTS}.fct_school_verdict join shown using (county_code, school_year)
        group by all order by all
        """,
    ):
        found.verdict_counts[row["county_code"], row["ruleset_id"]].append(row)
    for row in records(
        connection,
        f"""
        select v.*, d.school_name, d.township
        from {MARTS}.fct_school_verdict v join shown using (county_code, school_year)
        left join {MARTS}.dim_school d using (county_code, school_year, school_code)
        where v.verdict in ('unmet', 'undecided')
        order by v.n_unmet desc, v.n_floor_met desc, d.display_order nulls last, v.school_code
        """,
    ):
        target = found.unmet if row["verdict"] == "unmet" else found.undecided
        target[row["county_code"], row["ruleset_id"]].append(row)
    for row in records(
        connection,
        f"""
        select f.*, d.school_name
        from {MARTS}.fct_school_indicator f join shown using (county_code, school_year)
        left join {MARTS}.dim_school d using (county_code, school_year, school_code)
        where f.verdict in ('unmet', 'floor_met') or f.value is null
        order by f.indicator_code, d.display_order nulls last, f.school_code
        """,
    ):
        if row["value"] is None:
            found.unknown[row["county_code"], row["ruleset_id"]].append(row)
        else:
            found.missed[row["county_code"], row["ruleset_id"], row["stage"], row["school_code"]].append(row)
    for row in records(connection, f"select v.* from {MARTS}.fct_county_verdict v join shown using (county_code, school_year)"):
        found.verdicts[row["county_code"], row["ruleset_id"]] = row
    for row in records(
        connection,
        f"""
        select f.*, d.indicator_name_zh, d.name_zh, d.is_criterion
        from {MARTS}.fct_county_requirement f join shown using (county_code, school_year)
        join {MARTS}.dim_requirement d using (ruleset_id, requirement_code, part)
        order by d.display_order
        """,
    ):
        found.requirements[row["county_code"], row["ruleset_id"]].append(row)
    for row in records(
        connection,
        f"""
        select d.county_code, d.school_code, d.school_name
        from {MARTS}.dim_school d join shown s on d.county_code = s.county_code and d.school_year = s.school_year - 1
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
        found.gone[row["county_code"]].append(row)
    return found
