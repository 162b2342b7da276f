"""Kinds of pages of single things and topics of a county: the model of ``nouns.yml``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from junheng.core.typed import StrictModel, load

_FILE = Path(__file__).with_name("nouns.yml")
_DECIMALS = 4


class NounColumnEntry(StrictModel):
    """A column of a section, as ``nouns.yml`` has it."""

    name: str
    label: str | None = None
    list: str | None = None
    to: str | None = None
    key: str | None = None
    row: str | None = None
    decimals: int = _DECIMALS
    beside: str | None = None
    percent: bool = False
    empty: str = ""
    """What stands where there is no value, in the rows in which the column ``needed`` is true."""
    needed: str | None = None
    kind: Literal["", "say", "id"] = Field("", alias="is")


class NounLines(StrictModel):
    """A chart in the place of a table."""

    x: str
    y: str
    limit: str
    series: tuple[str, ...]
    falling: bool = False


class NounMap(StrictModel):
    """A map over a table, where outlines of its places were given: the first row of each ``place`` (code of an area or name)."""

    place: str
    name: str
    says: str
    """Column that stands on the map; a verdict colours it, a number shades it."""


class NounSection(StrictModel):
    """A section of a kind of pages, as ``nouns.yml`` has it."""

    title: str
    mart: str
    columns: tuple[NounColumnEntry, ...]
    order: str
    note: str = ""
    relation: str | None = Field(None, alias="from")
    by: str | None = None
    newest: bool = False
    where: str | None = None
    id: str | None = None
    search: str | None = None
    lines: NounLines | None = None
    map: NounMap | None = None


class NounFacts(StrictModel):
    """What stands at the head of a page, as ``nouns.yml`` has it."""

    mart: str
    columns: tuple[NounColumnEntry, ...]


class NounKind(StrictModel):
    """A kind of pages, as ``nouns.yml`` has it."""

    title: str
    up_to_counties: int
    from_counties: int = 1
    sections: tuple[NounSection, ...]
    pages: str | None = None
    facts: NounFacts | None = None


class NounSettings(StrictModel):
    """``nouns.yml``."""

    most_rows: int
    most_bytes: int
    views: dict[str, str]
    kinds: dict[str, NounKind]


@lru_cache(maxsize=1)
def noun_settings() -> NounSettings:
    """Kinds of pages."""
    return load(_FILE, NounSettings)
