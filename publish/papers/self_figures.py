"""What a 自评报告 is made of, read from the marts of a release for a county and rule set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from junheng.core.printable import row_in_paper
from publish.papers.self_report_texts import texts
from publish.tables.reading import CountyYear, read
from publish.tables.rows import (
    DimCode,
    DimIndicator,
    FctCountyIndicator,
    FctCountyRequirement,
    FctIssue,
    FctProject,
    RptCountyScorecard,
    RptForm1,
    RptForm3,
    RptForm4,
    RptForm5,
    RptForm6,
    RptForm21,
)

TABLES = (
    *("dim_code", "dim_indicator", "dim_requirement", "dim_ruleset", "fct_county_indicator", "fct_county_requirement"),
    *("fct_issue", "fct_project", "rpt_county_scorecard", "rpt_form_1", "rpt_form_2_1", "rpt_form_2_2"),
    *("rpt_form_3", "rpt_form_4", "rpt_form_5", "rpt_form_6"),
)
"""Marts that it reads."""


class ReportedScorecard(RptCountyScorecard):
    """A county and rule set with the name of the rule set."""

    ruleset_name_zh: str


class ToldRequirement(FctCountyRequirement):
    """A part of a requirement with its name."""

    name_zh: str


@dataclass(frozen=True)
class JudgedItem:
    """A requirement with all its parts."""

    code: str
    name: str
    conclusion: str
    verdict: str | None


@dataclass(frozen=True)
class YearlyCoefficient:
    """A difference coefficient of a stage, in all years."""

    code: str
    name: str
    stage: str
    years: dict[int, FctCountyIndicator]
    standard: DimIndicator


@dataclass
class SelfFigures:
    """All of a report."""

    county: CountyYear
    ruleset_zh: str
    year_label: str
    scorecard: ReportedScorecard
    labels: dict[tuple[str, str], str]
    basics: list[RptForm1]
    shares: dict[tuple[str, str], RptForm21]
    """By stage and line."""
    form_3: dict[tuple[str, str], RptForm3]
    """By stage and measure."""
    coefficients: list[YearlyCoefficient]
    items: dict[str, list[JudgedItem]]
    """Requirements by block, in the order of the form."""
    preconditions: list[JudgedItem]
    vetoes: list[JudgedItem]
    social: list[JudgedItem]
    survey: list[RptForm6]
    projects: list[FctProject]
    issues: list[FctIssue]


def read_self_figures(connection: duckdb.DuckDBPyConnection, county: CountyYear) -> list[SelfFigures]:
    """Figures of a county in its newest year under each rule set that has 表Ⅱ-2."""
    scorecards = read(
        connection,
        ReportedScorecard,
        """
        select scorecards.*, rulesets.name_zh as ruleset_name_zh
        from marts.rpt_county_scorecard as scorecards
        inner join marts.dim_ruleset as rulesets using (ruleset_id)
        where (county_code, school_year, ruleset_id) in (
            select (county_code, school_year, ruleset_id) from marts.rpt_form_2_2 where county_code = ? and school_year = ?
        )
        order by ruleset_id
        """,
        county.code,
        county.year,
    )
    return [_of_ruleset(connection, county, row_in_paper(scorecard)) for scorecard in scorecards]


def _of_ruleset(connection: duckdb.DuckDBPyConnection, county: CountyYear, scorecard: ReportedScorecard) -> SelfFigures:
    of_year, of_rules = (
        "where county_code = ? and school_year = ?",
        "where county_code = ? and school_year = ? and ruleset_id = ?",
    )
    year = (county.code, county.year)
    key = (*year, scorecard["ruleset_id"])
    shares = read(connection, RptForm21, f"from marts.rpt_form_2_1 {of_rules}", *key)
    lines = read(connection, RptForm3, f"from marts.rpt_form_3 {of_rules}", *key)
    government = read(connection, RptForm4, f"from marts.rpt_form_4 {of_rules} order by display_order", *key)
    quality = read(connection, RptForm5, f"from marts.rpt_form_5 {of_rules} order by display_order", *key)
    others = read(
        connection,
        ToldRequirement,
        """
        select figures.*, requirements.name_zh
        from marts.fct_county_requirement as figures
        inner join marts.dim_requirement as requirements using (ruleset_id, requirement_code, part)
        where county_code = ? and school_year = ? and ruleset_id = ?
        order by display_order
        """,
        *key,
    )
    codes = read(connection, DimCode, "from marts.dim_code")
    verdicts: Mapping[str, object] = scorecard
    return SelfFigures(
        county=county,
        ruleset_zh=scorecard["ruleset_name_zh"],
        year_label=scorecard["school_year_label"],
        scorecard=scorecard,
        labels={(row["list"], row["code"]): row["label_zh"] for row in codes},
        basics=read(connection, RptForm1, f"from marts.rpt_form_1 {of_year} order by line_order", *year),
        shares={(row["stage"], row["line"]): row for row in shares},
        form_3={(row["stage"], row["measure"]): row for row in lines},
        coefficients=_coefficients(connection, county, str(scorecard["ruleset_id"])),
        items={"government": _items(government, verdicts), "quality": _items(quality, verdicts)},
        preconditions=[_item(row) for row in others if row["block"] == "precondition"],
        vetoes=[_item(row) for row in others if row["block"] == "veto"],
        social=[_item(row) for row in others if row["block"] == "social"],
        survey=read(connection, RptForm6, f"from marts.rpt_form_6 {of_rules} order by line_order", *key),
        projects=[
            row_in_paper(row)
            for row in read(connection, FctProject, f"from marts.fct_project {of_year} order by project_no", *year)
        ],
        issues=read(connection, FctIssue, "from marts.fct_issue where county_code = ? order by opened_at, issue_id", county.code),
    )


def _items(rows: Iterable[RptForm4] | Iterable[RptForm5], verdicts: Mapping[str, object]) -> list[JudgedItem]:
    """Items of a form, each with its parts; the verdict on all parts is that of the scorecard."""
    by_code: dict[str, list[RptForm4 | RptForm5]] = {}
    for row in rows:
        by_code.setdefault(row["requirement_code"], []).append(row)
    items = []
    for code, parts in by_code.items():
        verdict = verdicts.get(f"{code.lower()}_verdict")
        conclusion = texts().separator.join(row_in_paper(part)["conclusion_zh"] for part in parts)
        items.append(JudgedItem(code, parts[0]["indicator_name_zh"], conclusion, str(verdict) if verdict else None))
    return items


def _item(requirement: ToldRequirement) -> JudgedItem:
    row = row_in_paper(requirement)
    return JudgedItem(row["requirement_code"], row["name_zh"], row["conclusion_zh"], row["verdict"])


def _coefficients(connection: duckdb.DuckDBPyConnection, county: CountyYear, ruleset_id: str) -> list[YearlyCoefficient]:
    """Coefficients with a limit, by indicator and stage."""
    rows = read(
        connection,
        FctCountyIndicator,
        "from marts.fct_county_indicator where county_code = ? and ruleset_id = ? and difference_limit is not null "
        "order by school_year",
        county.code,
        ruleset_id,
    )
    years: dict[tuple[str, str], dict[int, FctCountyIndicator]] = {}
    for row in rows:
        years.setdefault((row["indicator_code"], row["stage"]), {})[row["school_year"]] = row
    indicators = read(
        connection, DimIndicator, "from marts.dim_indicator where ruleset_id = ? order by indicator_code, stage desc", ruleset_id
    )
    return [
        YearlyCoefficient(indicator["indicator_code"], indicator["name_zh"], indicator["stage"], years[key], indicator)
        for indicator in indicators
        if county.year in years.get(key := (indicator["indicator_code"], indicator["stage"]), {})
    ]
