"""The first screen of a county's page: what changed, what decides, who is late, what is owed. The verdict stands above it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import TypedDict

import duckdb

from publish.build.facts import NightFacts
from publish.site.changes import ReleaseChanges
from publish.site.labels import Labels, say
from publish.site.levers import AmountShare, Lever, levers
from publish.site.model import Block, CountyPage, LateUnit, Morning, RequirementGroup
from publish.tables.artifacts import MARTS
from publish.tables.reading import Key, read
from publish.tables.rows import FctUnitPerformance
from publish.words import formats
from publish.words.texts import texts

MOST_LATE = 4
"""Units with overdue issues that the first screen names."""
MOST_LINES = 5
"""Lines of a box of the first screen; the rest are counted."""


class _CountedShare(TypedDict):
    county_code: str
    ruleset_id: str
    stage: str
    indicator_code: str
    school_code: str
    school_name: str | None
    numerator: Decimal
    pupils: int
    difference_limit: Decimal


class _Need(TypedDict):
    county_code: str
    ruleset_id: str
    indicator_code: str
    stage: str
    unit: str | None
    amount: Decimal


class _LedgerCount(TypedDict):
    county_code: str
    n_open: int
    n_overdue: int
    n_struck_off: int


class _Undelivered(TypedDict):
    county_code: str
    name_zh: str
    n: int


class MorningRows:
    """What the first screens of all counties need, each read once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, changes: ReleaseChanges) -> None:
        self.changes = changes
        self._shares: dict[tuple[str, str, str, str], list[AmountShare]] = defaultdict(list)
        self._limits: dict[tuple[str, str, str, str], Fraction] = {}
        for row in read(connection, _CountedShare, _SHARES):
            key = row["county_code"], row["ruleset_id"], row["stage"], row["indicator_code"]
            name = row["school_name"] or row["school_code"]
            self._shares[key].append(AmountShare(row["school_code"], name, Fraction(row["numerator"]), row["pupils"]))
            self._limits[key] = Fraction(row["difference_limit"])
        self._needs: dict[Key, list[_Need]] = defaultdict(list)
        for need in read(connection, _Need, _NEEDS):
            self._needs[need["county_code"], need["ruleset_id"]].append(need)
        self._ledger = {row["county_code"]: row for row in read(connection, _LedgerCount, _LEDGER)}
        self._late: dict[str, list[FctUnitPerformance]] = defaultdict(list)
        for unit in read(connection, FctUnitPerformance, _LATE):
            self._late[unit["county_code"]].append(unit)
        self._undelivered: dict[str, list[_Undelivered]] = defaultdict(list)
        for source in read(connection, _Undelivered, _UNDELIVERED):
            self._undelivered[source["county_code"]].append(source)

    def morning(self, page: CountyPage, labels: Labels, facts: NightFacts) -> Morning:
        """The first screen of a county under the first rule set of its page."""
        block, late, counts = page.blocks[0], self._late[page.code], self._ledger.get(page.code)
        units = [LateUnit(row["unit_zh"], row["overdue_count"], row["longest_overdue_days"]) for row in late]
        return Morning(
            changes=_cut(self.changes.of(page.code, block.ruleset_id), "changes"),
            decides=self._decides(page, block, labels),
            ledger="" if counts is None else say("morning", "ledger", **{k: v for k, v in counts.items() if k != "county_code"}),
            late=units[:MOST_LATE],
            late_more=max(len(units) - MOST_LATE, 0),
            owed=_cut(self._owed(page, block, facts), "owed"),
        )

    def _decides(self, page: CountyPage, block: Block, labels: Labels) -> list[str]:
        over = [item for item in block.coefficients if item.verdict == "unmet"]
        lines = []
        for item in over:
            key = page.code, block.ruleset_id, item.stage, item.code
            if key not in self._shares:
                continue
            needed = levers(self._shares[key], self._limits[key], labels.unit(item.code, item.stage))
            values = {"stage": item.stage_label, "name": item.label, "value": item.printed, "limit": item.limit}
            if needed:
                lines.append(say("morning", "lever", **values, schools=_needs_said(needed, labels.unit(item.code, item.stage))))
            else:
                lines.append(say("morning", "no_lever", **values))
        lines = _cut(lines, "decides", MOST_LINES - 2)
        if below := sum(count.unmet for count in block.counts):
            needs = "、".join(self._need(need, labels) for need in self._needs[page.code, block.ruleset_id])
            lines.append(say("morning", "schools", count=below, total=sum(c.total for c in block.counts), needs=needs))
        if groups := [group for part in block.requirements for group in part.groups if _unmet(group)]:
            names = "、".join(say("morning", "requirement", code=group.code, name=group.name) for group in groups)
            lines.append(say("morning", "requirements", count=len(groups), names=names))
        return lines or [say("morning", "nothing_decides")]

    def _need(self, need: _Need, labels: Labels) -> str:
        amount, unit = formats.amount(need["amount"], need["unit"] or "")
        return say("morning", "need", name=labels.short(need["indicator_code"], need["stage"]), amount=amount, unit=unit)

    def _owed(self, page: CountyPage, block: Block, facts: NightFacts) -> list[str]:
        refused = [file for file in facts.refused if file.concerns(page.code)]
        lines = []
        if refused:
            lines.append(
                say("morning", "refused", count=len(refused), files="、".join(_short(file.file_name) for file in refused[:2]))
            )
        lines += [f"{listed.title}{'、'.join(listed.shown[:3])}" for listed in page.deliveries.missing]
        if sources := self._undelivered[page.code]:
            names = "、".join(say("morning", "undelivered_item", name=row["name_zh"], count=row["n"]) for row in sources)
            lines.append(say("morning", "undelivered", names=names))
        if block.pending_requirements:
            names = "、".join(name for name, _ in block.pending_requirements)
            lines.append(say("morning", "requirements_wait", count=len(block.pending_requirements), names=names))
        waiting = list(dict.fromkeys(name for item in block.pending for name in item.names))
        if waiting:
            lines.append(say("morning", "schools_wait", count=len(waiting), names="、".join(waiting[:3])))
        return lines or [say("morning", "nothing_owed")]


def _short(file_name: str) -> str:
    return file_name.rpartition("/")[2]


def _unmet(group: RequirementGroup) -> bool:
    return any(part.verdict == "unmet" for part in group.parts)


def _needs_said(needed: Iterable[Lever], unit: str) -> str:
    sentences = []
    for lever in needed:
        amount, shown_unit = formats.amount(Decimal(lever.more.numerator) / lever.more.denominator, unit)
        sentences.append(say("morning", "lever_school", school=lever.school.name, amount=amount, unit=shown_unit))
    return str(texts()["morning"]["and"]).join(sentences)


def _cut(lines: list[str], key: str, most: int = MOST_LINES) -> list[str]:
    """The lines that have room, and how many more there are."""
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], say("morning", f"{key}_more", count=len(lines) - most + 1)]


_SHARES = f"""
    select s.*, d.school_name, c.difference_limit
    from {MARTS}.fct_county_indicator c join newest_county using (county_code, school_year)
    join {MARTS}.fct_school_indicator s using (county_code, school_year, ruleset_id, stage, indicator_code)
    join {MARTS}.fct_county_contribution using (county_code, school_year, ruleset_id, stage, indicator_code, school_code)
    left join {MARTS}.dim_school d using (county_code, school_year, school_code)
    where c.verdict = 'unmet' and c.difference_limit is not null and s.numerator is not null and s.pupils > 0
    order by d.display_order nulls last, s.school_code
"""
_NEEDS = f"""
    select f.county_code, f.ruleset_id, f.indicator_code, min(f.stage) as stage, min(f.unit) as unit,
        sum(f.school_shortfall) as amount
    from {MARTS}.fct_school_shortfall f join newest_county using (county_code, school_year)
    where f.carries_school_shortfall and f.school_shortfall > 0
    group by f.county_code, f.ruleset_id, f.indicator_code order by f.indicator_code
"""
_LEDGER = f"""
    select county_code, count(*) filter (where is_open) as n_open, count(*) filter (where is_overdue) as n_overdue,
        count(*) filter (where state = 'closed') as n_struck_off
    from {MARTS}.fct_issue group by county_code
"""
_LATE = f"""
    from {MARTS}.fct_unit_performance where overdue_count > 0
    order by overdue_count desc, longest_overdue_days desc, unit_zh
"""
_UNDELIVERED = f"""
    select i.county_code, coalesce(c.label_zh, i.source) as name_zh, count(*) as n
    from {MARTS}.aud_check_index i join newest_county using (county_code, school_year)
    left join {MARTS}.dim_code c on c.list = 'source' and c.code = i.source
    where i.is_owed and i.state = 'no_data' group by all order by n desc, name_zh
"""
