"""The table of all counties."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from publish.site.labels import display_order, say
from publish.site.model import Block, CountyPage, Overview, OverviewRow


def _row(page: CountyPage, block: Block, columns: Sequence[tuple[str, str, str]]) -> OverviewRow:
    by_key = {(item.stage_label, item.code): item for item in block.coefficients}
    judged = [item for item in block.coefficients if item.verdict is not None]
    return OverviewRow(
        page=page,
        block=block,
        met=sum(item.verdict == "met" for item in judged),
        total=len(judged),
        schools_met=sum(c.met for c in block.counts),
        schools_total=sum(c.total for c in block.counts),
        schools_unmet=sum(c.unmet for c in block.counts),
        schools_undecided=sum(c.undecided for c in block.counts),
        cells=[by_key.get((stage, code)) for stage, code, _ in columns],
    )


def overviews(pages: Sequence[CountyPage]) -> list[Overview]:
    """One table of all counties per rule set."""
    by_ruleset: dict[str, list[tuple[CountyPage, Block]]] = defaultdict(list)
    for page in pages:
        for block in page.blocks:
            by_ruleset[block.ruleset_id].append((page, block))
    return [_overview(pairs) for pairs in by_ruleset.values()]


def _overview(pairs: Sequence[tuple[CountyPage, Block]]) -> Overview:
    items = {(item.stage, item.code): item for _, block in pairs for item in block.coefficients}
    ordered = sorted(items.values(), key=lambda item: display_order(item.stage, item.code))
    columns = [(item.stage_label, item.code, item.label) for item in ordered]
    verdicts = [block.verdict for _, block in pairs]
    counted = {verdict: verdicts.count(verdict) for verdict in ("met", "unmet", "undecided")}
    key = "overview" if any(counted.values()) else "overview_none"
    return Overview(
        ruleset_name=pairs[0][1].ruleset_name,
        headline=say("headline", key, total=len(pairs), **counted),
        has_limits=any(block.has_limits for _, block in pairs),
        has_county_verdicts=any(block.county_verdict for _, block in pairs),
        columns=columns,
        stages=list(Counter(stage for stage, _, _ in columns).items()),
        rows=[_row(page, block, columns) for page, block in pairs],
    )
