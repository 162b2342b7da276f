"""Received, refused and missing deliveries, for one county or for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from publish import formats
from publish.facts import Delivery, NightFacts
from publish.model import Deliveries, Listed
from publish.reading import Row
from publish.seeds import counties_below
from publish.texts import texts

MOST_FILES = 20
MOST_MISSING = 40
MOST_GONE = 30

CountyYears = Mapping[tuple[str, int], str]
"""Names of the counties of the marts by code and school year."""


def missing_counties(facts: NightFacts, present: CountyYears) -> dict[str, str]:
    """Counties without an accepted census in the newest year of their landing folder, or of the marts: a line each."""
    said = texts()["deliveries"]
    found: dict[str, str] = {}

    def note(code: str, name: str, year: int) -> None:
        before = max((y for c, y in present if c == code and y < year), default=None)
        key = "missing_county" if before is None else "missing_county_before"
        found[code] = said[key].format(
            county=name,
            code=code,
            year=formats.school_year(year),
            before="" if before is None else formats.school_year(before),
        )

    newest: dict[str, int] = {}
    for area, year in facts.folders:
        newest[area] = max(year, newest.get(area, year))
    for area, year in newest.items():
        for code, name in counties_below(area, year).items():
            if (code, year) not in present:
                note(code, name, year)
    years = {year for _, year in present}
    for code, year in present:
        if year + 1 in years and (code, year + 1) not in present and not any(c == code and y > year for c, y in present):
            found.setdefault(code, "")
            if not found[code]:
                note(code, present[code, year], year + 1)
    return dict(sorted(found.items()))


def _received(delivery: Delivery) -> tuple[str, str]:
    said = texts()
    source = said["sources"].get(delivery.source or "unknown", delivery.source)
    held = said["deliveries"]["received_row"].format(source=source, rows=delivery.rows)
    counties = {code for code, _ in delivery.counties}
    if len(counties) > 1:
        held += "，" + said["deliveries"]["received_counties"].format(count=len(counties))
    return delivery.file_name, held


def _cut(lines: Iterable[str], most: int) -> Listed:
    every = list(lines)
    return Listed(every[:most], max(len(every) - most, 0))


def all_deliveries(facts: NightFacts, missing: Mapping[str, str]) -> Deliveries:
    """Deliveries of the whole home."""
    return _deliveries(list(facts.received), list(facts.refused), list(missing.values()))


def county_deliveries(
    facts: NightFacts, missing: Mapping[str, str], county_code: str, year: int, gone: list[Row]
) -> Deliveries:
    """Deliveries that concern one county, and the schools it no longer has."""
    found = _deliveries(
        [d for d in facts.received if d.concerns(county_code)],
        [d for d in facts.refused if d.concerns(county_code)],
        [missing[county_code]] if county_code in missing else [],
    )
    if gone:
        found.gone = _cut((f"{row['school_name']}（{row['school_code']}）" for row in gone), MOST_GONE)
        found.gone_title = texts()["deliveries"]["missing_schools"].format(
            year=formats.school_year(year), before=formats.school_year(year - 1), count=len(gone)
        )
    return found


def _deliveries(received: list[Delivery], refused: list[Delivery], missing: list[str]) -> Deliveries:
    cut = _cut(missing, MOST_MISSING)
    return Deliveries(
        received=[_received(d) for d in received[:MOST_FILES]],
        received_more=max(len(received) - MOST_FILES, 0),
        refused=refused[:MOST_FILES],
        refused_more=max(len(refused) - MOST_FILES, 0),
        missing=cut.shown,
        missing_more=cut.more,
    )
