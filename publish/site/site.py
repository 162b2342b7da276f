"""The morning page (晨报): static, offline HTML beside the data of a release.

``index.html`` is the page of the county, or with several counties a table of all that leads to ``<county>.html``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from publish.build.facts import NightFacts
from publish.site.deliveries import MissingCounty, all_deliveries, county_deliveries, missing_counties, missing_schools
from publish.site.figures import write_figure_pages
from publish.site.model import CheckCount, CountyPage
from publish.site.page import corrections_listed, county_page, overviews
from publish.tables.reading import CountyYear, check_counts, corrections, county_years, figures, indicators, newest_counties
from publish.words.environment import environment
from publish.words.seeds import rulesets_by_id
from publish.words.texts import texts

_SETTINGS = Path(__file__).with_name("site.yml")
_CHUNK = 100
"""Counties whose rows are held in memory together."""


@lru_cache(maxsize=1)
def _settings() -> dict[str, int]:
    return dict(yaml.safe_load(_SETTINGS.read_text(encoding="utf-8")))


def _check_table(connection: duckdb.DuckDBPyConnection) -> list[CheckCount]:
    said = texts()
    by_engine: dict[str, dict[str, int]] = defaultdict(dict)
    for row in check_counts(connection):
        by_engine[row["engine"]][row["status"]] = row["n"]
    engines = [*(e for e in said["engines"] if e in by_engine), *sorted(set(by_engine) - set(said["engines"]))]
    return [
        CheckCount(
            said["engines"].get(engine, engine),
            sum(by_engine[engine].values()),
            [(label, by_engine[engine].get(status, 0)) for status, label in said["check_statuses"].items()],
        )
        for engine in engines
    ]


def _pages(connection: duckdb.DuckDBPyConnection, facts: NightFacts, missing: list[MissingCounty]) -> Iterator[CountyPage]:
    counties = newest_counties(connection)
    newest = max((county.year for county in counties), default=0)
    known = indicators(connection)
    used = {ruleset_id for ruleset_id, _, _ in known}
    rulesets = [name for name in rulesets_by_id() if name in used] + sorted(used - set(rulesets_by_id()))
    for start in range(0, len(counties), _CHUNK):
        chunk: Sequence[CountyYear] = counties[start : start + _CHUNK]
        found = figures(connection, chunk)
        for county in chunk:
            lacking = missing_schools(county.year, list(found.withheld[county.code]), found.gone[county.code])
            came = county_deliveries(facts, missing, county.code, lacking)
            yield county_page(county, newest, rulesets, found, known, came)


def write_site(db: Path, facts: NightFacts, release: Mapping[str, Any], out_dir: Path) -> None:
    """Write the pages of a release. ``release`` is its manifest: id, creation time."""
    out_dir.mkdir(parents=True)
    county = environment().get_template("county.html.j2")
    shared: dict[str, Any] = {"release": release, "facts": facts, "audit": "../audit/"}
    with duckdb.connect(str(db), read_only=True) as connection:
        missing = missing_counties(facts, county_years(connection))
        shared["checks"] = _check_table(connection)
        pages = list(_pages(connection, facts, missing))
        corrected = corrections(connection)
        alone = "index.html" if len(pages) == 1 else None
        counties = newest_counties(connection)
        shared["has_figures"] = len(counties) <= _settings()["figure_pages_up_to_counties"]
        if shared["has_figures"]:
            write_figure_pages(connection, counties, indicators(connection), corrected, shared, out_dir, alone)
    shared["corrections"] = corrections_listed(corrected)
    came = all_deliveries(facts, missing)
    if len(pages) == 1:
        came.missing += [listed for listed in pages[0].deliveries.missing if listed.table != "dim_county"]
        pages[0].deliveries = came
        index = county.render(page=pages[0], alone=True, **shared)
    else:
        for page in pages:
            own = corrections_listed([row for row in corrected if row["county_code"] == page.code])
            (out_dir / f"{page.code}.html").write_text(
                county.render(page=page, alone=False, **shared | {"corrections": own}), encoding="utf-8"
            )
        index = environment().get_template("index.html.j2").render(overviews=overviews(pages), came=came, **shared)
    (out_dir / "index.html").write_text(index, encoding="utf-8")
