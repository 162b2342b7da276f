"""How numbers and years read on a page."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from publish.texts import texts

_MOST_DECIMALS = 12

Number = Decimal | float | int


def exact(value: Number) -> Decimal:
    """The decimal a number prints as."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def plain(value: Number, least: int = 0) -> str:
    """A number without superfluous zeros, with thousands separators and at least ``least`` decimals."""
    text = f"{exact(value):,f}"
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(least, "0")
    return f"{whole}.{fraction}" if fraction else whole


def fixed(value: Number, decimals: int) -> str:
    """A number with a fixed number of decimals, rounded half up."""
    return f"{exact(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,f}"


def amount(value: Number, unit: str) -> str:
    """A missing amount: persons, rooms and the like rounded up to whole ones, areas to two decimals."""
    if unit in texts()["whole_units"]:
        return f"{exact(value).to_integral_value(ROUND_CEILING):,f}"
    return plain(exact(value).quantize(Decimal("0.01"), ROUND_HALF_UP))


def change(now: Number, before: Number) -> str:
    """Arrow and size of a change between two printed coefficients."""
    difference = exact(now) - exact(before)
    arrow = "↓" if difference < 0 else "↑" if difference > 0 else "→"
    return f"{arrow}{abs(difference):f}"


def distinct_from(value: Number, limit: Number, decimals: int) -> str:
    """A value with as many decimals as it takes to tell it from the limit."""
    for digits in range(decimals + 1, _MOST_DECIMALS):
        text = fixed(value, digits)
        if Decimal(text.replace(",", "")) != exact(limit):
            return text
    return fixed(value, _MOST_DECIMALS)


def school_year(year: int) -> str:
    """A school year as bureaus write it: 2025—2026学年."""
    return str(texts()["page"]["school_year"]).format(start=year, end=year + 1)
