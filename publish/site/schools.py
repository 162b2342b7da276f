"""Schools on a page: how many meet the rule set, what the others lack, what is not decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from publish.site.coefficients import MOST_NAMES, waiting
from publish.site.labels import Labels, say, stage_label
from publish.site.model import Missed, SchoolCount, StageSchools, UnmetSchool, Waiting
from publish.tables.reading import STAGES, CountyYear, Figures, JudgedSchool, SchoolValue, VerdictCount
from publish.words import formats
from publish.words.texts import texts

MOST_SCHOOLS = 40
"""School rows of one stage on a page; the rest are counted."""

Needs = dict[tuple[str, str], str]
"""The stage with which the need of a whole school is said, by school and indicator."""


def _shortfall(row: SchoolValue, labels: Labels, needs: Needs) -> list[str]:
    """What the stage lacks, and what the school has to add: one figure for all stages of a school, said with one of them."""
    code, stage = row["indicator_code"], row["stage"]
    of_stage, of_school = row["shortfall"], row["school_shortfall"]
    if of_stage is None or of_school is None:
        return []
    lack, need = (formats.amount(amount, labels.unit(code, stage)) for amount in (of_stage, of_school))
    lacks = say("schools", "item_shortfall", amount=lack[0], unit=lack[1])
    needed_at = needs.get((row["school_code"], code))
    if needed_at not in (None, stage):
        return [lacks, say("schools", "item_need_elsewhere", stage=stage_label(str(needed_at)))]
    needed = say("schools", "item_need", amount=need[0], unit=need[1])
    return [needed] if lack == need else [lacks, needed]


def needs_of(missed: Iterable[SchoolValue], labels: Labels) -> Needs:
    """Of each school and indicator the stage furthest from its standard."""
    split = [
        (row["value"] / row["standard"], STAGES.index(row["stage"]), row)
        for row in missed
        if labels.row(row["indicator_code"], row["stage"])["is_split"]
        and row["shortfall"] is not None
        and row["value"] is not None
        and row["standard"] is not None
    ]
    split.sort(key=lambda entry: entry[:2], reverse=True)
    return {(row["school_code"], row["indicator_code"]): row["stage"] for _, _, row in split}


def missed_indicator(row: SchoolValue, labels: Labels, needs: Needs) -> Missed:
    """An indicator of a school below its standard."""
    return Missed(
        label=labels.short(row["indicator_code"], row["stage"]),
        value=labels.value(row),
        standard="" if row["standard"] is None else formats.plain(row["standard"]),
        shortfall=_shortfall(row, labels, needs),
        at_floor=row["verdict"] == "floor_met",
    )


def unmet(county: CountyYear, figures: Figures, labels: Labels) -> list[StageSchools]:
    """Schools that do not meet the rule set, by stage."""
    key = county.code, labels.ruleset_id
    by_stage: dict[str, list[JudgedSchool]] = defaultdict(list)
    for row in figures.unmet[key]:
        by_stage[row["stage"]].append(row)
    missed = (value for row in figures.unmet[key] for value in figures.missed[(*key, row["stage"], row["school_code"])])
    needs = needs_of(missed, labels)
    stages = []
    for stage in (stage for stage in STAGES if stage in by_stage):
        schools = by_stage[stage]
        listed = [
            UnmetSchool(
                code=row["school_code"],
                name=row["school_name"] or row["school_code"],
                township=row["township"] or "",
                missed=[missed_indicator(m, labels, needs) for m in figures.missed[(*key, stage, row["school_code"])]],
            )
            for row in schools[:MOST_SCHOOLS]
        ]
        stages.append(StageSchools(stage_label(stage), len(schools), listed, len(schools) - len(listed)))
    return stages


def pending(undecided: Iterable[JudgedSchool], unknown: Iterable[SchoolValue], labels: Labels) -> list[Waiting]:
    """Undecided school stages and the figures they wait for."""
    waits: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in unknown:
        name = texts()["pending"]["pupils"] if row["pupils"] is None else labels.short(row["indicator_code"], row["stage"])
        waits[row["stage"], row["school_code"]].append(name)
    return [
        waiting(
            f"{row['school_name'] or row['school_code']}（{stage_label(row['stage'])}）",
            waits[row["stage"], row["school_code"]],
            MOST_NAMES,
        )
        for row in undecided
    ]


def counts(judged: Iterable[VerdictCount]) -> list[SchoolCount]:
    """Schools of each stage by verdict."""
    by_stage: dict[str, dict[str, int]] = defaultdict(dict)
    for row in judged:
        if row["verdict"] is not None:
            by_stage[row["stage"]][row["verdict"]] = row["n"]
    return [
        SchoolCount(
            stage_label(stage),
            sum(by_stage[stage].values()),
            *(by_stage[stage].get(verdict, 0) for verdict in ("met", "unmet", "undecided")),
        )
        for stage in STAGES
        if stage in by_stage
    ]


def sentences(counted: Sequence[SchoolCount]) -> list[str]:
    """What the verdicts of schools say behind the headline."""
    total, below, undecided = (sum(getattr(count, name) for count in counted) for name in ("total", "unmet", "undecided"))
    lines = []
    if below:
        lines.append(say("headline", "schools_unmet", total=total, unmet=below))
    elif total and not undecided:
        lines.append(say("headline", "schools_met", total=total))
    if undecided:
        lines.append(say("headline", "schools_undecided", count=undecided))
    return lines
