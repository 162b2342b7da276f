"""Checks that need nothing but the submission itself: its rows, its size, its area."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from expectations import sql
from expectations.bands import Band
from expectations.catalogue import Check, Rules, SourceCatalogue
from expectations.conditions import AreaComplete, ItemsWithin, MinRows, Unique
from expectations.cross import LISTED
from expectations.findings import Finding, Outcome, beside_text, cell_finding, cell_place, shown
from expectations.sentences import sentence
from expectations.workspace import Delivery
from junheng.core.sql import records, scalar

NAMED = 5
"""Areas named in a sentence; the rest is counted."""


def resolve(rules: Rules, catalogue: SourceCatalogue, as_of: date) -> tuple[list[sql.Condition], dict[str, list[int]]]:
    """All parts of a source's row checks, and the numbers of each check's parts."""
    parts: list[sql.Condition] = []
    numbers: dict[str, list[int]] = {}
    for check in catalogue.checks:
        of_check = sql.parts_of(rules, catalogue.source, check, as_of)
        if of_check:
            numbers[check.id] = list(range(len(parts), len(parts) + len(of_check)))
            parts += of_check
    return parts, numbers


def judge_rows(
    con: duckdb.DuckDBPyConnection,
    rules: Rules,
    catalogue: SourceCatalogue,
    as_of: date,
    deliveries: list[Delivery],
    *,
    rows: str,
    good: str,
) -> list[Outcome]:
    """Judge every row check, and create the table ``good``: the rows that no quarantining contract gives up."""
    parts, numbers = resolve(rules, catalogue, as_of)
    checks = {check.id: check for check in catalogue.checks}
    con.execute(f"create or replace table verdicts as {sql.verdicts(parts, rows)}")
    counted = {row["_submission_id"]: row for row in records(con, sql.counts(numbers, "verdicts"))}
    outcomes: dict[tuple[str, str], Outcome] = {}
    for index, check_id in enumerate(numbers):
        contracts = {facts.id for facts in rules.contracts_of(catalogue.source, checks[check_id])}
        for delivery in deliveries:
            if delivery.facts.id in contracts:
                row = counted.get(delivery.id, {})
                outcome = Outcome(checks[check_id], delivery.id, row.get(f"c{index}", 0), row.get(f"f{index}", 0))
                outcomes[check_id, delivery.id] = outcome
    failing = [n for n in range(len(parts)) if scalar(con, f"select count(*) from verdicts where p{n}")]
    hidden = {delivery.id: frozenset(delivery.result.hidden_cells) for delivery in deliveries}
    names = {delivery.id: delivery.result.file_name for delivery in deliveries}
    for number in failing:
        _list_cells(con, rules, catalogue.source, parts[number], number, rows, outcomes, hidden, names)
    errors = [f"p{n}" for n in failing if parts[n].check.severity == "error"]
    given_up = " or ".join(f"coalesce({name}, false)" for name in errors) or "false"
    con.execute(
        f"""
        create or replace table {good} as
        select r.* from {rows} as r inner join verdicts as v on v._rid = r._rid
        where r._on_bad_row <> 'quarantine' or not ({given_up})
        """
    )
    return list(outcomes.values())


def _list_cells(
    con: duckdb.DuckDBPyConnection,
    rules: Rules,
    source: str,
    part: sql.Condition,
    number: int,
    rows: str,
    outcomes: dict[tuple[str, str], Outcome],
    hidden: dict[str, frozenset[str]],
    names: dict[str, str],
) -> None:
    limit = LISTED if part.check.severity == "error" else 1
    quarantine = "r._on_bad_row = 'quarantine'" if part.check.severity == "error" else "false"
    key = (
        ", ".join(("r._submission_id", *(f"r.{name}" for name in part.test.names))) if isinstance(part.test, Unique) else "r._rid"
    )
    base = sql.base_of(part.band) if part.band else "null"
    beside = "".join(f", r.{name}" for name in part.beside)
    failing = records(
        con,
        f"""
        select * from (
            select r._submission_id, r._sheet, r._row, r._cells, r.{part.column} as value, r._rid, {base} as base{beside},
                count(*) over twins as twins,
                first_value(r._rid) over twins as first_rid,
                first_value(r._sheet) over twins as first_sheet,
                first_value(r._row) over twins as first_row,
                nth_value(r._sheet, 2) over twins as second_sheet,
                nth_value(r._row, 2) over twins as second_row,
                row_number() over (partition by r._submission_id order by r._rid) as nth,
                count(*) over (partition by r._submission_id) as total,
                {quarantine} as listed_all
            from {rows} as r inner join verdicts as v on v._rid = r._rid
            where v.p{number}
            window twins as (partition by {key} order by r._rid rows between unbounded preceding and unbounded following)
        ) as cells
        where nth <= {limit} or listed_all
        order by _rid
        """,
    )
    for row in failing:
        outcome = outcomes[part.check.id, row["_submission_id"]]
        if row["nth"] == 1:
            outcome.faults += row["total"]
        fault = part.check.title_zh + _elsewhere(row, hidden[row["_submission_id"]])
        if isinstance(part.test, ItemsWithin):
            fault += _mates_text(con, part.test, part, row, rows, names)
        elif part.band:
            fault += _band_text(rules, part.band, row)
        elif part.beside:
            fault += f"（{beside_text(rules, source, part.beside, row)}）"
        outcome.findings.append(cell_finding(rules, source, part.column, row, fault))


def _elsewhere(row: dict[str, Any], hidden: frozenset[str]) -> str:
    """Where else the key of a row stands, and whether anybody sees it there."""
    which = "second" if row["first_rid"] == row["_rid"] else "first"
    sheet, number = row[f"{which}_sheet"], row[f"{which}_row"]
    if row["twins"] < 2 or number is None:
        return ""
    named = sentence("sheet", name=sheet) if sheet else ""
    unseen = sentence("hidden") if named in hidden else ""
    return sentence("elsewhere", sheet=named + unseen, row=number)


def _mates_text(
    con: duckdb.DuckDBPyConnection, test: ItemsWithin, part: sql.Condition, row: dict[str, Any], rows: str, names: dict[str, str]
) -> str:
    """The other items that a fault is about, each with its place and value."""
    keys = zip(sql.group_key(test), sql.group_key(test, "own"), strict=True)
    same = " and ".join(f"{mine} is not distinct from {theirs}" for mine, theirs in keys)
    mates = records(
        con,
        f"""
        select r._rid, r._submission_id, r._sheet, r._row, r._cells, r.{test.item} as item, r.{test.column} as value
        from {rows} as r inner join {rows} as own on own._rid = ? and {same}
        where {" and ".join(part.conditions)} and r.{test.column} is not null order by r._rid
        """,
        row["_rid"],
    )
    item = ""
    others = []
    for mate in mates:
        if mate["_rid"] == row["_rid"]:
            item = _item(test, part, mate["item"])
            continue
        file = f"“{names[mate['_submission_id']]}”" if mate["_submission_id"] != row["_submission_id"] else ""
        place = file + cell_place(mate, test.column)
        others.append(sentence("item_with_value", place=place, item=_item(test, part, mate["item"]), value=shown(mate["value"])))
    return sentence("items_beside", item=item, others="，".join(others))


def _item(test: ItemsWithin, part: sql.Condition, text: str) -> str:
    """An item as the catalogue calls it; a row of a form as it is numbered there."""
    bound = part.bound
    if test.item_is != "label" or bound is None:
        return text
    label = "/" + re.sub(sql.UNIT, "", text)
    return next(item for item in (*bound.parts, *bound.whole) if label.endswith("/" + item))


def _band_text(rules: Rules, band: Band, row: dict[str, Any]) -> str:
    """What the figure comes to, where it should lie, and the unit that would explain it."""
    value, base = Decimal(row["value"]), Decimal(row["base"])
    names = "、".join(rules.title(band.source, name) for name in band.per)
    divided = sentence("divided", names=names, base=shown(base), quotient=shown(_short(value / base))) if names else ""
    converted = {unit: value * factor / base for unit, factor in band.units}
    fitting = {unit: figure for unit, figure in converted.items() if band.least <= figure <= band.most}
    likely = min(fitting, key=lambda unit: abs((fitting[unit] / band.usual).ln()), default=None)
    suspicion = sentence("likely_unit", unit=likely) if likely else ""
    return sentence("usual_band", divided=divided, least=shown(band.least), most=shown(band.most), suspicion=suspicion)


def _short(number: Decimal) -> Decimal:
    """Four significant digits at least, for a sentence."""
    places = max(0, 3 - number.adjusted()) if number else 0
    return round(number, places)


def judge_submissions(
    con: duckdb.DuckDBPyConnection,
    rules: Rules,
    catalogue: SourceCatalogue,
    deliveries: list[Delivery],
    *,
    rows: str,
    good: str,
) -> list[Outcome]:
    """Judge the checks of a submission's size and area."""
    outcomes = []
    for check in catalogue.checks:
        contracts = {facts.id for facts in rules.contracts_of(catalogue.source, check)}
        concerned = [d for d in deliveries if d.facts.id in contracts]
        if isinstance(check.test, MinRows):
            outcomes += [_min_rows(con, check, check.test, d, good) for d in concerned]
        elif isinstance(check.test, AreaComplete) and concerned:
            outcomes += _area_complete(con, catalogue, check, concerned, rows)
    return outcomes


def _min_rows(con: duckdb.DuckDBPyConnection, check: Check, test: MinRows, delivery: Delivery, good: str) -> Outcome:
    held = scalar(con, f"select count(*) from {good} where _submission_id = '{delivery.id}'")
    outcome = Outcome(check, delivery.id, 1)
    if held < test.min:
        outcome.failed = outcome.faults = 1
        outcome.findings = [Finding(sentence("too_few_rows", held=held, least=test.min))]
    return outcome


def counties_due(catalogue: SourceCatalogue, contracts: set[str], table: str) -> str:
    """Query for the counties of each submission's folder in each of its years, and whether they are ``present``."""
    return f"""
        select due._submission_id, due.year, due.area_code, due.name, held.county is not null as present
        from (
            select y._submission_id, y.year, c.area_code, min(c.name) as name
            from (
                select distinct r._submission_id, r.{catalogue.year} as year, r._area_system as system,
                    r._area_prefix as prefix
                from {table} as r
                where {sql.listed("r._contract", tuple(sorted(contracts)))}
            ) as y
            inner join counties as c on c.system = y.system and starts_with(c.area_code, y.prefix)
                and y.year >= c.valid_from_year and y.year <= c.valid_to_year
            group by y._submission_id, y.year, c.area_code
        ) as due
        left join (
            select distinct _submission_id, {catalogue.county} as county, {catalogue.year} as year from {table}
        ) as held
            on held._submission_id = due._submission_id and held.county = due.area_code and held.year = due.year
    """


def _area_complete(
    con: duckdb.DuckDBPyConnection, catalogue: SourceCatalogue, check: Check, deliveries: list[Delivery], rows: str
) -> list[Outcome]:
    """Compare the counties of each year of a file with those of its folder's area in that year."""
    outcomes = {d.id: Outcome(check, d.id, 0) for d in deliveries}
    counts = records(
        con,
        f"""
        select _submission_id, year, count(*) as due, count(*) filter (where present) as present,
            list(name order by area_code) filter (where not present) as missing
        from ({counties_due(catalogue, {d.facts.id for d in deliveries}, rows)}) as counties_due
        group by _submission_id, year order by _submission_id, year
        """,
    )
    for row in counts:
        outcome = outcomes[row["_submission_id"]]
        outcome.checked += row["due"]
        missing = row["missing"] or []
        if missing:
            names = "、".join(missing[:NAMED])
            if len(missing) > NAMED:
                names = sentence("and_more", names=names, count=len(missing))
            numbers = {name: row[name] for name in ("year", "due", "present")}
            outcome.findings.append(Finding(sentence("counties_missing", names=names, **numbers)))
            outcome.failed += len(missing)
            outcome.faults += 1
    return list(outcomes.values())
