"""Contracts: what every kind of them says of a layout and of its cells (``contracts/*.yml``).

Loading is strict: an unknown key or field is an error of the contract, not a surprise at night.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from ingest.schema.areas import area_systems
from ingest.schema.source import Field, Source, Stage, load_source


class Strict(BaseModel):
    """A part of a contract that holds the keys it names and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Contract(Strict):
    """What every kind of contract declares."""

    kind: str
    """The shape it is read by (:mod:`ingest.shapes.kinds`)."""
    id: str
    source: str
    title_zh: str
    covers: Literal["school", "county", "area"]
    area_system: str
    """System of area codes, an entry of ``area_systems.yml``."""
    kind_system: str | None = None
    """Code list of the school's kind; its names and aliases are read as their codes."""
    on_bad_row: Literal["refuse", "quarantine"]
    year_field: str = "school_year"
    year_matches_folder: bool = True
    school_code_pattern: str | None = None
    may_be_empty: list[str] = []
    """Required fields that this shape need not state."""
    constants: dict[str, str] = {}
    empty_is: dict[str, int] = {}
    """Fields whose empty cell means a number by the census' own convention; everywhere else empty is unknown."""
    sentinels: dict[str, list[int]] = {}
    """Numbers that stand for "not counted" in this census: a fault of the cell."""
    value_maps: dict[str, dict[str, str]] = {}
    stage_columns: dict[Stage, str] = {}
    """Field that must be delivered when a school's kind has the stage."""

    @property
    def fields(self) -> Source:
        """The source's fields."""
        return load_source(self.source)

    @property
    def key_fields(self) -> list[Field]:
        """Fields that identify a record: its school, or whatever must be filled besides area and year."""
        required = [f for f in self.fields.fields if f.required]
        schools = [f for f in required if f.role == "school"]
        return schools or [f for f in required if f.role != "county" and f.type != "year" and f.name != self.year_field]

    @property
    def is_ours(self) -> bool:
        """Whether its files are workbooks that we made, for people to fill in."""
        return False

    @model_validator(mode="after")
    def _is_of_a_kind(self) -> Contract:
        if type(self) is Contract:
            raise ValueError(f"{self.id}: {self.kind} is no kind of contract")
        return self

    def check_names(self, extra: set[str]) -> None:
        """Raise ValueError for a name that is no field of the source; ``extra``: fields that the kind's own keys name."""
        known = set(self.fields.by_name)
        used = {
            *self.may_be_empty,
            *self.constants,
            *self.empty_is,
            *self.sentinels,
            *self.value_maps,
            *self.stage_columns.values(),
        }
        used |= {self.year_field} | extra
        if unknown := used - known:
            raise ValueError(f"{self.id}: not fields of {self.source}: {', '.join(sorted(unknown))}")
        if self.area_system not in area_systems():
            raise ValueError(f"{self.id}: {self.area_system} is not in area_systems.yml")
        if not self.id.startswith(f"{self.source}."):
            raise ValueError(f"{self.id}: id must start with its source")


DELIMITERS = (",", ";", "\t", "|", "，", "；", "｜")
"""Signs that may part the columns of a text: which of them does is found, not declared."""


class FixedDelimiter(Strict):
    """A delimiter that a contract insists on."""

    sign: str
    because: str
    """Chinese: why no other will do; told to whoever delivers a file with another one."""


class TextContract(Contract):
    """What a contract declares of delimited text."""

    encodings: list[str] = ["utf-8", "gb18030"]
    fixed_delimiter: FixedDelimiter | None = None

    def delimiters(self, text: str) -> list[str]:
        """Delimiters to try on a text: those that stand in it."""
        if self.fixed_delimiter is not None:
            return [self.fixed_delimiter.sign]
        return [sign for sign in DELIMITERS if sign in text] or [DELIMITERS[0]]
