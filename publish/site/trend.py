"""Lines over the years: a small chart for each figure with its limit, and what the pace of the last year comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from publish.site.labels import say
from publish.words import formats

WIDTH, HEIGHT = 220, 104
_LEFT, _RIGHT, _TOP, _BOTTOM = 12, 208, 22, 80

YearValue = tuple[int, Decimal | None, Decimal | None]
"""Year, value and limit of a figure."""


@dataclass(frozen=True)
class TrendDot:
    """One year of a line."""

    x: float
    y: float
    year: str
    text: str


@dataclass(frozen=True)
class TrendChart:
    """The line of one figure."""

    title: str
    dots: list[TrendDot]
    path: str
    limit_y: float | None
    limit: str
    pace: str
    described: str
    """The values in words, for who does not see the chart."""


def trend_chart(title: str, years: Sequence[YearValue], is_falling: bool) -> TrendChart:
    """The chart of a figure. ``is_falling``: less is better, and the limit is one from above."""
    known = [(year, value) for year, value, _ in years if value is not None]
    limit = next((limit for *_, limit in reversed(years) if limit is not None), None)
    values = [value for _, value in known] + ([limit] if limit is not None else [])
    low, high = min(values, default=Decimal(0)), max(values, default=Decimal(1))
    first, last = years[0][0], years[-1][0]

    def y(value: Decimal) -> float:
        return round(_BOTTOM - float((value - low) / (high - low) if high > low else Decimal("0.5")) * (_BOTTOM - _TOP), 1)

    def x(year: int) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * ((year - first) / (last - first) if last > first else 0.5), 1)

    dots = [TrendDot(x(year), y(value), str(year), _shown(value, limit)) for year, value in known]
    described = "，".join(say("trend", "value", year=dot.year, value=dot.text) for dot in dots)
    return TrendChart(
        title=title,
        dots=dots,
        path=" ".join(f"{dot.x},{dot.y}" for dot in dots),
        limit_y=None if limit is None else y(limit),
        limit="" if limit is None else say("trend", "limit" if is_falling else "standard", limit=formats.plain(limit, 2)),
        pace=pace(known, limit, is_falling) if limit is not None else "",
        described=described,
    )


def _shown(value: Decimal, limit: Decimal | None) -> str:
    decimals = 3 if abs(value) < 1 else 2
    return formats.beside(value, limit, decimals)


def pace(known: Sequence[tuple[int, Decimal]], limit: Decimal, is_falling: bool) -> str:
    """Where a figure comes to at the pace of its last two years, one after the other: below a limit, or up to a standard."""
    if not known:
        return ""
    words = "limit_pace" if is_falling else "standard_pace"
    turn = 1 if is_falling else -1  # of a figure that should rise, the negative one should fall
    most, (year, value) = limit * turn, (known[-1][0], known[-1][1] * turn)
    before = dict(known).get(year - 1)
    before = None if before is None else before * turn
    if value <= most:
        if before is None or value <= before:
            return say("trend", f"{words}_within")
        years = int((most - value) / (value - before)) + 1
        return say("trend", f"{words}_leaves", year=formats.school_year(year + years))
    if before is None:
        return say("trend", "no_pace")
    if value >= before:
        return say("trend", f"{words}_never")
    years = ceil((value - most) / (before - value))
    return say("trend", f"{words}_reaches", year=formats.school_year(year + years), years=years)
