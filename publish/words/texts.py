"""Texts of pages and messages: data in YAML files, not code."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from ingest.schema.data import read_yaml

Texts = dict[str, Any]
"""Texts by section and key, with placeholders in braces."""


@lru_cache(maxsize=16)
def texts_beside(module: str) -> Texts:
    """Texts of a module, in the YAML file of its name beside it. ``module``: its ``__file__``."""
    return dict(read_yaml(Path(module).with_suffix(".yml")))


def texts() -> Texts:
    """All texts of pages, by section."""
    return texts_beside(__file__)
