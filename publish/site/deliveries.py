"""Received, refused and missing deliveries, for one county or for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ingest.schema.source import load_source
from publish.build.facts import NightFacts, ShownSubmission
from publish.site.model import Deliveries, Listed
from publish.tables.reading import GoneSchool
from publish.words import formats
from publish.words.counties import counties_below
from publish.words.texts import texts

MOST_FILES = 20
MOST_MISSING = 40
MOST_GONE = 30

CountyYears = Mapping[tuple[str, int], str]
"""Names of the counties of the marts by code and school year."""


@dataclass(frozen=True)
class MissingCounty:
    """A county without an accepted census in ``year``; ``before`` is the last year it had one."""

    code: str
    name: str
    year: int
    before: int | None


def missing_counties(facts: NightFacts, present: CountyYears) -> list[MissingCounty]:
    """Counties that should have a census and have none accepted.

    Expected are the counties of every landing folder in its newest year, and those of the marts in the year after their
    last one if other counties have that year.
    """
    newest: dict[str, int] = {}
    for area, year in facts.folders:
        newest[area] = max(year, newest.get(area, year))
    expected = {(code, year): name for area, year in newest.items() for code, name in counties_below(area, year).items()}
    last: dict[str, int] = {}
    for code, year in present:
        last[code] = max(year, last.get(code, year))
    years = set(last.values())
    for code, year in last.items():
        if year + 1 in years:
            expected.setdefault((code, year + 1), present[code, year])
    had: dict[str, list[int]] = defaultdict(list)
    for code, year in present:
        had[code].append(year)
    return [
        MissingCounty(code, name, year, max((y for y in had[code] if y < year), default=None))
        for (code, year), name in sorted(expected.items())
        if (code, year) not in present
    ]


def _missing_lists(missing: Iterable[MissingCounty]) -> list[Listed]:
    words = texts()["deliveries"]
    groups: dict[tuple[int, int | None], list[str]] = defaultdict(list)
    for county in missing:
        groups[county.year, county.before].append(words["name"].format(name=county.name, code=county.code))
    lists = []
    for (year, before), names in sorted(groups.items(), key=lambda item: (-item[0][0], item[0][1] is None)):
        title = words["missing_counties" if before is None else "missing_counties_before"].format(
            count=len(names),
            year=formats.school_year(year),
            before="" if before is None else formats.school_year(before),
        )
        lists.append(_cut(title, names, MOST_MISSING, "dim_county"))
    return lists


def _received(delivery: ShownSubmission) -> tuple[str, str]:
    words = texts()
    source = load_source(delivery.source).title_zh if delivery.source else words["deliveries"]["unknown_source"]
    held = words["deliveries"]["received_row"].format(source=source, rows=delivery.rows)
    counties = {code for code, _ in delivery.counties}
    if len(counties) > 1:
        held += "，" + words["deliveries"]["received_counties"].format(count=len(counties))
    if delivery.rows_aside:
        held += "；" + words["deliveries"]["received_aside"].format(count=delivery.rows_aside, reason=delivery.reason)
    return delivery.file_name, held


def _cut(title: str, names: list[str], most: int, table: str) -> Listed:
    return Listed(title, names[:most], max(len(names) - most, 0), table)


def _deliveries(
    received: list[ShownSubmission], refused: list[ShownSubmission], repeated: list[ShownSubmission], missing: list[Listed]
) -> Deliveries:
    return Deliveries(
        received=[_received(d) for d in received[:MOST_FILES]],
        received_more=max(len(received) - MOST_FILES, 0),
        refused=refused[:MOST_FILES],
        refused_more=max(len(refused) - MOST_FILES, 0),
        repeated=[(d.file_name, d.reason) for d in repeated[:MOST_FILES]],
        repeated_more=max(len(repeated) - MOST_FILES, 0),
        missing=missing,
    )


def all_deliveries(facts: NightFacts, missing: Iterable[MissingCounty]) -> Deliveries:
    """Deliveries of the whole home."""
    return _deliveries(list(facts.received), list(facts.refused), list(facts.repeated), _missing_lists(missing))


def missing_schools(year: int, withheld: list[str], gone: list[GoneSchool]) -> list[Listed]:
    """Schools that only refused files hold, and those of the year before that a county no longer has."""
    words = texts()["deliveries"]
    lists = []
    if withheld:
        lists.append(_cut(words["withheld_schools"].format(count=len(withheld)), withheld, MOST_GONE, "fct_county_indicator"))
    if gone:
        title = words["missing_schools"].format(
            year=formats.school_year(year), before=formats.school_year(year - 1), count=len(gone)
        )
        names = [words["name"].format(name=row["school_name"], code=row["school_code"]) for row in gone]
        lists.append(_cut(title, names, MOST_GONE, "dim_school"))
    return lists


def county_deliveries(facts: NightFacts, missing: Iterable[MissingCounty], county_code: str, schools: list[Listed]) -> Deliveries:
    """Deliveries that concern one county; ``schools`` are those it lacks."""
    return _deliveries(
        [d for d in facts.received if d.concerns(county_code)],
        [d for d in facts.refused if d.concerns(county_code)],
        [d for d in facts.repeated if d.concerns(county_code)],
        _missing_lists(m for m in missing if m.code == county_code) + schools,
    )
