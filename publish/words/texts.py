"""Texts of pages and messages: data in YAML files, not code."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from junheng.core.data import read_yaml

Texts = dict[str, Any]
"""Texts by section and key, with placeholders in braces."""


@lru_cache(maxsize=1)
def texts() -> Texts:
    """All texts of pages, by section."""
    return dict(read_yaml(Path(__file__).with_suffix(".yml")))
