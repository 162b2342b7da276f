"""Contracts of forms under titles, several of them in one workbook."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from ingest.schema.contract import Contract, Strict
from ingest.schema.source import Field


class ItemFields(Strict):
    """Fields that a numbered cell of a form fills: its form, its line, its name, and what it holds."""

    form: str
    line: str
    name: str
    value: str
    text: str
    unit: str


class Statements(Strict):
    """Headers of a form that asks in words, a line per item (:mod:`ingest.shapes.forms.statements`)."""

    name: list[str]
    text: list[str]
    verdict: list[str]
    sentences: dict[str, dict[str, str]] = {}
    """By form and number of the item: the sentence that the form prints, its blanks as ``{what is asked for}``."""


class StageSequence(Strict):
    """How a list of schools tells the stage of a line that does not state it (:mod:`ingest.schema.stages`)."""

    headers: list[str]
    """Headers of the column that counts the lines; the count begins anew with each stage."""
    order: list[str]
    """Words of the stages as the form has them one after the other."""
    names: dict[str, str]
    """Word of the stage by what stands in a school's name; the first that does decides."""


class TitledFormContract(Contract):
    """Forms under titles, several of them in one workbook, with columns or cells numbered L1, L2 ….

    With ``columns`` a form is a list of records; with ``item`` each of its numbered cells is a record.
    """

    kind: Literal["titled_form"]
    workbook: str
    """Contracts with the same word may be found in one file; each of them is a delivery of its own."""
    titles: dict[str, list[str]]
    """Patterns of the beginning of a title, normalised, by form."""
    columns: dict[str, list[str]] = {}
    """Headers by field."""
    numbers: dict[str, str] = {}
    """Field of a numbered column whose header says nothing known."""
    optional_columns: list[str] = []
    keys: list[str] = []
    """Fields by which a line shows that it is a record: one of them is filled."""
    item: ItemFields | None = None
    labels: list[str] = []
    """Fields whose word (of their value map) stands beside the cells, in a line above them, in the title or the sheet's name."""
    carried: list[str] = []
    """Labels that hold for the lines below as well."""
    notes: list[str] = []
    """Patterns of lines below the records that are none."""
    absent_marks: list[str] = []
    statements: Statements | None = None
    """Of a contract with ``item``: a form without numbered cells whose lines are named, concluded and judged."""
    sequence: StageSequence | None = None
    """Of a contract with ``columns``: what tells ``stage`` where nothing states it."""

    @model_validator(mode="after")
    def _names_exist(self) -> TitledFormContract:
        item = set(self.item.model_dump().values()) if self.item else set()
        used = {*self.columns, *self.numbers.values(), *self.optional_columns, *self.keys, *self.labels, *self.carried, *item}
        self.check_names(used)
        if bool(self.columns) == bool(self.item):
            raise ValueError(f"{self.id}: give either columns or item")
        if unlisted := set(self.labels) - set(self.value_maps):
            raise ValueError(f"{self.id}: labels without a value map: {', '.join(sorted(unlisted))}")
        words = {*self.sequence.order, *self.sequence.names.values()} if self.sequence else set()
        if words - set(self.value_maps.get("stage", {})):
            raise ValueError(f"{self.id}: sequence names stages that value_maps does not")
        return self

    @property
    def mapped(self) -> list[Field]:
        """Fields this contract can read from a column."""
        return [f for f in self.fields.fields if f.name in self.columns]

    @property
    def required_columns(self) -> list[Field]:
        """Fields whose columns identify the form."""
        return [f for f in self.mapped if f.name not in self.optional_columns]

    def headers(self, field: Field) -> list[str]:
        """Headers under which a field may stand."""
        return self.columns[field.name]
