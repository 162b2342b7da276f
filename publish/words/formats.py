"""How numbers and years read on a page."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil
from unicodedata import east_asian_width

from publish.words.seeds import display_units
from publish.words.texts import texts

_MOST_DECIMALS = 12
_AMOUNT = Decimal("0.01")

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


def amount(value: Number, unit: str) -> tuple[str, str]:
    """A missing amount and its unit, rounded up, because less would not be enough: whole persons and rooms, else two decimals.

    Seed ``display_units`` says which unit has which decimals, and in which larger one (万元) a large amount is shown.
    """
    number, display = exact(value), display_units().get(unit)
    if display is None:
        return plain(number.quantize(_AMOUNT, ROUND_CEILING)), unit
    if display.from_amount is not None and number >= display.from_amount:
        return plain((number / display.factor).quantize(_AMOUNT, ROUND_CEILING)), display.shown_unit
    return plain(number.quantize(Decimal(1).scaleb(-display.decimals), ROUND_CEILING)), unit


def in_display_unit(value: Fraction, unit: str) -> tuple[Fraction, str]:
    """An amount in the unit in which it is shown: large ones of some units in a larger one (seed ``display_units``)."""
    display = display_units().get(unit)
    if display is None or display.from_amount is None or value < Fraction(display.from_amount):
        return value, unit
    return value / Fraction(display.factor), display.shown_unit


def beside(value: Number, limit: Number | None, decimals: int) -> str:
    """A value with the form's decimals; with more where those would put it on the limit or on its other side."""
    text = fixed(value, decimals)
    if limit is None or _side(Decimal(text.replace(",", "")), limit) == _side(exact(value), limit):
        return text
    return distinct_from(value, limit, decimals)


def _side(value: Decimal, limit: Number) -> int:
    return (value > exact(limit)) - (value < exact(limit))


def one_to(value: Number) -> str:
    """A ratio as 1 to how many, with two decimals: 0.05 is 1:20; empty for nothing."""
    return f"1:{plain((1 / exact(value)).quantize(Decimal('0.01'), ROUND_HALF_UP))}" if value else ""


def with_ratio(text: str, value: Number | None, shown_as: str | None) -> str:
    """A printed value; one that its rule shows ``one_to`` also as 1 to how many."""
    if shown_as != "one_to" or not value:
        return text
    return str(texts()["table"]["ratio"]).format(value=text, ratio=one_to(value))


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


def wrapped_lines(text: str, width: float) -> int:
    """Lines that a wrapped text takes in a column so many characters wide; a Chinese character is two wide."""
    wide = [sum(2 if east_asian_width(char) in "WF" else 1 for char in line) for line in text.split("\n")]
    return sum(max(1, ceil(units / width)) for units in wide)
