"""Contracts of form workbooks: one workbook per school, one sheet per form, cells named by code, label and header."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from ingest.schema.contract import Contract, Strict
from ingest.schema.source import Stage


class FormCell(Strict):
    """One cell of a form: by row code or label, and column number or header; A1 where the sheet shows none of these.

    ``by_kind`` gives the A1 of kinds whose form has another layout.
    """

    form: str
    row: str | None = None
    label: list[str] = []
    block: list[str] = []
    """Label of the row below which ``label`` is looked for."""
    column: int | None = None
    header: list[str] = []
    """Last texts of the stacked header, top to bottom; with a trailing ``…`` the beginning of any text of the stack."""
    not_under: list[str] = []
    """Beginnings of header texts under which the A1 column must not stand."""
    a1: str | None = None
    by_kind: dict[str, str] = {}


class FormCondition(Strict):
    """What a form must show for an alternative to apply."""

    form: str
    text: str | None = None
    """Text in the title or header."""
    not_text: str | None = None
    has: list[list[str]] = []
    """Headers that must be there."""
    lacks: list[list[str]] = []
    """Headers that must not be there."""
    numbered: dict[int, str] = {}
    """Header of a numbered column."""
    at: dict[str, str] = {}
    """Header over the column of an A1 address."""


class FormSum(Strict):
    """A value that is the sum of cells; with one cell unknown the sum is unknown, unless the contract says otherwise."""

    when: FormCondition | None = None
    sum: list[FormCell]


class FormField(Strict):
    """Where a canonical field stands: the first alternative that applies."""

    field: str
    first_of: list[FormSum]


class IdentityCell(Strict):
    """An item of the identity form: the value to the right of its label or below it, else A1."""

    field: str
    labels: list[str]
    a1: str | None = None
    first_digits: int | None = None
    only_mapped: bool = False
    """A text outside the value map is unknown: it belongs to another code list."""


class FormWorkbookContract(Contract):
    """One workbook per school, one sheet per form."""

    kind: Literal["form_workbook"]
    identity_form: str
    identity: list[IdentityCell]
    other_labels: list[str] = []
    """Labels of the identity form that no field is read from, so that none of them is taken for a value; with a trailing ``…``
    their beginning."""
    forms: list[str]
    """Every form the contract reads."""
    stage_forms: dict[Stage, list[str]]
    """Forms of a stage, which a school of that stage must hold."""
    a1_counts_frame: bool = False
    """The A1 addresses were published for sheets as the client draws them, its row of letters and column of numbers counted."""
    absent_marks: list[str]
    """Texts for "does not apply": 0 for a stage the school's kind does not have, else unknown."""
    blank_parts_are_nil: bool = False
    """A blank part of a sum counts 0 when another part of it is filled; a sum without any filled part stays unknown."""
    form_fields: list[FormField]

    @model_validator(mode="after")
    def _names_exist(self) -> FormWorkbookContract:
        self.check_names({f.field for f in self.form_fields} | {c.field for c in self.identity})
        options = [option for f in self.form_fields for option in f.first_of]
        used = {cell.form for option in options for cell in option.sum}
        used |= {option.when.form for option in options if option.when}
        if undeclared := (used | {self.identity_form}) - set(self.forms):
            raise ValueError(f"{self.id}: forms not declared: {', '.join(sorted(undeclared))}")
        return self
