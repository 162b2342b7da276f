"""``junheng growth``: value added by a county's own tests, from a release; nothing is published."""

from __future__ import annotations

from pathlib import Path

import duckdb
from rich.console import Console

from junheng.core.home import Home
from junheng.core.sql import records, scalar
from junheng.core.wrapping import say_line
from planning.growth.county_growth import ABOVE, BELOW, WITHHELD, growth_form, read_growth
from planning.growth.growth_book import groups_of, write_growth_book, write_growth_json
from planning.simulation import NothingPublished, NotSimulated, base_told, folder_for
from publish.words.unit_costs import UnitCostsUnusable

DONE, NOTHING_TO_COMPARE, USAGE, NOTHING = 0, 1, 2, 4
"""Exit codes of ``junheng growth``: estimated, no pupils with two tests, wrong use, no release yet."""
_COUNTY = "select county_name from marts.dim_county where county_code = ? order by school_year desc limit 1"
_SCHOOLS = "select school_code, school_name from marts.dim_school where county_code = ? order by school_year"
_SUBJECTS = "select code, label_zh from marts.dim_code where list = 'subject'"
_LEAST = "select cast(value as integer) from seeds.assessment_settings where setting = 'min_pupils'"


def run(path: Path, county_code: str, out: Path, console: Console) -> int:
    """Write ``growth.xlsx`` and ``growth.json``. Returns the exit code."""
    home, texts = Home(path), growth_form().texts
    try:
        place = folder_for(home, out)
        with base_told(home, place, console) as base:
            with duckdb.connect(str(base.database), read_only=True) as connection:
                county = records(connection, _COUNTY, county_code)
                if not county:
                    say_line(console, texts["no_county"].format(county=county_code))
                    return USAGE
                grown = read_growth(connection, county_code)
                schools = {
                    row["school_code"]: row["school_name"] or row["school_code"]
                    for row in records(connection, _SCHOOLS, county_code)
                }
                subjects = {row["code"]: row["label_zh"] for row in records(connection, _SUBJECTS)}
                least = int(scalar(connection, _LEAST))
            release = base.release
    except (NotSimulated, UnitCostsUnusable) as error:
        say_line(console, str(error))
        return NOTHING if isinstance(error, NothingPublished) else USAGE
    name = county[0]["county_name"] or county_code
    write_growth_book(grown, name, schools, subjects, least, release.release_id, release.created_at, place)
    write_growth_json(grown, county_code, release.release_id, place)
    for reason in grown.reasons:
        say_line(console, reason)
    if grown.subjects:
        counts = groups_of(grown)
        shown = {"above": counts[ABOVE], "below": counts[BELOW], "withheld": counts[WITHHELD]}
        say_line(console, texts["done"].format(release=release.release_id, tests=len(grown.subjects), **shown))
    say_line(console, texts["written"].format(out=place))
    return DONE if grown.subjects else NOTHING_TO_COMPARE
