"""Contracts of vertical forms: one record per sheet, a line per item."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from ingest.schema.contract import TextContract
from ingest.schema.source import Field


class VerticalFormContract(TextContract):
    """One record per sheet: a line per item, its name in one column and its value in another."""

    kind: Literal["vertical_form"]
    item_headers: list[str]
    value_headers: list[str]
    completed: list[str] = []
    """Required fields whose line may be missing: the landing folder states them."""

    @model_validator(mode="after")
    def _names_exist(self) -> VerticalFormContract:
        self.check_names(set(self.completed))
        return self

    @property
    def mapped(self) -> list[Field]:
        """Fields this contract can read from a line."""
        return [f for f in self.fields.fields if f.name not in self.constants]

    @property
    def required_columns(self) -> list[Field]:
        """Fields whose lines identify the form."""
        return [f for f in self.mapped if f.required and f.name not in self.completed]

    def headers(self, field: Field) -> list[str]:
        """Names under which an item may stand."""
        return [field.name, field.zh, *field.aliases]
