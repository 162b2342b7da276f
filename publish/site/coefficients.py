"""Difference coefficients on a page: the table, the points of the chart, earlier years, what is not decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from publish.site.chart import Point
from publish.site.labels import Labels, display_order, say, stage_label
from publish.site.model import Coefficient, History, Waiting
from publish.tables.reading import SchoolValue, names_in
from publish.tables.rows import FctCountyIndicator
from publish.words import formats
from publish.words.texts import texts

MOST_NAMES = 8
"""Names that one undecided figure lists."""


def _printed(row: FctCountyIndicator) -> str:
    """The coefficient, with more decimals where rounding would turn the verdict."""
    rounded, coefficient, limit = row["difference_coefficient_rounded"], row["difference_coefficient"], row["difference_limit"]
    if rounded is None:
        return ""
    if not row["verdict_changes_when_rounded"] or coefficient is None or limit is None:
        return str(rounded)
    return formats.distinct_from(coefficient, limit, -int(rounded.as_tuple().exponent))


def _rounding(row: FctCountyIndicator, labels: Labels) -> str:
    limit, verdict = row["difference_limit"], row["verdict"]
    if not row["verdict_changes_when_rounded"] or limit is None or verdict is None:
        return ""
    return say(
        "coefficients",
        "changes_item",
        stage=stage_label(row["stage"]),
        name=labels.short(row["indicator_code"], row["stage"]),
        value=_printed(row),
        limit=formats.plain(limit, 2),
        verdict=texts()["coefficient_verdicts"][verdict]["label"],
    )


def coefficient(row: FctCountyIndicator, before: FctCountyIndicator | None, labels: Labels) -> Coefficient:
    """One coefficient, beside that of the year before."""
    code, stage = row["indicator_code"], row["stage"]
    now = row["difference_coefficient_rounded"]
    earlier = before["difference_coefficient_rounded"] if before else None
    provisional = row["provisional_coefficient"] if now is None else None
    return Coefficient(
        stage=stage,
        stage_label=stage_label(stage),
        code=code,
        label=labels.short(code, stage),
        full_name=labels.full(code, stage),
        unit=labels.value_unit(code, stage),
        mean=labels.mean(row),
        value="" if now is None else str(now),
        limit="" if row["difference_limit"] is None else formats.plain(row["difference_limit"], 2),
        verdict=row["verdict"],
        change="" if now is None or earlier is None else formats.change(now, earlier),
        schools=row["school_count"],
        known=row["known_school_count"],
        schools_met=row["schools_met"],
        provisional="" if provisional is None else formats.fixed(provisional, 3),
        printed=_printed(row),
        withheld=names_in(row["withheld_schools"]),
        rounding=_rounding(row, labels),
    )


def point(row: FctCountyIndicator, shown: Coefficient, before: FctCountyIndicator | None) -> Point:
    """A coefficient in the chart."""
    if shown.value:
        text = " ".join(part for part in (f"{shown.value}{'※' if shown.rounding else ''}", shown.change) if part)
    else:
        text = texts()["coefficient_verdicts"]["undecided"]["label"]
    return Point(
        label=shown.label,
        value=row["difference_coefficient_rounded"],
        previous=before["difference_coefficient_rounded"] if before else None,
        limit=row["difference_limit"],
        verdict=row["verdict"],
        text=text,
    )


def waiting(title: str, names: Sequence[str], most: int, provisional: str = "") -> Waiting:
    """Something undecided and the names it waits for, each once, cut to ``most``."""
    unique = list(dict.fromkeys(names))
    return Waiting(title, unique[:most], len(unique), max(len(unique) - most, 0), provisional)


def pending(shown: Sequence[Coefficient], unknown: Sequence[SchoolValue], now: Sequence[FctCountyIndicator]) -> list[Waiting]:
    """Undecided coefficients and the schools whose figures they wait for."""
    waits: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in unknown:
        waits[row["stage"], row["indicator_code"]].append(row["school_name"] or row["school_code"])
    # no school has a value of a composite, yet it waits for those of its parts
    listed = {(row["stage"], row["indicator_code"]): names_in(row["waiting_for"]) for row in now}
    undecided = []
    for item in shown:
        if item.verdict == "undecided" or not item.value:
            title = say("pending", "coefficient", stage=item.stage_label, name=item.label)
            provisional = ""
            if item.provisional:
                total = item.schools + len(item.withheld)
                provisional = say("coefficients", "provisional", value=item.provisional, known=item.known, total=total)
            key = item.stage, item.code
            names = waits[key] or [name for name in listed[key] if name not in item.withheld]
            names = names + [say("pending", "withheld", name=name) for name in item.withheld]
            undecided.append(waiting(title, names, MOST_NAMES, provisional))
    return undecided


def history(all_rows: Sequence[FctCountyIndicator], labels: Labels) -> History | None:
    """The coefficients of every year; None where there is one year alone."""
    years = sorted({row["school_year"] for row in all_rows}, reverse=True)
    if len(years) < 2:
        return None
    values = {(r["stage"], r["indicator_code"], r["school_year"]): r["difference_coefficient_rounded"] for r in all_rows}
    keys = sorted({(row["stage"], row["indicator_code"]) for row in all_rows}, key=lambda key: display_order(*key))
    nothing = texts()["page"]["no_value"]
    lines = []
    for stage, code in keys:
        numbers = [values.get((stage, code, year)) for year in years]
        lines.append((stage_label(stage), labels.short(code, stage), [nothing if n is None else str(n) for n in numbers]))
    return History([formats.school_year(year) for year in years], lines)


def sentences(shown: Sequence[Coefficient]) -> list[str]:
    """What the coefficients say behind the headline."""
    judged = [item for item in shown if item.verdict is not None]
    over = [item for item in judged if item.verdict == "unmet"]
    undecided = [item for item in judged if item.verdict == "undecided"]
    lines = []
    if over:
        names = "、".join(
            say("headline", "coefficient_unmet", stage=item.stage_label, name=item.label, value=item.printed, limit=item.limit)
            for item in over
        )
        lines.append(say("headline", "coefficients_unmet", total=len(judged), unmet=len(over), names=names))
    elif judged and not undecided:
        lines.append(say("headline", "coefficients_met", total=len(judged)))
    if undecided:
        lines.append(say("headline", "coefficients_undecided", count=len(undecided)))
    return lines
