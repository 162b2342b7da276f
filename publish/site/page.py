"""From rows of the marts to the page of a county: a block for each rule set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from publish.site import coefficients, requirements, schools
from publish.site.chart import Point, panel, scale_end
from publish.site.labels import Labels, display_order, say, stage_label
from publish.site.model import Block, CountyPage, Deliveries
from publish.tables.reading import CountyYear, Figures
from publish.words import formats


def block(county: CountyYear, labels: Labels, figures: Figures) -> Block | None:
    """Figures of one county under one rule set; None when its newest year has none."""
    key = county.code, labels.ruleset_id
    all_rows = figures.coefficients[key]
    now = [row for row in all_rows if row["school_year"] == county.year]
    if not now:
        return None
    now.sort(key=lambda row: display_order(row["stage"], row["indicator_code"]))
    before = {(r["stage"], r["indicator_code"]): r for r in all_rows if r["school_year"] == county.year - 1}
    pairs = [(row, before.get((row["stage"], row["indicator_code"]))) for row in now]
    shown = [coefficients.coefficient(row, last, labels) for row, last in pairs]
    points: dict[str, list[Point]] = defaultdict(list)
    for (row, last), item in zip(pairs, shown, strict=True):
        # a composite without a limit is information: it stands in the table, not beside the limits
        if item.limit or not labels.row(item.code, item.stage)["is_composite"]:
            points[row["stage"]].append(coefficients.point(row, item, last))
    end = scale_end([point for of_stage in points.values() for point in of_stage])
    counts = schools.counts(figures.verdict_counts[key])
    asked, verdicts = figures.requirements[key], figures.verdicts.get(key)
    verdict = verdicts["resource_verdict"] if verdicts else None
    county_verdict = requirements.county_verdict(verdicts, asked)
    headline = f"county_{county_verdict.verdict}" if county_verdict else verdict or "none"
    sentences = requirements.county_sentences(verdicts) if verdicts and county_verdict else []
    return Block(
        ruleset_id=labels.ruleset_id,
        ruleset_name=labels.name,
        verdict=verdict,
        headline=say("headline", headline, county=county.name, ruleset=labels.name),
        sentences=[*sentences, *coefficients.sentences(shown), *schools.sentences(counts)],
        has_limits=any(item.limit for item in shown),
        has_previous=any(item.change for item in shown),
        coefficients=shown,
        panels=[panel(stage_label(stage), of_stage, end) for stage, of_stage in points.items()],
        counts=counts,
        unmet=schools.unmet(county, figures, labels),
        pending=coefficients.pending(shown, figures.unknown[key], now),
        pending_schools=schools.pending(figures.undecided[key], figures.unknown[key], labels),
        pending_requirements=requirements.pending(asked),
        county_verdict=county_verdict,
        requirements=requirements.requirement_blocks(verdicts, asked),
        history=coefficients.history(all_rows, labels),
    )


def county_page(
    county: CountyYear, newest: int, rulesets: Sequence[Labels], figures: Figures, deliveries: Deliveries
) -> CountyPage:
    """Everything on one county's page."""
    blocks = (block(county, labels, figures) for labels in rulesets)
    return CountyPage(
        code=county.code,
        name=county.name,
        city=county.city,
        year=county.year,
        year_label=formats.school_year(county.year),
        is_newest=county.year == newest,
        is_fictional=county.is_fictional,
        blocks=[one for one in blocks if one is not None],
        deliveries=deliveries,
    )
