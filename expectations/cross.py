"""Checks that depend on what else is delivered or accepted: contradictions, main schools, last year.

They run on the submissions that nothing else has refused. A contradiction refuses every file that takes part. When a
file falls afterwards, the files that rely on it fall too: the loop of :func:`settle` ends because every round refuses
at least one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import duckdb

from expectations.catalogue import Check, Rules, SourceCatalogue
from expectations.conditions import AgainstLastYear, MainSchoolKnown, NoContradiction
from expectations.findings import Finding, Outcome, cell_finding, shown
from expectations.sentences import sentence
from expectations.workspace import Delivery
from ingest.schema.source import load_source
from junheng.core.sql import create_models, literal, records

LISTED = 1000
"""Faults listed per submission and check where the whole file is refused anyway; the count is always complete."""


@dataclass(frozen=True)
class CheckedRows:
    """The rows that one source's cross checks look at. ``good`` and ``history`` are tables of rows."""

    con: duckdb.DuckDBPyConnection
    rules: Rules
    catalogue: SourceCatalogue
    good: str
    history: str
    file_names: dict[str, str]

    @property
    def source(self) -> str:
        """Subject of the rows."""
        return self.catalogue.source


def _ids(submission_ids: set[str]) -> str:
    return "(" + ", ".join(literal(i) for i in sorted(submission_ids) or [""]) + ")"


def _applicable(field: CheckedRows, check: Check, deliveries: list[Delivery]) -> list[Delivery]:
    contracts = {facts.id for facts in field.rules.contracts_of(field.source, check)}
    return [d for d in deliveries if d.facts.id in contracts]


def contradictions(field: CheckedRows, check: Check, deliveries: list[Delivery]) -> list[Outcome]:
    """Judge ``no_contradiction``: same night, same key, different known values."""
    test = check.test
    if not isinstance(test, NoContradiction):
        raise TypeError(check.id)
    taking_part = _applicable(field, check, deliveries)
    findings: dict[str, dict[int, tuple[str, Finding]]] = defaultdict(dict)
    against: dict[str, set[str]] = defaultdict(set)
    columns = field.rules.columns(field.source, test.columns, (*test.key, *test.may_differ))
    for group in _shared_keys(field, test, columns, {d.id for d in taking_part}):
        for mine, theirs in permutations(group, 2):
            column = next((c for c in columns if _differ(mine[c], theirs[c])), None)
            if column is None:
                continue
            other = theirs["_submission_id"]
            against[mine["_submission_id"]].add(other)
            fault = sentence("other_file_says", file=field.file_names[other], value=shown(theirs[column]))
            finding = cell_finding(field.rules, field.source, column, {**mine, "value": mine[column]}, fault)
            findings[mine["_submission_id"]].setdefault(mine["_rid"], (other, finding))
    rows = _row_counts(field, {d.id for d in taking_part})
    outcomes = []
    for delivery in taking_part:
        listed = list(findings[delivery.id].values())
        others = sorted(against[delivery.id], key=lambda i: (field.file_names[i], i))
        outcome = Outcome(check, delivery.id, rows.get(delivery.id, 0), len(listed), len(listed), refused_with=others)
        outcome.findings = [_naming_all(field, finding, others) for _, finding in listed[:LISTED]]
        outcomes.append(outcome)
    return outcomes


def _naming_all(field: CheckedRows, finding: Finding, others: list[str]) -> Finding:
    files = "、".join(f"“{field.file_names[i]}”" for i in others)
    return replace(finding, text=sentence("contradicts", files=files, fault=finding.text))


def _differ(mine: Any, theirs: Any) -> bool:
    return mine is not None and theirs is not None and mine != theirs


def _shared_keys(
    field: CheckedRows, test: NoContradiction, columns: tuple[str, ...], submission_ids: set[str]
) -> list[list[dict[str, Any]]]:
    """Rows of different submissions with the same key, where any column differs."""
    names = ["_rid", "_submission_id", "_delivery_night", "_sheet", "_row", "_cells"]
    wanted = ", ".join(dict.fromkeys([*names, *test.key, *columns]))
    key = ", ".join(["_delivery_night", *test.key])
    differ = " or ".join(f"min({c}) <> max({c})" for c in columns)
    tonight = _ids(submission_ids)
    rows = records(
        field.con,
        f"""
        with pool as (
            select {wanted} from {field.good} where _submission_id in {tonight}
            union all
            select {wanted} from {field.history} where _delivery_night in
                (select _delivery_night from {field.good} where _submission_id in {tonight})
        ),
        numbered as (
            select *, dense_rank() over (order by {key}) as _key from pool
        ),
        different as (
            select _key from numbered group by _key having count(distinct _submission_id) > 1 and ({differ})
        )
        select * from numbered where _key in (select _key from different) order by _key, _submission_id, _rid
        """,
    )
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["_key"]].append(row)
    return list(groups.values())


def _row_counts(field: CheckedRows, submission_ids: set[str]) -> dict[str, int]:
    query = (
        f"select _submission_id, count(*) as n from {field.good}"
        f" where _submission_id in {_ids(submission_ids)} group by _submission_id"
    )
    return {row["_submission_id"]: row["n"] for row in records(field.con, query)}


def settle(field: CheckedRows, deliveries: list[Delivery]) -> list[Outcome]:
    """Judge the checks that look at everything in force, until no more file falls.

    The outcomes are those that stand.
    """
    checks = [c for c in field.catalogue.checks if isinstance(c.test, MainSchoolKnown | AgainstLastYear)]
    settled: dict[tuple[str, str], Outcome] = {}
    standing = list(deliveries)
    while checks and standing:
        _build_in_force(field, {d.id for d in standing})
        fallen: set[str] = set()
        for check in checks:
            for outcome in _judge_in_force(field, check, _applicable(field, check, standing)):
                settled[check.id, outcome.submission_id] = outcome
                if outcome.refuses:
                    fallen.add(outcome.submission_id)
        if not fallen:
            break
        standing = [d for d in standing if d.id not in fallen]
    return list(settled.values())


def _judge_in_force(field: CheckedRows, check: Check, deliveries: list[Delivery]) -> list[Outcome]:
    if not deliveries:
        return []
    if isinstance(check.test, MainSchoolKnown):
        return _main_schools(field, check, check.test, deliveries)
    if isinstance(check.test, AgainstLastYear):
        return _last_year(field, check, check.test, deliveries)
    raise TypeError(check.id)


def _build_in_force(field: CheckedRows, submission_ids: set[str]) -> None:
    """Create ``in_force``: the entities of every county and year if tonight's standing submissions were accepted."""
    county, year, entity = field.catalogue.county, field.catalogue.year, field.catalogue.entity
    columns = (
        f"{county} as county_code, {year} as school_year, {entity} as entity,"
        " _submission_id as submission_id, _delivery_night as delivery_night, _delivery_night as night, _covers as covers"
    )
    source = load_source(field.source)
    field.con.execute(
        f"""
        create or replace temp table present as
        select {columns} from {field.good} where _submission_id in {_ids(submission_ids)}
        union all
        select {columns} from {field.history};

        create or replace temp view stg_run__source as
        select {literal(source.source)} as source, {literal(source.supersedes)} as supersedes;

        create or replace temp view int_ledger__delivery as
        select distinct submission_id, delivery_night, night, true as is_served from present;

        create or replace temp view stg_ledger__coverage as
        select distinct {literal(source.source)} as source, submission_id, delivery_night, night, covers, county_code, school_year
        from present;
        """
    )
    create_models(field.con, "int_ledger__county_base", "int_ledger__coverage_in_force")
    field.con.execute(
        """
        create or replace table in_force as
        select distinct present.county_code as county, present.school_year as year, present.entity
        from present
        inner join int_ledger__coverage_in_force using (submission_id, delivery_night, county_code, school_year)
        """
    )


def _main_schools(field: CheckedRows, check: Check, test: MainSchoolKnown, deliveries: list[Delivery]) -> list[Outcome]:
    county, year, entity = field.catalogue.county, field.catalogue.year, field.catalogue.entity
    rows = records(
        field.con,
        f"""
        select r._submission_id, r._sheet, r._row, r._cells, r.{test.column} as value,
            r.{test.column} is null or not exists (
                select 1 from in_force as f
                where f.county = r.{county} and f.year = r.{year} and f.entity = r.{test.column}
                    and f.entity <> r.{entity}
            ) as fails
        from {field.good} as r
        left join kinds as k on k.system = r._kind_system and k.kind_code = r.{field.catalogue.kind}
        where r._submission_id in {_ids({d.id for d in deliveries})} and ({test.needs_main})
        order by r._rid
        """,
    )
    outcomes = {d.id: Outcome(check, d.id, 0) for d in deliveries}
    for row in rows:
        outcome = outcomes[row["_submission_id"]]
        outcome.checked += 1
        if row["fails"]:
            outcome.failed += 1
            outcome.faults += 1
            if outcome.failed <= LISTED:
                outcome.findings.append(cell_finding(field.rules, field.source, test.column, row, check.title_zh))
    return list(outcomes.values())


def _last_year(field: CheckedRows, check: Check, test: AgainstLastYear, deliveries: list[Delivery]) -> list[Outcome]:
    """Compare the number of schools in force with last year's: a county file county by county, an area file as a whole.

    In an area of a hundred counties one of them may well close half of its smallest schools; a file that lost
    its counties or its rows shows in the total.
    """
    county, year = field.catalogue.county, field.catalogue.year
    rows = records(
        field.con,
        f"""
        with size as (select county, year, count(*) as n from in_force group by county, year),
        held as (
            select distinct _submission_id, _area_system, _covers, {county} as county, {year} as year from {field.good}
            where _submission_id in {_ids({d.id for d in deliveries})}
        )
        select held._submission_id, min(held.county) as county, held.year, count(*) as counties,
            sum(now.n) as now, sum(before.n) as before, min(names.name) as name
        from held
        inner join size as now on now.county = held.county and now.year = held.year
        inner join size as before on before.county = held.county and before.year = held.year - 1
        left join counties as names on names.system = held._area_system and names.area_code = held.county
            and held.year between names.valid_from_year and names.valid_to_year
        group by held._submission_id, held.year, case when held._covers = 'area' then '' else held.county end
        order by held._submission_id, held.year, min(held.county)
        """,
    )
    outcomes = {d.id: Outcome(check, d.id, 0) for d in deliveries}
    for row in rows:
        outcome = outcomes[row["_submission_id"]]
        outcome.checked += 1
        if row["now"] * 100 < test.min_percent * row["before"]:
            outcome.failed += 1
            outcome.faults += 1
            if row["counties"] == 1:
                place = sentence("one_county", name=row["name"] or "", code=row["county"])
            else:
                place = sentence("several_counties", count=row["counties"])
            numbers = {name: row[name] for name in ("year", "now", "before")}
            text = sentence("fewer_than_last_year", place=place, percent=test.min_percent, **numbers)
            outcome.findings.append(Finding(text, column=field.rules.title(field.source, county), value=row["county"]))
    return list(outcomes.values())
