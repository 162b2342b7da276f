"""Exact comparison and rounding, as the rules want them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction

import duckdb

from ingest.values.cells import plain
from junheng.core.sql import records
from publish.tables.artifacts import MARTS

OPERATORS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}

_DIGITS = 12
"""Decimals of a published value."""


def half_up(value: Fraction, decimals: int) -> Decimal:
    """A value at so many decimals."""
    units = (2 * abs(value.numerator) * 10**decimals + value.denominator) // (2 * value.denominator)
    return Decimal(units if value >= 0 else -units).scaleb(-decimals, Context(prec=60))


def rounded(value: Fraction | None) -> Decimal | None:
    """Half up to the decimals of a published figure."""
    return None if value is None else half_up(value, _DIGITS)


def shown(value: object) -> str:
    """A value as a problem names it."""
    if value is None:
        return "—"
    if isinstance(value, Fraction):
        value = rounded(value)
    return plain(value) if isinstance(value, Decimal) else str(value)


def compares_rounded(marts: duckdb.DuckDBPyConnection) -> set[str]:
    """Rule sets that compare figures at the decimals of the forms."""
    query = f"select ruleset_id from {MARTS}.dim_rule_setting where setting = 'comparison' and value = 'rounded'"
    return {row["ruleset_id"] for row in records(marts, query)}
