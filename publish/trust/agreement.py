"""What was computed again against what was published, and the fold of verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from publish.trust.exact import shown

_SAME = Decimal("1e-9")
"""Relative difference up to which a coefficient is the published one; it is rounded to twelve decimals."""

FOLD_ORDER = ("unmet", "undecided", "met")
"""A fold of verdicts takes the first of these that is there."""


def hold(problems: list[str], name: str, mine: Any, theirs: Any) -> None:
    """Note where what was computed is not what was published."""
    equal = mine == theirs
    if isinstance(mine, Decimal) and theirs is not None:
        equal = abs(mine - Decimal(theirs)) <= max(abs(Decimal(theirs)) * _SAME, Decimal("1e-12"))
    if not equal:
        problems.append(f"{name}：{shown(mine)} ≠ {shown(theirs)}")


def fold(verdicts: Iterable[str]) -> str | None:
    """The verdict of all of these; None where there are none."""
    given = set(verdicts)
    return next((verdict for verdict in FOLD_ORDER if verdict in given), None)
