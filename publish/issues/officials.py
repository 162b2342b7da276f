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

from junheng.core.home import Home
from junheng.core.ledger import Ledger
from junheng.core.sql import records
from publish.words.texts import texts
from publish.words.units import UnitNames

_POSTS = ("inspector_post", "leader_post", "contact_post")
_IN_FORCE = """
with judged as (
    select submission_id, delivery_night, night, status from submissions
    qualify row_number() over (partition by submission_id, delivery_night order by night desc) = 1
),

accepted as (
    select submission_id, delivery_night, night from judged where status = 'accepted'
    qualify row_number() over (partition by submission_id order by delivery_night desc) = 1
)

select coverage.county_code, coverage.submission_id, accepted.night
from coverage inner join accepted using (submission_id, delivery_night, night)
where coverage.source = 'responsibility'
qualify row_number() over (
    partition by coverage.county_code order by coverage.school_year desc, accepted.delivery_night desc, coverage.submission_id
) = 1
"""
_ROWS = f"""
select school_code, {", ".join(_POSTS)} from read_parquet(?) as listed
where county_code = ? and not exists (
    select 1 from quarantined_rows as aside
    where aside.submission_id = ? and aside.night = ? and aside."row" = listed._row
        and aside.sheet is not distinct from listed._sheet
)
"""
"""Rows of a list that were not set aside when it was accepted."""


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
        self._posts = _posts_of_schools(home)

    def of_unit(self, county: str, units: str | None, post: str) -> str:
        """Holders of a post in each of the units (joined with ``;``); empty where the register does not say."""
        found = [self._names.get((county, self._units.name(county, unit), post), "") for unit in (units or "").split(";")]
        return "、".join(dict.fromkeys(filter(None, found)))

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


def _posts_of_schools(home: Home) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Posts of each school by county and school, from the list in force of each county."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    with duckdb.connect() as connection:
        for name in ("coverage", "submissions", "quarantined_rows"):
            connection.register(name, Ledger(home).table(name))
        for row in records(connection, _IN_FORCE):
            path = home.bronze_file("responsibility", row["submission_id"])
            asked = (escape(str(path)), row["county_code"], row["submission_id"], row["night"])
            for school in records(connection, _ROWS, *asked):
                found[row["county_code"], school["school_code"]] = school
    return found
