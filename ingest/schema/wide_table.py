"""Contracts of wide tables: one row per school under stacked header rows, one file per stage."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from ingest.schema.contract import Strict, TextContract
from ingest.schema.source import Stage


class WidePath(Strict):
    """One column of a wide table: the last texts of its stacked header, top to bottom; a total (计) at the end may miss."""

    path: list[str]
    optional: bool = False
    """A part of a sum that some exports leave out."""


class WideField(Strict):
    """Where a canonical field stands: the first alternative whose columns are all there, each a sum of columns.

    ``{stage}`` in ``field`` and in a path stands for the stage of the file and its Chinese name.
    """

    field: str
    stages: list[Stage] = []
    """Stages of a field with ``{stage}``; a field without is read in the file of every stage."""
    first_of: list[list[WidePath]]
    not_under: list[str] = []
    """Beginnings of header texts under which the column must not stand."""
    first_digits: int | None = None

    def names(self) -> list[str]:
        """Canonical fields this entry fills."""
        return [self.field.format(stage=stage) for stage in self.stages] or [self.field]


class WideTableContract(TextContract):
    """One row per school under stacked header rows, one file per stage."""

    kind: Literal["wide_table"]
    stage_names: dict[Stage, list[str]] = {}
    """Words for a stage in titles, sheet names and file names; the first one stands in header paths. Without any the columns
    say themselves of which stage they are."""
    not_stage_names: list[str] = []
    """Words that hold the word for a stage and do not name one."""
    stage_headers: dict[Stage, list[str]] = {}
    """Header texts that only the file of that stage has."""
    absent_marks: list[str]
    """Texts for "does not apply": unknown."""
    blank_parts_are_nil: bool = False
    """A blank part of a sum counts 0 when another part of it is filled; a sum without any filled part stays unknown."""
    required: list[str]
    """Entries of ``wide_fields`` without whose columns a file is none of this shape."""
    wide_fields: list[WideField]

    @model_validator(mode="after")
    def _names_exist(self) -> WideTableContract:
        self.check_names({name for entry in self.wide_fields for name in entry.names()})
        for entry in self.wide_fields:
            if bool(entry.stages) != ("{stage}" in entry.field):
                raise ValueError(f"{self.id}: {entry.field}: stages and {{stage}} belong together")
            if unnamed := set(entry.stages) - set(self.stage_names):
                raise ValueError(f"{self.id}: {entry.field}: stages without a name: {', '.join(sorted(unnamed))}")
            if not all(any(not part.optional for part in option) for option in entry.first_of):
                raise ValueError(f"{self.id}: {entry.field}: a sum needs one part that is not optional")
        if not self.required or any(not part.path for e in self.wide_fields for option in e.first_of for part in option):
            raise ValueError(f"{self.id}: required needs an entry, and every part a path")
        if unknown := set(self.required) - {entry.field for entry in self.wide_fields}:
            raise ValueError(f"{self.id}: required but not declared: {', '.join(sorted(unknown))}")
        return self

    @property
    def any_stage(self) -> Stage:
        """A stage for what every stage has."""
        return next(iter(self.stage_names), "primary")
