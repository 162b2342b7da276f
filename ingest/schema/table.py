"""Contracts of plain tables: a header row and one record per row."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from ingest.schema.contract import Strict, TextContract
from ingest.schema.source import Field


class EditedSheet(Strict):
    """A sheet that a workbook of ours brought to people, who fill in some of its cells (:mod:`ingest.shapes.edited`)."""

    guard: str
    """Header of the column that says of each line what stood in the cells that nobody may change."""
    filled: list[str]
    """Fields of which one is filled in a line that says anything."""


class TableContract(TextContract):
    """A header row and one record per row."""

    kind: Literal["table"]
    columns: dict[str, list[str]] | None = None
    """Headers by field; None: the source's names, Chinese headers and aliases."""
    optional_columns: list[str] = []
    """Fields of an explicit map whose column may be missing."""
    other_columns: Literal["keep", "ignore"] = "keep"
    """``keep``: into bronze and reported as unknown; ``ignore``: a wide census of which few columns are wanted."""

    edited: EditedSheet | None = None

    @model_validator(mode="after")
    def _names_exist(self) -> TableContract:
        self.check_names(set(self.columns or ()) | set(self.optional_columns) | set(self.edited.filled if self.edited else ()))
        if "columns" in self.model_fields_set and self.columns is None:
            raise ValueError(f"{self.id}: columns without an entry; leave the key out for the source's own headers")
        if unread := [name for name, headers in (self.columns or {}).items() if not headers]:
            raise ValueError(f"{self.id}: columns without a header: {', '.join(unread)}")
        if not self.required_columns:
            raise ValueError(f"{self.id}: one column must not be optional: it tells the file")
        return self

    @property
    def mapped(self) -> list[Field]:
        """Fields this contract can read from a column."""
        stated = [f for f in self.fields.fields if f.name not in self.constants and f.same_cell_as is None]
        return [f for f in stated if self.columns is None or f.name in self.columns]

    @property
    def is_ours(self) -> bool:
        """Whether its files are workbooks that we made, for people to fill in."""
        return self.edited is not None

    @property
    def required_columns(self) -> list[Field]:
        """Fields whose columns identify the file: the required ones, or every column of an explicit map."""
        return [f for f in self.mapped if f.required or (self.columns is not None and f.name not in self.optional_columns)]

    def headers(self, field: Field) -> list[str]:
        """Headers under which a field may stand."""
        return [field.name, field.zh, *field.aliases] if self.columns is None else self.columns[field.name]
