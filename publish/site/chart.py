"""Geometry of the coefficient chart: one panel per stage, one line per indicator, drawn by the template as SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

WIDTH = 360
_LEFT, _RIGHT = 8, 352
_TOP = 30
_ROW = 44
_TRACK = 27
_LABEL_LENGTH = 15


@dataclass(frozen=True)
class Point:
    """What one line of the chart shows. ``value`` None: not known."""

    label: str
    value: Decimal | None
    previous: Decimal | None
    limit: Decimal | None
    verdict: str | None
    text: str
    """Printed value, with the change since last year."""


@dataclass(frozen=True)
class ChartLine:
    """A line with its positions; y is the middle of the track."""

    point: Point
    label: str
    label_y: float
    y: float
    x: float | None
    previous_x: float | None
    limit_x: float | None
    arrow: str
    """Points of the arrowhead from last year's value to this one; empty when they are too close."""


@dataclass(frozen=True)
class Tick:
    """A mark on the axis."""

    x: float
    label: str


@dataclass(frozen=True)
class Panel:
    """The chart of one stage."""

    title: str
    height: float
    axis_y: float
    left: float
    right: float
    lines: list[ChartLine]
    ticks: list[Tick]
    limit_x: float | None
    """Where all lines share one limit: its position."""
    limit: Decimal | None


def scale_end(points: list[Point]) -> float:
    """Right end of the axis, so that every value, last year's too, and every limit has room."""
    values = [float(p.value) * 1.05 for p in points if p.value is not None]
    values += [float(p.previous) * 1.05 for p in points if p.previous is not None]
    values += [float(p.limit) * 1.3 for p in points if p.limit is not None]
    return max(math.ceil(max(values, default=0.0) * 10) / 10, 0.2)


def _step(end: float) -> float:
    for step in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0):
        if end / step <= 7:
            return step
    return end / 5


def _arrow(start: float | None, end: float | None, y: float) -> str:
    if start is None or end is None or abs(end - start) < 18:
        return ""
    sign = 1 if end > start else -1
    tip = end - sign * 8
    return f"{tip:.1f},{y} {tip - sign * 7:.1f},{y - 3.5} {tip - sign * 7:.1f},{y + 3.5}"


def panel(title: str, points: list[Point], end: float) -> Panel:
    """Lay out one panel on an axis from 0 to ``end``."""

    def at(value: Decimal | float | None) -> float | None:
        return None if value is None else round(_LEFT + float(value) / end * (_RIGHT - _LEFT), 1)

    lines = []
    for number, point in enumerate(points):
        top = _TOP + number * _ROW
        y = float(top + _TRACK)
        x, previous_x = at(point.value), at(point.previous)
        lines.append(
            ChartLine(
                point=point,
                label=point.label if len(point.label) <= _LABEL_LENGTH else point.label[: _LABEL_LENGTH - 1] + "…",
                label_y=top + 14.0,
                y=y,
                x=x,
                previous_x=previous_x,
                limit_x=at(point.limit),
                arrow=_arrow(previous_x, x, y),
            )
        )
    axis_y = float(_TOP + len(points) * _ROW)
    step = _step(end)
    ticks = [Tick(at(n * step) or 0.0, f"{n * step:.1f}") for n in range(int(end / step + 1e-9) + 1)]
    limits = {point.limit for point in points}
    shared = next(iter(limits)) if len(limits) == 1 else None
    return Panel(title, axis_y + 22, axis_y, _LEFT, _RIGHT, lines, ticks, at(shared), shared)
