"""The score card that ends a night in the terminal: coefficients, limits, schools by verdict, where the files are."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict

import duckdb
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from junheng.core.messages import Messages
from publish.release.release import Release
from publish.tables.reading import names_in, rows_as
from publish.tables.rows import DimCounty, FctCountyIndicator, FctCountyVerdict
from publish.words.formats import distinct_from, one_to
from publish.words.seeds import ruleset_ids
from publish.words.texts import texts

DETAILED_COUNTIES = 3
"""Up to this many counties are shown with all their coefficients."""
LISTED_COUNTIES = 30
"""Of more counties only so many are printed; the morning page has all."""
_MARKS = {"met": ("✓", "green"), "unmet": ("✗", "red"), "undecided": ("？", "yellow")}

_TEXT = {"col_stage", "col_code", "col_indicator", "col_county", "col_ruleset", "col_verdict"}


class RuledCounty(DimCounty):
    """A county in its newest year under a rule set."""

    ruleset_id: str
    name_zh: str
    name_en: str


class ListedCoefficient(FctCountyIndicator):
    """A coefficient with what its indicator says of it."""

    name_zh: str
    name_en: str
    unit: str | None
    mean_decimals: int | None
    is_composite: bool
    shown_as: str | None


class CountedVerdicts(TypedDict):
    """Verdicts of a kind, counted."""

    counted: int
    met: int
    unmet: int
    undecided: int


class StageVerdicts(CountedVerdicts):
    """The schools of a stage."""

    stage: str


_NEWEST = """
    select county.*, ruleset.ruleset_id, ruleset.name_zh, ruleset.name_en
    from marts.dim_county as county
    inner join (select distinct county_code, school_year, ruleset_id from marts.fct_county_indicator) as figures
        using (county_code, school_year)
    inner join marts.dim_ruleset as ruleset using (ruleset_id)
    qualify school_year = max(school_year) over (partition by county_code)
"""
_COEFFICIENTS = """
    select figures.*, name_zh, name_en, unit, mean_decimals, is_composite, shown_as
    from marts.fct_county_indicator as figures
    inner join marts.dim_indicator as indicator using (ruleset_id, indicator_code, stage)
    inner join marts.dim_code as stages on stages.list = 'stage' and stages.code = stage
    where county_code = ? and school_year = ? and ruleset_id = ?
    order by stages.display_order, is_composite, indicator_code
"""
_SCHOOLS = """
    select stage, count(*) as counted, count(*) filter (verdict = 'met') as met,
        count(*) filter (verdict = 'unmet') as unmet, count(*) filter (verdict = 'undecided') as undecided
    from marts.fct_school_verdict
    inner join marts.dim_code as stages on stages.list = 'stage' and stages.code = stage
    where county_code = ? and school_year = ? and ruleset_id = ? and verdict is not null
    group by stage order by min(stages.display_order)
"""
_VERDICT = """
    from marts.fct_county_verdict where county_code = ? and school_year = ? and ruleset_id = ? and verdict is not null
"""
_SUMMARY = """
    select count(*) as counted, count(*) filter (verdict = 'met') as met,
        count(*) filter (verdict = 'unmet') as unmet, count(*) filter (verdict = 'undecided') as undecided
    from marts.fct_county_indicator where county_code = ? and school_year = ? and ruleset_id = ?
"""


def _verdict(value: str | None, say: Messages) -> Text:
    if value is None:
        return Text("—")
    mark, colour = _MARKS[value]
    return Text(f"{mark} {say('verdict_' + value)}", style=colour)


def _county_verdict(verdict: str, vetoed: bool | None, say: Messages) -> Text:
    mark, colour = _MARKS[verdict]
    return Text(f"{mark} {say('county_' + verdict)}{say('vetoed') if vetoed else ''}", style=colour)


def _table(say: Messages, *columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(say(column), justify="left" if column in _TEXT else "right")
    return table


def _number(value: Any, pattern: str = "{:,}") -> str:
    return "—" if value is None else pattern.format(value)


def _mean(row: ListedCoefficient) -> str:
    """A county's mean with the form's decimals; a ratio as 1 to how many."""
    if row["shown_as"] == "one_to" and row["county_mean"]:
        return one_to(row["county_mean"])
    return _number(row["county_mean_rounded"], f"{{:,.{row['mean_decimals'] or 0}f}}")


def _coefficient(row: ListedCoefficient) -> str:
    """A coefficient with three decimals; where rounding would turn the verdict marked, with as many as tell it from its limit."""
    if row["verdict_changes_when_rounded"] and row["difference_coefficient"] is not None and row["difference_limit"] is not None:
        return distinct_from(row["difference_coefficient"], row["difference_limit"], 3) + "*"
    return _number(row["difference_coefficient_rounded"], "{:.3f}")


def _county(connection: duckdb.DuckDBPyConnection, county: RuledCounty, say: Messages, console: Console) -> None:
    key = (county["county_code"], county["school_year"], county["ruleset_id"])
    year = say("year", first=county["school_year"], second=county["school_year"] + 1)
    ruleset = f"{county['name_zh']}（{key[2]}）" if say.language == "zh" else f"{county['name_en']} ({key[2]})"
    console.print(Text(f"{county['county_name']} {key[0]} · {year} · {ruleset}", style="bold"))
    columns = ("col_stage", "col_code", "col_indicator", "col_mean", "col_coefficient", "col_limit", "col_verdict")
    table = _table(say, *columns)
    figures = rows_as(connection, ListedCoefficient, _COEFFICIENTS, *key)
    for row in figures:
        zh = say.language == "zh"
        table.add_row(
            say("stage_" + row["stage"]),
            "" if row["is_composite"] else row["indicator_code"],
            texts()["indicators"].get(row["indicator_code"], row["name_zh"]) if zh else row["name_en"],
            f"{_mean(row)} {(row['unit'] or '') if zh else ''}".rstrip(),
            _coefficient(row),
            _number(row["difference_limit"], "{:.2f}"),
            _verdict(row["verdict"], say),
        )
        if row["waiting_for"]:
            table.add_row("", "", Text(say("waiting_for", schools=row["waiting_for"]), style="dim"))
    console.print(table)
    withheld = [name for row in figures for name in names_in(row["withheld_schools"])]
    if withheld:
        names = list(dict.fromkeys(withheld))
        console.print(Text(say("withheld", count=len(names), schools="、".join(names)), style="yellow"))
    for schools in rows_as(connection, StageVerdicts, _SCHOOLS, *key):
        counts = {"schools": schools["counted"], "met": schools["met"], "unmet": schools["unmet"]}
        label = say("stage_" + schools["stage"])
        console.print(say("schools_line", label=label, undecided=schools["undecided"], **counts))
    for folded in rows_as(connection, FctCountyVerdict, _VERDICT, *key):
        line = Text(say("verdict_line", met=folded["n_met"], unmet=folded["n_unmet"], undecided=folded["n_undecided"]))
        console.print(line.append_text(_county_verdict(folded["verdict"] or "", folded["vetoed"], say)))
    console.print()


def _summary(connection: duckdb.DuckDBPyConnection, counties: list[RuledCounty], say: Messages, console: Console) -> None:
    table = _table(say, "col_county", "col_ruleset", "col_year", "col_within", "col_beyond", "col_undecided")
    codes = list(dict.fromkeys(county["county_code"] for county in counties))
    listed = set(codes[:LISTED_COUNTIES])
    for county in (county for county in counties if county["county_code"] in listed):
        key = (county["county_code"], county["school_year"], county["ruleset_id"])
        (row,) = rows_as(connection, CountedVerdicts, _SUMMARY, *key)
        judged = row["met"], row["unmet"], row["undecided"]
        counts = [str(count) if any(judged) else "—" for count in judged]
        table.add_row(f"{county['county_name']} {key[0]}", key[2], str(key[1]), *counts)
    console.print(table)
    if len(codes) > LISTED_COUNTIES:
        console.print(say("more_counties", count=len(codes) - LISTED_COUNTIES))


def render(release: Release, say: Messages, console: Console) -> None:
    """Print the score card of a release: every county at its newest school year."""
    with duckdb.connect(str(release.database), read_only=True) as connection:
        order = ruleset_ids()
        counties = sorted(
            rows_as(connection, RuledCounty, _NEWEST), key=lambda row: (row["county_code"], order.index(row["ruleset_id"]))
        )
        if len({county["county_code"] for county in counties}) <= DETAILED_COUNTIES:
            for county in counties:
                _county(connection, county, say, console)
        else:
            _summary(connection, counties, say, console)
        query = "select 1 from marts.fct_county_indicator where verdict_changes_when_rounded limit 1"
        if connection.execute(query).fetchone():
            console.print(Text(say("rounding_note"), style="dim"))
    decision = release.signature
    state = "unsigned" if decision is None else decision.decision
    console.print(say("signature", state=say(f"signature_{state}", on=decision.at[:10] if decision else "")))
    for label, place in _places(release.path):
        console.print(f"{say(label)} {place}", markup=False, highlight=False, soft_wrap=True)


def _places(folder: Path) -> list[tuple[str, Path]]:
    current = folder.parent.parent / "current"
    return [
        ("place_page", current / "site" / "index.html"),
        ("place_database", current / "junheng.duckdb"),
        ("place_parquet", current / "parquet"),
    ]
