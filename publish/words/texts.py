"""Texts of pages and messages: data in ``texts.yml``, not code."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("texts.yml")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@lru_cache(maxsize=1)
def texts() -> dict[str, Any]:
    """All texts, by section."""
    return dict(yaml.load(_FILE.read_text(encoding="utf-8"), Loader=_LOADER))
