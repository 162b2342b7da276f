"""Units: the words in which a header states one (``units.yml``)."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from junheng.core.typed import StrictModel, load

_BRACKETS = re.compile(r"(.+)[(\[]([^()\[\]]+)[)\]]")


class UnitWords(StrictModel):
    """``units.yml``."""

    units: dict[str, frozenset[str]]
    others: frozenset[str]
    label: str


@lru_cache(maxsize=1)
def _entries() -> UnitWords:
    return load(Path(__file__).with_name("units.yml"), UnitWords)


@lru_cache(maxsize=1)
def _units() -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Ways of writing each unit, and all words that state a unit."""
    entries = _entries()
    return entries.units, entries.others.union(*entries.units.values())


def is_unit(word: str) -> bool:
    """Whether a word states a unit."""
    return word in _units()[1]


def another_unit(word: str, unit: str) -> bool:
    """Whether a word states a unit, and another one than ``unit``."""
    ways, words = _units()
    return bool(unit) and word in words and word not in ways[unit]


def in_brackets(header: str) -> tuple[str, str] | None:
    """A header (normalised) and the unit or other words in brackets behind it; None without any."""
    match = _BRACKETS.fullmatch(header)
    return (match[1], match[2].removeprefix(f"{_entries().label}:")) if match else None


def stated_unit(text: str) -> str:
    """What a cell says in a line of units: without the word for a unit before it and brackets around it."""
    inner = text[1:-1] if text[:1] + text[-1:] in ("()", "[]") else text
    label = _entries().label
    return inner.removeprefix(f"{label}:").removeprefix(label).casefold()
