"""Words of layouts (``layout.yml``), and what is told of layouts (``texts.yml``)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from ingest.values.texts import texts_beside
from junheng.core.data import read_yaml

TEXT = texts_beside(__file__)


@lru_cache(maxsize=1)
def _layout() -> dict[str, Any]:
    return dict(read_yaml(Path(__file__).with_name("layout.yml")))


TOTALS = frozenset(_layout()["totals"])
STEMS: str = _layout()["stems"]
ROW_CODES = frozenset(_layout()["row_codes"])
OF_WHICH: str = _layout()["of_which"]
FLAGS = frozenset(_layout()["flags"])
TITLE: str = _layout()["title"]
HEADS: tuple[str, ...] = tuple(_layout()["heads"])
