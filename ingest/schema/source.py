"""Sources: the canonical fields of each subject, loaded strictly from ``sources/<source>.yml``."""

from __future__ import annotations

from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from junheng.core.data import read_yaml
from junheng.core.settings import SOURCES

FieldType = Literal["text", "code", "count", "amount", "value", "flag", "list", "year", "month", "choice", "person"]
Stage = Literal["primary", "junior", "senior"]
Role = Literal["county", "kind", "school"]
"""What a field is to ingest: the area of the row, the kind of its school, the code of a school."""

ARROW_TYPES: dict[FieldType, pa.DataType] = {
    "text": pa.string(),
    "code": pa.string(),
    "list": pa.string(),
    "count": pa.int64(),
    "flag": pa.int64(),
    "year": pa.int64(),
    "month": pa.int64(),
    "choice": pa.string(),
    "person": pa.string(),
    "amount": pa.decimal128(18, 4),
    "value": pa.decimal128(28, 8),
}
"""Type of a field's bronze column. ``value`` is compared with thresholds and so keeps more decimals than ``amount``.

``month`` is YYYYMM, with month 00 where only the year is stated; ``choice`` is one word of a closed list, so that no free text
can stand there; ``person`` is a keyed hash (``ingest.values.persons``).
"""


class Field(BaseModel):
    """One canonical field. ``required``: the column must be there and the cell filled."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    zh: str
    type: FieldType
    unit: str = ""
    aliases: tuple[str, ...] = ()
    required: bool = False
    summed: bool = True
    """Whether a total line adds it up; the largest class or the number of grades is none of a county, nor is a grade."""
    stage: Stage | None = None
    role: Role | None = None
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Values of a ``choice`` and how they are written."""
    otherwise: str | None = None
    """Value of a ``choice`` that is written in no known way; without it such a cell is a fault."""
    pattern: str | None = None
    """What a ``text`` must look like from end to end."""
    day: bool = False
    """A ``text`` that holds a day: the serial number of a spreadsheet is written as one."""
    same_cell_as: str | None = None
    """Field whose cell is read once more, for another fact that stands in it; a fault of the cell is told of that field alone."""
    from_folder: Literal["area", "year"] | None = None
    """Taken from the landing folder where the file does not say it; never empty."""

    @field_validator("choices", mode="before")
    @classmethod
    def _as_pairs(cls, choices: object) -> object:
        return tuple(choices.items()) if isinstance(choices, dict) else choices

    @model_validator(mode="after")
    def _choices_are_stated(self) -> Field:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError(f"{self.name}: a choice, and nothing else, has choices")
        return self

    @property
    def label(self) -> str:
        """Both headers, for messages."""
        return f"{self.zh}（{self.name}）"


class Source(BaseModel):
    """The subject of an export and its fields in order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    title_zh: str
    supersedes: Literal["county", "school", "record"] = "county"
    """What a file takes the place of in older ones: all of its county and year, its schools (a file that covers the county: all
    of that), or its records alone, by ``key``; then the others stay in force."""
    key: tuple[str, ...] = ()
    """Fields that identify a record, where records supersede each other."""
    fields: tuple[Field, ...]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Source:
        names = [f.name for f in self.fields]
        if len(names) != len(set(names)):
            raise ValueError(f"field named twice in source {self.source}")
        if lost := sorted({f.same_cell_as for f in self.fields if f.same_cell_as} - set(names)):
            raise ValueError(f"source {self.source} has no field {', '.join(lost)}")
        if bool(self.key) != (self.supersedes == "record") or set(self.key) - set(names):
            raise ValueError(f"source {self.source}: key and supersedes: record belong together")
        if len(self.named("county")) != 1 or len(self.named("kind")) > 1:
            raise ValueError(f"source {self.source} needs one field of role county and at most one of role kind")
        return self

    def named(self, role: Role) -> tuple[str, ...]:
        """Names of the fields in a role."""
        return self.by_role.get(role, ())

    @property
    def has_persons(self) -> bool:
        """Whether a row is about a person: then nothing but its fields is kept, and no cell is quoted in full."""
        return any(f.type == "person" for f in self.fields)

    @property
    def county(self) -> str:
        """Name of the field that says to which area a row belongs."""
        return self.named("county")[0]

    def field(self, name: str) -> Field:
        """The field of that name. Raises KeyError."""
        return self.by_name[name]

    @cached_property
    def by_role(self) -> dict[Role | None, tuple[str, ...]]:
        """Names of the fields in each role."""
        roles = {f.role for f in self.fields}
        return {role: tuple(f.name for f in self.fields if f.role == role) for role in roles}

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Fields by name."""
        return {f.name: f for f in self.fields}

    @cached_property
    def arrow_fields(self) -> list[pa.Field[Any]]:
        """The fields as columns of bronze."""
        return [pa.field(f.name, ARROW_TYPES[f.type]) for f in self.fields]


@lru_cache(maxsize=1)
def _vocabularies() -> dict[str, Any]:
    choices: dict[str, Any] = read_yaml(Path(__file__).with_name("choices.yml"))
    return choices


def _with_choices(entry: dict[str, Any]) -> dict[str, Any]:
    """A field as written, with the list it names in ``choices.yml`` spelled out."""
    choices = entry.get("choices")
    return entry | {"choices": _vocabularies()[choices]} if isinstance(choices, str) else entry


@lru_cache(maxsize=64)
def load_source(name: str) -> Source:
    """Load ``sources/<name>.yml``; unknown keys are errors."""
    raw = read_yaml(SOURCES / f"{name}.yml")
    return Source.model_validate(raw | {"fields": [_with_choices(entry) for entry in raw["fields"]]})
