"""The verdict of a county, folded again from its parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import duckdb

from junheng.core.sql import records
from publish.tables.artifacts import MARTS
from publish.tables.reading import rows_as
from publish.tables.rows import DimCode, DimCounty, DimIndicator, FctCountyRequirement, FctCountyVerdict
from publish.trust.agreement import FOLD_ORDER, fold, hold
from publish.trust.exact import shown
from publish.words.formats import beside


class AskedCoefficient(DimIndicator):
    """An indicator with a limit, and what its coefficient comes to."""

    difference_coefficient: Decimal | None
    verdict: str
    waiting_for: str | None
    stage_zh: str


class NamedRequirement(FctCountyRequirement):
    """What is asked of a county, with the name of the part."""

    name_zh: str


@dataclass(frozen=True)
class Part:
    """What a verdict is folded from: a coefficient, a requirement, or the schools of a stage."""

    block: str
    code: str
    name: str
    verdict: str
    says: str
    """The figure, or the sentence of the requirement."""
    waiting: str


def verdicts_of_blocks(row: FctCountyVerdict) -> dict[str, str | None]:
    """What each block comes to; a veto is no block with a verdict."""
    return {
        "precondition": row["precondition_verdict"],
        "resource": row["resource_verdict"],
        "government": row["government_verdict"],
        "quality": row["quality_verdict"],
        "social": row["social_verdict"],
    }


@dataclass
class ExplainedVerdict:
    """The verdict of a county under one rule set."""

    county_name: str
    published: FctCountyVerdict
    parts: list[Part] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def folded_verdict(marts: duckdb.DuckDBPyConnection, county: DimCounty, row: FctCountyVerdict) -> ExplainedVerdict:
    """The parts of a county's verdict, block by block, and their fold."""
    key = row["county_code"], row["school_year"], row["ruleset_id"]
    explained = ExplainedVerdict(county["county_name"], row)
    coefficients = rows_as(
        marts,
        AskedCoefficient,
        f"""
        select indicators.indicator_code, indicators.stage, indicators.name_zh, figures.difference_coefficient,
            indicators.coefficient_decimals, figures.difference_limit, coalesce(figures.verdict, 'undecided') as verdict,
            figures.waiting_for,
            coalesce(stages.label_zh, indicators.stage) as stage_zh
        from {MARTS}.dim_indicator as indicators
        left join {MARTS}.fct_county_indicator as figures
            on figures.county_code = ? and figures.school_year = ? and figures.ruleset_id = indicators.ruleset_id
            and figures.indicator_code = indicators.indicator_code and figures.stage = indicators.stage
        left join {MARTS}.dim_code as stages on stages.list = 'stage' and stages.code = indicators.stage
        where indicators.ruleset_id = ? and indicators.block = 'resource' and indicators.difference_limit is not null
        order by stages.display_order, indicators.indicator_code
        """,
        *key,
    )
    for one in coefficients:
        value, limit = one["difference_coefficient"], one["difference_limit"]
        says = f"{'—' if value is None else beside(value, limit, one['coefficient_decimals'] or 3)} / {shown(limit)}"
        name = f"{one['stage_zh']} {one['name_zh']}"
        explained.parts.append(Part("resource", one["indicator_code"], name, one["verdict"], says, one["waiting_for"] or ""))
    query = f"select code, label_zh from {MARTS}.dim_code where list = 'verdict'"
    labels = {one["code"]: one["label_zh"] for one in rows_as(marts, DimCode, query)}
    schools = records(
        marts,
        f"""
        select verdicts.stage, coalesce(max(stages.label_zh), verdicts.stage) as stage_zh,
            {", ".join(f"count(*) filter (where verdict = '{verdict}') as {verdict}" for verdict in FOLD_ORDER)}
        from {MARTS}.fct_school_verdict as verdicts
        left join {MARTS}.dim_code as stages on stages.list = 'stage' and stages.code = verdicts.stage
        where county_code = ? and school_year = ? and ruleset_id = ? and verdict is not null
        group by verdicts.stage order by min(stages.display_order)
        """,
        *key,
    )
    for counts in schools:
        verdict = next(name for name in FOLD_ORDER if counts[name])
        says = "，".join(f"{labels[name]} {counts[name]}" for name in reversed(FOLD_ORDER))
        explained.parts.append(Part("resource", "schools", counts["stage_zh"], verdict, says, ""))
    asked = rows_as(
        marts,
        NamedRequirement,
        f"""
        select answered.*, asked.name_zh from {MARTS}.fct_county_requirement as answered
        inner join {MARTS}.dim_requirement as asked using (ruleset_id, requirement_code, part)
        where county_code = ? and school_year = ? and ruleset_id = ? and verdict is not null
        order by asked.display_order, part
        """,
        *key,
    )
    for requirement in asked:
        explained.parts.append(
            Part(
                requirement["block"],
                requirement["requirement_code"],
                requirement["name_zh"],
                requirement["verdict"] or "",
                requirement["conclusion_zh"],
                requirement["waiting_for_zh"] or "",
            )
        )
    for block, verdict_of_block in verdicts_of_blocks(row).items():
        hold(explained.problems, block, fold(part.verdict for part in explained.parts if part.block == block), verdict_of_block)
    hold(explained.problems, "verdict", fold(part.verdict for part in explained.parts), row["verdict"])
    return explained
