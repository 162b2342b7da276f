"""Words of layouts (``layout.yml``), and what is told of layouts (``texts.yml``)."""

from __future__ import annotations

from pathlib import Path

from ingest.values.texts import texts_beside
from junheng.core.typed import StrictModel, load

TEXT = texts_beside(__file__)


class LayoutWords(StrictModel):
    """``layout.yml``."""

    totals: frozenset[str]
    stems: str
    row_codes: frozenset[str]
    of_which: str
    flags: frozenset[str]
    title: str
    heads: tuple[str, ...]


LAYOUT = load(Path(__file__).with_name("layout.yml"), LayoutWords)
