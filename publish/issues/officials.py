"""Names of officials, joined to issues when a workbook is written and nowhere else.

Who holds a post stands in the restricted duty register, ``<home>/restricted/duty_register.csv`` (:func:`columns`). The posts of a
school come from the accepted lists of ``responsibility``. Neither enters a mart.
"""

from __future__ import annotations

import csv
import stat
from collections.abc import Mapping
from glob import escape
from typing import Any

import duckdb

from ingest.schema.source import load_source
from junheng.core.deliveries import create_deliveries
from junheng.core.home import Home
from junheng.core.sql import create_models, literal, records
from publish.words.texts import texts
from publish.words.units import UnitNames

_POSTS = ("inspector_post", "leader_post", "contact_post", "inspection_area")
_SOURCE = "responsibility"
_LISTS = f"""
select county_code, submission_id from int_ledger__coverage_in_force
where source = '{_SOURCE}' order by school_year, submission_id desc
"""
"""Lists in force; what a later school year says of a school counts."""
_ROWS = f"""
select school_code, {", ".join(_POSTS)} from read_parquet(?) as listed
where county_code = ? and not exists (
    select 1 from int_ledger__left_out_row as left_out
    where left_out.submission_id = ? and left_out.row_number = listed._row and left_out.sheet is not distinct from listed._sheet
)
"""


def columns() -> list[str]:
    """Columns of the duty register."""
    return list(texts()["duty_register"]["header"])


class RegisterUnusable(ValueError):
    """The duty register cannot be used: ``open`` (others may read it) or ``columns`` (not the four of :func:`columns`)."""


class Officials:
    """Who answers for an issue."""

    def __init__(self, home: Home) -> None:
        self._units = UnitNames(home)
        self._names = _register(home, self._units)
        self._posts = posts_of_schools(home)

    def of_unit(self, county: str, units: str | None, post: str) -> str:
        """Holders of a post in each of the units (joined with ``;``); empty where the register does not say."""
        holders = [self._names.get((county, self._units.name(county, unit), post), "") for unit in (units or "").split(";")]
        return "、".join(dict.fromkeys(filter(None, holders)))

    def of_post(self, county: str, post: str | None) -> str:
        """Holder of a post, whatever the unit; else nothing."""
        held = [name for (area, _, held), name in self._names.items() if (area, held) == (county, post)]
        return "、".join(dict.fromkeys(held))

    def of_school(self, county: str, school: str | None, kind: str) -> str:
        """The post that answers for a school (``inspector_post``, ``leader_post`` or ``contact_post``) and who holds it."""
        post = self._posts.get((county, school or ""), {}).get(kind)
        return " ".join(filter(None, (post, self.of_post(county, post)))) if post else ""


def _register(home: Home, units: UnitNames) -> dict[tuple[str, str, str], str]:
    path = home.duty_register
    if not path.exists():
        return {}
    if stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise RegisterUnusable("open")
    with open(path, encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        if set(columns()) - set(reader.fieldnames or ()):
            raise RegisterUnusable("columns")
        rows = [tuple((row[name] or "").strip() for name in columns()) for row in reader]
    return {(county, units.name(county, unit), post): name for county, unit, post, name in rows}


def posts_of_schools(home: Home) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Posts and inspection area of each school by county and school, of the lists in force."""
    posts: dict[tuple[str, str], Mapping[str, Any]] = {}
    with duckdb.connect() as connection:
        create_deliveries(connection, home)
        supersedes = literal(load_source(_SOURCE).supersedes)
        connection.execute(f"create temp view stg_run__source as select {literal(_SOURCE)} as source, {supersedes} as supersedes")
        create_models(connection, "int_ledger__county_base", "int_ledger__coverage_in_force", "int_ledger__left_out_row")
        for row in records(connection, _LISTS):
            path = home.bronze_file(_SOURCE, row["submission_id"])
            for school in records(connection, _ROWS, escape(str(path)), row["county_code"], row["submission_id"]):
                posts[row["county_code"], school["school_code"]] = school
    return posts
