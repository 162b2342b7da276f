"""A figure, requirement or verdict of a county, derived again from what it rests on, down to the cells of the originals.

A coefficient is computed a second time from the schools' figures, and these from their cells (``county_figure``). The
amounts of a requirement come from the project's own models, built anew over the nights of the release; those that schools add
up to are summed once more from the cells (``county_requirement``). A verdict is folded again from its parts (``county_verdict``).
What disagrees with the release is a problem and told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import duckdb

from junheng.core.home import Home
from junheng.core.sql import identifier, records
from publish.release.release import Release
from publish.tables.artifacts import MARTS
from publish.tables.reading import rows_as
from publish.tables.rows import DimCounty, FctCountyIndicator, FctCountyRequirement, FctCountyVerdict
from publish.trust.county_figure import CountyFigure, county_figures
from publish.trust.county_requirement import ExplainedRequirement, requirements
from publish.trust.county_verdict import ExplainedVerdict, folded_verdict
from publish.trust.delivered import settings
from publish.trust.question import NotFound, Question, find_county, fits

VERDICT = "verdict"
"""What the overall verdict is asked by."""

FigureT = TypeVar("FigureT", FctCountyIndicator, FctCountyRequirement, FctCountyVerdict)

Found = CountyFigure | ExplainedRequirement | ExplainedVerdict


def explain_county(home: Home, release: Release, question: Question) -> Sequence[Found]:
    """Derive what a question without a school asks for. Raises NotFound, CannotDerive."""
    with duckdb.connect(str(release.database), read_only=True) as marts:
        county = find_county(marts, question)
        kind, code = _find(marts, question.indicator)
        if kind == VERDICT:
            return [
                folded_verdict(marts, county, row)
                for row in _asked(marts, FctCountyVerdict, "fct_county_verdict", county, question, {})
            ]
        if kind == "indicator":
            rows = _asked(
                marts,
                FctCountyIndicator,
                "fct_county_indicator",
                county,
                question,
                {"indicator_code": code, "stage": question.stage},
            )
            return county_figures(home, release, marts, county, rows, recompute=question.recompute)
        # a requirement has parts, and some of them are stages
        parts = _asked(marts, FctCountyRequirement, "fct_county_requirement", county, question, {"requirement_code": code})
        staged = [row for row in parts if row["part"] == question.stage]
        return requirements(home, release, marts, county, staged or parts, recompute=question.recompute)


def _find(marts: duckdb.DuckDBPyConnection, asked: str) -> tuple[str, str]:
    """Whether an indicator, a requirement or the verdict is asked for, and its code. Raises NotFound."""
    names = [("verdict", VERDICT, name) for name in settings().verdict_names]
    for kind, table, column in (("indicator", "dim_indicator", "indicator"), ("requirement", "dim_requirement", "requirement")):
        name_column = "name_zh" if kind == "indicator" else "indicator_name_zh"
        condition = "where block = 'resource'" if kind == "indicator" else ""
        query = f"select distinct {column}_code as code, {name_column} as name from {MARTS}.{table} {condition} order by all"
        for row in records(marts, query):
            names += [(kind, row["code"], row["code"]), (kind, row["code"], row["name"] or "")]
    for kind, code, name in names:
        if name and name.casefold() == asked.casefold():
            return kind, code
    known = dict.fromkeys(f"{code} {name}" for kind, code, name in names if name != code and kind != "verdict")
    near = [text for text in known if asked.casefold() in text.casefold()]
    raise NotFound("indicator", asked, near or known)


def _asked(
    marts: duckdb.DuckDBPyConnection,
    row_type: type[FigureT],
    table: str,
    county: DimCounty,
    question: Question,
    more: dict[str, str | None],
) -> list[FigureT]:
    """Rows of a county's table that fit the question. Raises NotFound with those that are there."""
    of_county = rows_as(
        marts,
        row_type,
        f"select * from {MARTS}.{identifier(table)} where county_code = ? and school_year = ? order by all",
        *(county["county_code"], county["school_year"]),
    )
    wanted: dict[str, str | None] = {"ruleset_id": question.ruleset, **more}
    whole = {name: value for name, value in more.items() if name != "stage"}
    first = [row for row in of_county if fits(row, whole)]
    fitting = [row for row in first if fits(row, wanted)]
    if not fitting:
        values = [dict[str, object](row) for row in first]
        there = dict.fromkeys(" ".join(str(row[name]) for name in wanted if name in row) for row in values)
        raise NotFound("county_figure", " ".join(value for value in (question.indicator, *wanted.values()) if value), there)
    return fitting
