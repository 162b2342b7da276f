"""Units: the words in which a header states one (``units.yml``)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ingest.schema.data import read_yaml


@lru_cache(maxsize=1)
def _units() -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Ways of writing each unit, and all words that state a unit (``units.yml``)."""
    entries = read_yaml(Path(__file__).with_name("units.yml"))
    ways = {unit: frozenset(words) for unit, words in entries["units"].items()}
    return ways, frozenset(entries["others"]).union(*ways.values())


def is_unit(word: str) -> bool:
    """Whether a word states a unit."""
    return word in _units()[1]


def another_unit(word: str, unit: str) -> bool:
    """Whether a word states a unit, and another one than ``unit``."""
    ways, words = _units()
    return bool(unit) and word in words and word not in ways[unit]
