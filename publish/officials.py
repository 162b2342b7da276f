"""Names of officials, joined to issues when a workbook is written and nowhere else.

Who holds a post stands in the restricted duty register, ``<home>/restricted/duty_register.csv`` (:data:`COLUMNS`). The posts of a
school come from the accepted lists of ``responsibility``. Neither enters a mart.
"""

from __future__ import annotations

import csv
import stat
from collections.abc import Mapping
from typing import Any

import duckdb

from junheng.home import Home
from junheng.ledger import Ledger
from junheng.sql import records

COLUMNS = ("区划代码", "单位", "岗位", "姓名")
_POSTS = ("inspector_post", "leader_post", "contact_post")
_IN_FORCE = """
select county_code, submission_id from coverage where source = 'responsibility'
qualify row_number() over (partition by county_code order by school_year desc, night desc, submission_id) = 1
"""


class RegisterUnusable(ValueError):
    """The duty register cannot be used: ``open`` (others may read it) or ``columns`` (not the four of :data:`COLUMNS`)."""


class Officials:
    """Who answers for an issue."""

    def __init__(self, home: Home) -> None:
        self._names = _register(home)
        self._posts = _posts_of_schools(home)

    def of_unit(self, county: str, units: str | None, post: str) -> str:
        """Holders of a post in each of the units (joined with ``;``); empty where the register does not say."""
        found = [self._names.get((county, unit, post), "") for unit in (units or "").split(";")]
        return "、".join(dict.fromkeys(filter(None, found)))

    def of_post(self, county: str, post: str | None) -> str:
        """Holder of a post, whatever the unit; else nothing."""
        held = [name for (area, _, held), name in self._names.items() if (area, held) == (county, post)]
        return "、".join(dict.fromkeys(held))

    def of_school(self, county: str, school: str | None, kind: str) -> str:
        """The post that answers for a school (``inspector_post``, ``leader_post`` or ``contact_post``) and who holds it."""
        post = self._posts.get((county, school or ""), {}).get(kind)
        return " ".join(filter(None, (post, self.of_post(county, post)))) if post else ""


def _register(home: Home) -> dict[tuple[str, str, str], str]:
    path = home.duty_register
    if not path.exists():
        return {}
    if stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise RegisterUnusable("open")
    with open(path, encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        if set(COLUMNS) - set(reader.fieldnames or ()):
            raise RegisterUnusable("columns")
        rows = [tuple((row[name] or "").strip() for name in COLUMNS) for row in reader]
    return {(county, unit, post): name for county, unit, post, name in rows}


def _posts_of_schools(home: Home) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Posts of each school by county and school, from the list in force of each county."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    with duckdb.connect() as connection:
        connection.register("coverage", Ledger(home).table("coverage"))
        for row in records(connection, _IN_FORCE):
            path = home.bronze_file("responsibility", row["submission_id"])
            query = f"select school_code, {', '.join(_POSTS)} from read_parquet(?) where county_code = ?"
            for school in records(connection, query, str(path), row["county_code"]):
                found[row["county_code"], school["school_code"]] = school
    return found
