"""Sentences of the checks for people: data in ``sentences.yml``, not code."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from junheng.core.data import read_yaml


@lru_cache(maxsize=1)
def _sentences() -> dict[str, str]:
    return dict(read_yaml(Path(__file__).with_suffix(".yml")))


def sentence(key: str, **values: object) -> str:
    """The sentence of a key with its values. Raises KeyError where there is no such key or a value is missing."""
    return _sentences()[key].format(**values)
