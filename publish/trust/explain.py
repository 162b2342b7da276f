"""A published figure, derived again from the cells of the archived originals.

Which rows are in force, which units fold into a school and what an empty cell counts for is not told a second time in Python:
the project's own dbt models say it (``lineage``), so the derivation cannot drift from them. What follows them, cells to value to
verdict, is on purpose computed a second time (``derivation``), in fractions, from the text found in the originals: it has to
agree with the release, or the figure is not shown as explained.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict

import duckdb

from junheng.core.home import Home
from publish.release.release import Release
from publish.tables.artifacts import MARTS
from publish.tables.reading import rows_as
from publish.tables.rows import DimCode, DimCounty, DimIndicator, DimSchool, DimSchoolScope, FctSchoolIndicator
from publish.trust.derivation import CENSUS, Derivation, Deriver
from publish.trust.exact import compares_rounded
from publish.trust.lineage import in_force
from publish.trust.originals import File
from publish.trust.question import NotFound, Question, find_indicator, find_school, fits


class CheckTally(TypedDict):
    """Results of a check that ended in one way."""

    title_zh: str
    title_en: str
    status: str
    n: int


@dataclass(frozen=True)
class OutOfScope:
    """Why a school has no figure in a stage."""

    county_name: str
    school_name: str
    school_code: str
    school_year: int
    stages: list[tuple[str, str]]
    """Stage and reason, in Chinese and English by the caller's language."""
    main_school: tuple[str, str] | None


def explain(home: Home, release: Release, question: Question, language: str = "zh") -> list[Derivation] | OutOfScope:
    """Derive the figures a question asks for. Raises NotFound, CannotDerive."""
    with duckdb.connect(str(release.database), read_only=True) as marts:
        county, school = find_school(marts, question)
        code = find_indicator(marts, question.indicator)
        figures = _figures(marts, question, school, code)
        if not figures:
            return _out_of_scope(marts, question, county, school, code, language)
        indicators = {
            (row["ruleset_id"], row["indicator_code"], row["stage"]): row
            for row in rows_as(marts, DimIndicator, f"select * from {MARTS}.dim_indicator")
        }
        undetermined = _undetermined(marts, school)
        by_rounded = compares_rounded(marts)
    with in_force(home, release, recompute=question.recompute) as built:
        deriver = Deriver(home, built, county, school)
        return [
            deriver.derive(
                row,
                indicators[row["ruleset_id"], row["indicator_code"], row["stage"]],
                is_undetermined=(row["ruleset_id"], row["stage"]) in undetermined,
                compares_rounded=row["ruleset_id"] in by_rounded,
            )
            for row in figures
        ]


def checks(release: Release, files: Iterable[File]) -> list[CheckTally]:
    """Results of the checks of these files, and of the census as a whole: titles, ``status``, how many times (``n``).

    Without those of the second engine, which asks the same again.
    """
    with duckdb.connect(str(release.database), read_only=True) as marts:
        return rows_as(
            marts,
            CheckTally,
            f"""
            select
                coalesce(min(checks.title_zh), results.check_id) as title_zh,
                coalesce(min(checks.title_en), results.check_id) as title_en,
                results.status, count(*) as n
            from {MARTS}.aud_check_result as results
            left join {MARTS}.dim_check as checks using (source, check_id)
            where results.source = ? and (results.submission_id is null or list_contains(?, results.submission_id))
                and results.engine not in ('gx', 'gx_sql')
            group by results.check_id, results.status order by results.status, results.check_id
            """,
            *(CENSUS, [file.submission_id for file in files]),
        )


def relaxed(release: Release, codes: str, language: str) -> str:
    """The relaxations (codes with ``;`` between them) that a verdict rests on, in words."""
    with duckdb.connect(str(release.database), read_only=True) as marts:
        known = rows_as(marts, DimCode, f"select code, label_zh, label_en from {MARTS}.dim_code where list = 'relaxation'")
    labels = {row["code"]: row["label_zh" if language == "zh" else "label_en"] for row in known}
    return ("、" if language == "zh" else "; ").join(labels.get(code, code) for code in codes.split(";"))


def _figures(marts: duckdb.DuckDBPyConnection, question: Question, school: DimSchool, code: str) -> list[FctSchoolIndicator]:
    figures = rows_as(
        marts,
        FctSchoolIndicator,
        f"""
        select figures.* from {MARTS}.fct_school_indicator as figures
        inner join {MARTS}.dim_code as stages on stages.list = 'stage' and stages.code = figures.stage
        where county_code = ? and school_year = ? and school_code = ? and indicator_code = ?
        order by ruleset_id, stages.display_order
        """,
        *(school["county_code"], school["school_year"], school["school_code"]),
        code,
    )
    asked = {"ruleset_id": question.ruleset, "stage": question.stage}
    wanted = [row for row in figures if fits(row, asked)]
    if figures and not wanted:
        there = dict.fromkeys(f"{row['ruleset_id']} {row['stage']}" for row in figures)
        raise NotFound("figure", " ".join(value for value in asked.values() if value), there)
    return wanted


def _undetermined(marts: duckdb.DuckDBPyConnection, school: DimSchool) -> set[tuple[str, str]]:
    """Rule sets and stages in which it is open whether the school is in scope."""
    rows = rows_as(
        marts,
        DimSchoolScope,
        f"""
        select ruleset_id, stage from {MARTS}.dim_school_scope
        where county_code = ? and school_year = ? and school_code = ? and block = 'resource' and is_undetermined
        """,
        *(school["county_code"], school["school_year"], school["school_code"]),
    )
    return {(row["ruleset_id"], row["stage"]) for row in rows}


def _out_of_scope(
    marts: duckdb.DuckDBPyConnection, question: Question, county: DimCounty, school: DimSchool, code: str, language: str
) -> OutOfScope:
    label = "label_zh" if language == "zh" else "label_en"
    rows = rows_as(
        marts,
        DimSchoolScope,
        f"""
        select scope.stage, coalesce(codes.{label}, scope.reason) as reason
        from {MARTS}.dim_school_scope as scope
        inner join {MARTS}.dim_code as stages on stages.list = 'stage' and stages.code = scope.stage
        left join {MARTS}.dim_code as codes on codes.list = 'scope_reason' and codes.code = scope.reason
        where scope.county_code = ? and scope.school_year = ? and scope.school_code = ? and scope.reason is not null
            and scope.ruleset_id in (select ruleset_id from {MARTS}.dim_indicator where indicator_code = ?)
        group by scope.stage, codes.{label}, scope.reason
        order by min(stages.display_order)
        """,
        *(school["county_code"], school["school_year"], school["school_code"]),
        code,
    )
    main = None
    if school["folded_into_school_code"]:
        main_schools = rows_as(
            marts,
            DimSchool,
            f"select * from {MARTS}.dim_school where county_code = ? and school_year = ? and school_code = ?",
            school["county_code"],
            school["school_year"],
            school["folded_into_school_code"],
        )
        main = (main_schools[0]["school_code"], main_schools[0]["school_name"])
    stages = [(row["stage"], row["reason"] or "") for row in rows if question.stage in (None, row["stage"])]
    return OutOfScope(county["county_name"], school["school_name"], school["school_code"], school["school_year"], stages, main)
