"""The morning page (晨报): static, offline HTML beside the data of a release.

``index.html`` is the page of the county, or with several counties a table of all that leads to ``<county>.html``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import duckdb

from junheng.core.typed import StrictModel, load
from publish.build.facts import NightFacts
from publish.site.changes import ReleaseChanges
from publish.site.corrections import corrections_listed
from publish.site.deliveries import MissingCounty, all_deliveries, county_deliveries, missing_counties, missing_schools
from publish.site.english import SCRIPT, english_script
from publish.site.figures import write_figure_pages
from publish.site.labels import Labels
from publish.site.maps import Outlines
from publish.site.model import CheckCount, CountyPage
from publish.site.morning import MorningRows
from publish.site.noun_pages import write_noun_pages, write_search
from publish.site.nouns import FoundPlace, Nouns
from publish.site.overview import overviews
from publish.site.page import county_page
from publish.tables.reading import (
    CountyYear,
    check_counts,
    corrections,
    county_years,
    figures,
    indicators,
    newest_counties,
    ruleset_names,
)
from publish.tables.release_manifest import ReleaseManifest
from publish.words.environment import environment
from publish.words.seeds import ruleset_ids
from publish.words.texts import texts

_SETTINGS = Path(__file__).with_name("site.yml")
_CHUNK = 100
"""Counties whose rows are held in memory together."""


class SiteSettings(StrictModel):
    """``site.yml``."""

    figure_pages_up_to_counties: int


def _settings() -> SiteSettings:
    return load(_SETTINGS, SiteSettings)


def _check_table(connection: duckdb.DuckDBPyConnection) -> list[CheckCount]:
    labels = texts()
    by_engine: dict[str, dict[str, int]] = defaultdict(dict)
    for row in check_counts(connection):
        by_engine[row["engine"]][row["status"]] = row["n"]
    engines = [*(e for e in labels["engines"] if e in by_engine), *sorted(set(by_engine) - set(labels["engines"]))]
    return [
        CheckCount(
            labels["engines"].get(engine, engine),
            sum(by_engine[engine].values()),
            [(label, by_engine[engine].get(status, 0)) for status, label in labels["check_statuses"].items()],
        )
        for engine in engines
    ]


def _rulesets(connection: duckdb.DuckDBPyConnection) -> dict[str, Labels]:
    """Rule sets with indicators, in the order of their seed."""
    rules, names = indicators(connection), ruleset_names(connection)
    used = {ruleset_id for ruleset_id, _, _ in rules}
    order = [name for name in ruleset_ids() if name in used] + sorted(used - set(ruleset_ids()))
    return {name: Labels(name, names[name], rules) for name in order}


def _pages(
    connection: duckdb.DuckDBPyConnection, facts: NightFacts, missing: list[MissingCounty], rulesets: Mapping[str, Labels]
) -> Iterator[CountyPage]:
    counties = newest_counties(connection)
    newest = max((county.year for county in counties), default=0)
    for start in range(0, len(counties), _CHUNK):
        chunk: Sequence[CountyYear] = counties[start : start + _CHUNK]
        rows = figures(connection, chunk)
        for county in chunk:
            lacking = missing_schools(county.year, list(rows.withheld[county.code]), rows.gone[county.code])
            deliveries = county_deliveries(facts, missing, county.code, lacking)
            yield county_page(county, newest, list(rulesets.values()), rows, deliveries)


def _newest(connection: duckdb.DuckDBPyConnection, counties: Sequence[CountyYear]) -> None:
    """The table of counties and their newest years that queries of pages join."""
    connection.execute("create or replace temp table newest_county (county_code varchar, school_year integer)")
    if counties:
        connection.executemany("insert into newest_county values (?, ?)", [[county.code, county.year] for county in counties])


def _write_nouns(
    connection: duckdb.DuckDBPyConnection,
    pages: Sequence[CountyPage],
    figures: Mapping[tuple[str, str], str],
    papers: Mapping[str, Sequence[str]],
    shared: Mapping[str, object],
    out_dir: Path,
    alone: str | None,
    outlines: Outlines,
) -> list[tuple[str, str]]:
    """Write the pages of nouns and the search, and lead to them from the pages of the counties. Returns those of areas."""
    names = {page.code: page.name for page in pages}
    back = {code: alone or f"{code}.html" for code in names}
    others = {("figure", *key): path for key, path in figures.items()} | {
        ("county", "", code): path for code, path in back.items()
    }
    nouns = Nouns(connection, len(pages), others, outlines)
    write_noun_pages(nouns, names, back | {"": "index.html"}, shared, out_dir)
    words = texts()["search"]
    for page in pages:
        page.topics = nouns.topics(page.code)
        for unit in page.morning.late if page.morning else ():
            unit.link = nouns.path("unit", page.code, unit.name)
        for block in page.blocks:
            for school in (school for stage in block.unmet for school in stage.schools):
                school.link = nouns.path("school", page.code, school.code)
            for group in (group for part in block.requirements for group in part.groups):
                group.link = nouns.path("requirement", page.code, f"{block.ruleset_id}-{group.code}")
            nouns.places += [
                FoundPlace(item.full_name, words["indicator"], page.code, figures[page.code, key])
                for item in block.coefficients
                if (key := f"{block.ruleset_id}-{item.code}") and (page.code, key) in figures
            ]
        nouns.places += [
            FoundPlace(path.rpartition("/")[2], words["paper"], page.code, f"../{quote(path)}")
            for path in papers.get(page.code, ())
        ]
    write_search(list(dict.fromkeys(nouns.places)), names, shared, out_dir)
    return nouns.areas()


def write_site(
    db: Path,
    facts: NightFacts,
    release: ReleaseManifest,
    out_dir: Path,
    papers: Mapping[str, Sequence[str]] | None = None,
    before: Path | None = None,
    maps: Path | None = None,
) -> None:
    """Write the pages of a release.

    ``release``: its manifest; ``papers``: paths below it, by county; ``before``: the database of the release before it; ``maps``:
    the folder with outlines of areas.
    """
    listed = papers or {}
    out_dir.mkdir(parents=True)
    county = environment().get_template("county.html.j2")
    outlines = Outlines(maps)
    shared: dict[str, object] = {"release": release, "facts": facts, "audit": "../audit/"}
    with duckdb.connect(str(db), read_only=True) as connection:
        missing = missing_counties(facts, county_years(connection))
        shared["checks"] = _check_table(connection)
        rulesets = _rulesets(connection)
        pages = list(_pages(connection, facts, missing, rulesets))
        counties = newest_counties(connection)
        _newest(connection, counties)
        rows = MorningRows(connection, ReleaseChanges(connection, before, counties, rulesets))
        for page in pages:
            if page.blocks:
                page.morning = rows.morning(page, rulesets[page.blocks[0].ruleset_id], facts)
        corrected = corrections(connection)
        alone = "index.html" if len(pages) == 1 else None
        shared["has_figures"] = len(counties) <= _settings().figure_pages_up_to_counties
        figures = {}
        if shared["has_figures"]:
            figures = write_figure_pages(connection, counties, rulesets, corrected, shared, out_dir, alone)
        areas = _write_nouns(connection, pages, figures, listed, shared, out_dir, alone, outlines)
        (out_dir / SCRIPT).write_text(english_script(connection), encoding="utf-8")
    shared["corrections"] = corrections_listed(corrected)
    deliveries = all_deliveries(facts, missing)
    if len(pages) == 1:
        deliveries.missing += [listed for listed in pages[0].deliveries.missing if listed.table != "dim_county"]
        pages[0].deliveries = deliveries
        index = county.render(page=pages[0], alone=True, papers=listed.get(pages[0].code, ()), **shared)
    else:
        for page in pages:
            of_county = corrections_listed([row for row in corrected if row["county_code"] == page.code])
            (out_dir / f"{page.code}.html").write_text(
                county.render(page=page, alone=False, papers=listed.get(page.code, ()), **shared | {"corrections": of_county}),
                encoding="utf-8",
            )
        index = (
            environment().get_template("index.html.j2").render(overviews=overviews(pages), came=deliveries, areas=areas, **shared)
        )
    (out_dir / "index.html").write_text(index, encoding="utf-8")
