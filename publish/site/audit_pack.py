"""The audit pack of a release: what it was made of, every delivery, check, quarantined row and correction, and who signed.

A folder of plain pages with relative links alone, readable from a disk without a network. A script of ours lets a reader sort and
filter a page; without it every page reads the same. Beside each page lie all of its rows as a workbook and the mart as Parquet.
Which tables the pack holds is data (``audit_pack.yml``).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import duckdb

from junheng.core.home import Home
from junheng.core.sql import records
from publish.build.facts import NightFacts
from publish.site.audit_book import write_book
from publish.site.audit_tables import Pack, PackTable
from publish.tables.artifacts import MARTS
from publish.tables.release_manifest import ReleaseManifest
from publish.words.environment import TEMPLATES, environment
from publish.words.texts import texts

FOLDER = "audit"
SCRIPT = "table.js"
_INDEX = "aud_check_index"
_QUIET = {"pass", "not_applicable", "manual"}
"""States that nobody has to act on."""


@dataclass(frozen=True)
class Count:
    """A number of the start page and the rows it counts."""

    label: str
    number: int
    link: str
    is_bad: bool


@dataclass(frozen=True)
class CountyLine:
    """What the checks found in one county and year, or in one source of it."""

    names: list[str]
    link: str
    counts: list[Count]


@dataclass(frozen=True)
class CheckCounts:
    """The result on the start page: over all, and by county and source."""

    totals: list[Count]
    heads: list[str]
    counties: list[CountyLine]
    sources: list[CountyLine]
    sources_more: int
    """Sources with something to look at that the page leaves out."""


def _nights(connection: duckdb.DuckDBPyConnection, facts: NightFacts) -> list[int]:
    """The nights that judged what is in force, and the last one."""
    rows = records(connection, f"select distinct night from {MARTS}.aud_submission where status = 'accepted'")
    return sorted({row["night"] for row in rows} | {facts.number})


def _reports(home: Home, nights: list[int], target: Path) -> list[tuple[int, bool]]:
    """Copy the check reports of these nights. Returns each night and whether there is a report."""
    reports = []
    for night in nights:
        report = home.warehouse / "data_docs" / f"night-{night}"
        if report.is_dir():
            shutil.copytree(report, target / "data_docs" / report.name)
        reports.append((night, report.is_dir()))
    return reports


def _line(pack: Pack, row: Mapping[str, Any], by: tuple[str, ...]) -> CountyLine:
    heads = {column.name: column for column in pack.columns(_INDEX)}

    def link(**cells: Any) -> str:
        """To the rows of the index of checks that hold these codes."""
        asked = {heads[name].label: pack.label(str(heads[name].list), code) for name, code in cells.items()}
        return f"{_INDEX}.html#{urlencode(asked, quote_via=quote)}"

    place = {key: row[key] for key in by}
    counts = [
        Count(pack.label("check_state", state), row[state], link(**place, state=state), state not in _QUIET)
        for state in pack.states
    ]
    review = link(**place, engine="review", state="warn")
    counts.append(Count(str(texts()["audit_pack"]["disagreements"]), row["disagreements"], review, is_bad=True))
    return CountyLine([pack.label(str(heads[key].list), row[key]) for key in by], link(**place), counts)


def _check_counts(pack: Pack, every: list[PackTable], most: int) -> CheckCounts:
    """What the start page says of the results."""
    titles = texts()["audit_pack"]["totals"]
    totals = [Count(titles[table.name], table.bad, f"{table.name}.html", is_bad=True) for table in every if table.name in titles]
    by_county, by_source = ("county_code", "school_year"), ("county_code", "school_year", "source")
    counties = [_line(pack, row, by_county) for row in pack.counted(by_county)]
    bad = [state for state in pack.states if state not in _QUIET]
    loud = [row for row in pack.counted(by_source) if row["disagreements"] or any(row[state] for state in bad)]
    lines = [_line(pack, row, by_source) for row in loud[:most]]
    heads = [count.label for count in counties[0].counts] if counties else []
    return CheckCounts(totals, heads, counties, lines, max(len(loud) - most, 0))


def write_audit_pack(home: Home, release: Path, facts: NightFacts, manifest: ReleaseManifest, most_lines: int = 200) -> None:
    """Write ``audit/`` into the folder of a release that has its database and Parquet files. ``manifest``: all but its files.

    ``most_lines``: sources with something to look at that the start page lists.
    """
    target = release / FOLDER
    for folder in ("parquet", "xlsx"):
        (target / folder).mkdir(parents=True)
    shutil.copyfile(TEMPLATES / SCRIPT, target / SCRIPT)
    pages = environment()
    shared = {"release": manifest, "facts": facts, "audit": ""}
    with duckdb.connect(str(release / "junheng.duckdb"), read_only=True) as connection:
        pack = Pack(connection)
        every = [pack.table(name) for name in pack.names]
        for table in every:
            book = target / "xlsx" / f"{table.name}.xlsx"
            write_book(book, pack.book(table.name), connection, manifest["created_at"])
            shutil.copyfile(release / "parquet" / f"{table.name}.parquet", target / "parquet" / f"{table.name}.parquet")
            html = pages.get_template("audit_table.html.j2").render(table=table, **shared)
            (target / f"{table.name}.html").write_text(html, encoding="utf-8")
        totals = _check_counts(pack, every, most_lines)
        rules = [{**rules, "name": pack.label("ruleset", rules["ruleset_id"])} for rules in manifest["rules"]]
        nights = _nights(connection, facts)
    reports = _reports(home, nights, target)
    index = pages.get_template("audit_index.html.j2").render(tables=every, found=totals, rules=rules, reports=reports, **shared)
    (target / "index.html").write_text(index, encoding="utf-8")
    (target / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
