"""What is asked for, and what of a release it means: county, school, indicator."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from publish.tables.artifacts import MARTS
from publish.tables.reading import rows_as
from publish.tables.rows import DimCounty, DimIndicator, DimSchool

Row = dict[str, Any]
"""A row of a model that promises no columns."""


class NotFound(ValueError):
    """The county, school, indicator, stage or rule set asked for is not in the release."""

    def __init__(self, what: str, asked: str, near: Iterable[str]) -> None:
        super().__init__(what)
        self.what = what
        """``county``, ``year``, ``school``, ``ambiguous``, ``indicator``, ``figure``"""
        self.asked = asked
        self.near = list(near)


@dataclass(frozen=True)
class Question:
    """What is asked for: a figure of one school; without a school a figure, requirement or verdict of the county."""

    county: str
    school: str | None
    indicator: str
    school_year: int | None = None
    ruleset: str | None = None
    stage: str | None = None
    recompute: bool = False
    """Build the models again, even where those of the build are kept."""


def _near(asked: str, known: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(asked, list(dict.fromkeys(known)), n=5, cutoff=0.4)


def fits(row: Mapping[str, object], asked: Mapping[str, object]) -> bool:
    """Whether a row has what is asked for; None: whatever it has."""
    return all(value in (None, row[name]) for name, value in asked.items())


def find_county(marts: duckdb.DuckDBPyConnection, question: Question) -> DimCounty:
    """The row of ``dim_county`` that is asked for, of the newest year unless one is named. Raises NotFound."""
    counties = rows_as(marts, DimCounty, f"select * from {MARTS}.dim_county order by school_year desc, county_code")
    fitting = [row for row in counties if question.county in (row["county_code"], row["county_name"])]
    if not fitting:
        known = dict.fromkeys(f"{row['county_code']} {row['county_name']}" for row in counties)
        near = _near(question.county, [row["county_name"] or "" for row in counties] + [row["county_code"] for row in counties])
        raise NotFound("county", question.county, [text for text in known if set(text.split(" ", 1)) & set(near)])
    years = [row for row in fitting if question.school_year in (None, row["school_year"])]
    if not years:
        raise NotFound("year", str(question.school_year), [str(row["school_year"]) for row in fitting])
    return years[0]


def find_school(marts: duckdb.DuckDBPyConnection, question: Question) -> tuple[DimCounty, DimSchool]:
    """The rows of ``dim_county`` and ``dim_school`` that are asked for. Raises NotFound."""
    county = find_county(marts, question)
    asked = question.school or ""
    schools = rows_as(
        marts,
        DimSchool,
        f"select * from {MARTS}.dim_school where county_code = ? and school_year = ? order by school_code",
        county["county_code"],
        county["school_year"],
    )
    fitting = [row for row in schools if asked in (row["school_code"], row["school_name"])]
    names = {row["school_code"]: f"{row['school_code']} {row['school_name']}" for row in schools}
    if len(fitting) > 1:
        raise NotFound("ambiguous", asked, [names[row["school_code"]] for row in fitting])
    if not fitting:
        near = _near(asked, [row["school_name"] or "" for row in schools] + list(names))
        listed = [names[row["school_code"]] for n in near for row in schools if n in (row["school_name"], row["school_code"])]
        raise NotFound("school", asked, dict.fromkeys(listed))
    return county, fitting[0]


def find_indicator(marts: duckdb.DuckDBPyConnection, asked: str) -> str:
    """Code of the indicator of resources that is asked for by code or name. Raises NotFound."""
    rows = rows_as(
        marts,
        DimIndicator,
        f"""
        select distinct indicator_code, name_zh, name_en from {MARTS}.dim_indicator
        where block = 'resource' and not is_composite order by all
        """,
    )
    for row in rows:
        if asked.casefold() in (row["indicator_code"].casefold(), row["name_zh"], (row["name_en"] or "").casefold()):
            return str(row["indicator_code"])
    near = _near(asked, [row["name_zh"] for row in rows])
    chosen = [row for row in rows if row["name_zh"] in near] or rows
    raise NotFound("indicator", asked, [f"{row['indicator_code']} {row['name_zh']}" for row in chosen])
