"""Texts of what ingest finds wrong: loaded from ``faults.yml``, filled with the place."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ingest.values.texts import and_more, row_place
from junheng.core.data import read_yaml
from junheng.core.records import Fault, ParseResult

FOLDER_DISAGREES = "folder_disagrees"
MISFIT = "cell_misfits"
PICTURE = "picture_in_cell"


class Rule(BaseModel):
    """One thing ingest can find; ``what`` and ``fix`` are Chinese sentences with placeholders.

    Of scope ``note`` and ``warning``: told, and nothing is refused or set aside for it; a warning wants to be settled.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    scope: Literal["landing", "file", "row", "note", "warning"]
    title_zh: str
    what: str
    fix: str

    @property
    def is_note(self) -> bool:
        """Whether nothing is refused or set aside for it."""
        return self.scope in ("note", "warning")


NAMED_NOTES = 5
"""Notes of one kind that are told in full."""


def told_notes(notes: Iterable[Fault]) -> dict[str, str]:
    """What is said of the notes of each rule: the first ones in full, and how many there are."""
    sentences: dict[str, list[str]] = {}
    for note in notes:
        sentences.setdefault(note.rule, []).append(note.guidance)
    return {rule: "".join(texts[:NAMED_NOTES]) + and_more(len(texts), NAMED_NOTES, "places") for rule, texts in sentences.items()}


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """All rules of ingest by id."""
    entries = read_yaml(Path(__file__).with_name("faults.yml"))
    return {rule.id: rule for rule in map(Rule.model_validate, entries)}


class Refusal(Exception):
    """The file as a whole cannot be taken. ``rule`` is an id of ``faults.yml``, ``details`` fill its placeholders."""

    def __init__(self, rule: str, **details: object) -> None:
        super().__init__(rule)
        self.rule = rule
        self.what = rules()[rule].what.format(**details)
        self.fix = rules()[rule].fix.format(**details)

    @property
    def fault(self) -> Fault:
        """The refusal as a fault of the file."""
        return Fault(rule=self.rule, guidance=self.what + self.fix)


def refuse(result: ParseResult, refusal: Refusal) -> ParseResult:
    """Enter a refusal in the result of a file."""
    result.refused = True
    result.reason, result.fix = refusal.what, refusal.fix
    result.faults.insert(0, refusal.fault)
    return result


def row_fault(
    rule: str,
    *,
    sheet: str | None,
    row: int | None,
    column: str | None = None,
    value: str | None = None,
    **details: object,
) -> Fault:
    """Describe a fault of one row or cell, with its place in the sentence."""
    filled = {"place": row_place(sheet, row), "column": column or "", "value": value or "", **details}
    entry = rules()[rule]
    guidance = entry.what.format(**filled) + entry.fix.format(**filled)
    return Fault(rule=rule, guidance=guidance, sheet=sheet, row=row, column=column, value=value)
