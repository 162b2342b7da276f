"""A simulation side by side with the release: verdicts, coefficients, schools, issues and money, as ``changes.csv``."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from ingest.values.cells import plain
from junheng.core.home import write_atomically
from junheng.core.sql import literal, records, scalar
from planning.grouping import has_groups
from planning.simulation import Simulated, simulation_texts

CHANGES = "changes.csv"


@dataclass(frozen=True)
class Compared:
    """A kind of figure: where it stands, what names a row of it, and whether rows that stay are listed too."""

    kind: str
    table: str
    value: str
    stage: str = "''"
    indicator: str = "''"
    school: str = "''"
    is_whole: bool = False


_COMPARED = (
    Compared("county_verdict", "fct_county_verdict", "verdict", is_whole=True),
    Compared("coefficient", "fct_county_indicator", "difference_coefficient_rounded", "stage", "indicator_code", is_whole=True),
    Compared("coefficient_verdict", "fct_county_indicator", "verdict", "stage", "indicator_code"),
    Compared("requirement", "fct_county_requirement", "verdict", "part", "requirement_code"),
    Compared("school_verdict", "fct_school_verdict", "verdict", "stage", school="school_code"),
    Compared("school_indicator", "fct_school_indicator", "verdict", "stage", "indicator_code", "school_code"),
    Compared("school_value", "fct_school_indicator", "value_rounded", "stage", "indicator_code", "school_code"),
)
_SIDE = """
    select county_code, school_year, ruleset_id, {school} as school_code, {stage} as stage, {indicator} as indicator_code,
        cast({value} as varchar) as value, true as is_there
    from {database}.marts.{table}
    where list_contains(?, county_code) and ruleset_id is not null
"""
_JOINED = """
    select county_code, school_year, ruleset_id, school_code, stage, indicator_code, a.value as before, b.value as after,
        coalesce(a.is_there, false) as is_there_before, coalesce(b.is_there, false) as is_there_after
    from ({before}) as a
    full join ({after}) as b using (county_code, school_year, ruleset_id, school_code, stage, indicator_code)
    qualify school_year = max(school_year) over (partition by county_code)
    order by all
"""
_ISSUES = """
    select coalesce(a.county_code, b.county_code) as county_code, coalesce(a.school_year, b.school_year) as school_year,
        coalesce(a.school_code, b.school_code, '') as school_code, coalesce(a.stage, b.stage, '') as stage,
        coalesce(a.requirement_code, b.requirement_code, '') as indicator_code, coalesce(b.title, a.title) as title,
        a.state as before, b.state as after
    from (select * from published.marts.fct_issue where list_contains(?, county_code)) as a
    full join (select * from {here}.marts.fct_issue where list_contains(?, county_code)) as b using (issue_id)
    where a.state is distinct from b.state
    order by all
"""
_GROUPS = """
    select coalesce(a.county_code, b.county_code) as county_code, coalesce(a.school_year, b.school_year) as school_year,
        coalesce(a.school_code, b.school_code) as school_code, coalesce(a.school_name, b.school_name) as school_name,
        a.group_name as before, b.group_name as after
    from (select * from published.marts.brg_school_group where list_contains(?, county_code)) as a
    full join (select * from {here}.marts.brg_school_group where list_contains(?, county_code)) as b
        using (county_code, school_year, school_code, group_name)
    where a.group_name is distinct from b.group_name
    order by all
"""


@dataclass(frozen=True)
class ChangedFigure:
    """A line of ``changes.csv``; values as codes or numbers."""

    kind: str
    county_code: str
    school_year: str
    ruleset_id: str
    school_code: str
    name: str
    stage: str
    indicator_code: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        """Whether the scenario changes it."""
        return self.before != self.after


def changes(simulated: Simulated, database: Path) -> list[ChangedFigure]:
    """What the scenario changes in its counties, in their newest year; ``database``: the simulated marts."""
    counties = sorted(simulated.laid.counties)
    with duckdb.connect(str(database), read_only=True) as connection:
        here = literal(database.stem).strip("'")
        connection.execute(f"attach {literal(str(simulated.base.release.database))} as published (read_only)")
        labels = _labels(connection)
        names = {row["school_code"]: row["school_name"] for row in records(connection, "from marts.dim_school")}
        lines = [line for each in _COMPARED for line in _compared(connection, each, here, counties, names, labels)]
        if has_groups(simulated.scenario):
            lines += _groups(connection, here, counties)
        for row in records(connection, _ISSUES.format(here=here), counties, counties):
            before, after = (labels.get(("issue_state", row[end]), row[end] or "") for end in ("before", "after"))
            place = row["school_code"], str(row["title"]), labels.get(("stage", row["stage"]), row["stage"])
            year = str(row["school_year"] or "")
            lines.append(ChangedFigure("issue", row["county_code"], year, "", *place, row["indicator_code"], before, after))
        lines += _money(connection, simulated, counties)
    return lines


def _groups(connection: duckdb.DuckDBPyConnection, here: str, counties: Sequence[str]) -> Iterator[ChangedFigure]:
    for row in records(connection, _GROUPS.format(here=here), counties, counties):
        place = row["county_code"], str(row["school_year"]), "", row["school_code"], row["school_name"]
        yield ChangedFigure("group", *place, "", "", row["before"] or "", row["after"] or "")


def _labels(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str | None], str]:
    rows = records(
        connection, "select list, code, label_zh from marts.dim_code where list in ('verdict', 'stage', 'issue_state')"
    )
    return {(row["list"], row["code"]): row["label_zh"] for row in rows}


def _compared(
    connection: duckdb.DuckDBPyConnection,
    compared: Compared,
    here: str,
    counties: Sequence[str],
    names: dict[str, str],
    labels: dict[tuple[str, str | None], str],
) -> Iterator[ChangedFigure]:
    parts = {
        "school": compared.school,
        "stage": compared.stage,
        "indicator": compared.indicator,
        "value": compared.value,
        "table": compared.table,
    }
    before, after = (_SIDE.format(database=database, **parts) for database in ("published", here))
    is_verdict = compared.value == "verdict"
    for row in records(connection, _JOINED.format(before=before, after=after), counties, counties):
        ends = [
            _shown(row[end], is_verdict, labels) if row[f"is_there_{end}"] else simulation_texts().absent
            for end in ("before", "after")
        ]
        if not compared.is_whole and ends[0] == ends[1]:
            continue
        stage = labels.get(("stage", row["stage"]), row["stage"])
        keys = row["county_code"], str(row["school_year"]), row["ruleset_id"], row["school_code"]
        yield ChangedFigure(compared.kind, *keys, names.get(row["school_code"], ""), stage, row["indicator_code"], *ends)


def _shown(value: str | None, is_verdict: bool, labels: dict[tuple[str, str | None], str]) -> str:
    """A verdict by its label, a number as it is published; what is there and not known is undecided."""
    if is_verdict:
        return labels.get(("verdict", value), value or "")
    return simulation_texts().no_value if value is None else value


def _money(connection: duckdb.DuckDBPyConnection, simulated: Simulated, counties: Sequence[str]) -> Iterator[ChangedFigure]:
    """The sum of what is stated, by year; what is not stated is no zero."""
    texts = simulation_texts()
    for year in sorted({measure.year for measure in simulated.scenario.measures}):
        costs = [measure.cost_wan_yuan for measure in simulated.scenario.measures if measure.year == year]
        known = sum((cost for cost in costs if cost is not None), Decimal(0))
        unknown = texts.unknown_cost.format(rows=costs.count(None)) if None in costs else ""
        shown = "；".join(filter(None, (plain(known), unknown)))
        newest = scalar(
            connection, "select max(school_year) from marts.dim_county where list_contains(?, county_code)", list(counties)
        )
        yield ChangedFigure("money", "、".join(counties), year or str(newest), "", "", texts.known_cost, "", "", "0", shown)


def write_changes(lines: Sequence[ChangedFigure], out: Path) -> Path:
    """``changes.csv``, marked in each row."""
    texts, data = simulation_texts(), io.StringIO()
    writer = csv.writer(data, lineterminator="\r\n")
    writer.writerow(texts.columns)
    for line in lines:
        what = texts.changed if line.is_changed else texts.same
        if line.kind == "issue" and not (line.before and line.after):
            what = texts.opened if line.after else texts.closed
        place = line.county_code, line.school_year, line.ruleset_id, line.school_code, line.name, line.stage, line.indicator_code
        writer.writerow([texts.mark, texts.kinds[line.kind], *place, line.before, line.after, what])
    path = out / CHANGES
    write_atomically(path, ("\ufeff" + data.getvalue()).encode())
    return path


def summary(lines: Sequence[ChangedFigure]) -> list[str]:
    """A sentence for each kind of figure that changes."""
    texts, counted = simulation_texts(), Counter(line.kind for line in lines if line.is_changed)
    return [texts.say("summary", kind=name, changed=counted[kind]) for kind, name in texts.kinds.items() if counted[kind]]
