"""What a check found in one submission, and how it is said to the people who deliver."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from expectations.catalogue import Check, Rules
from expectations.sentences import sentence
from ingest.values import address
from ingest.values.cells import plain
from ingest.values.quotes import quotable
from ingest.values.texts import row_place

FEW = 4
"""Cells beside a fault that are all named."""


@dataclass(frozen=True)
class Finding:
    """One failing cell, or (without a place) a fault of the submission as a whole.

    ``text`` is a Chinese sentence without its stop.
    """

    text: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None


@dataclass
class Outcome:
    """Result of one check on one submission.

    ``failed`` counts rows, ``faults`` cells; ``findings`` lists them, perhaps not all.
    """

    check: Check
    submission_id: str
    checked: int
    failed: int = 0
    faults: int = 0
    findings: list[Finding] = field(default_factory=list)
    refused_with: list[str] = field(default_factory=list)

    @property
    def refuses(self) -> bool:
        """Whether an error was found."""
        return self.failed > 0 and self.check.severity == "error"


def shown(value: Any) -> str:
    """A value as a person would read it."""
    if value is None:
        return ""
    return plain(value) if isinstance(value, Decimal) else str(value)


def cell_finding(rules: Rules, source: str, column: str, row: dict[str, Any], fault: str) -> Finding:
    """A finding at a cell.

    ``row`` holds ``_sheet``, ``_row``, ``_cells`` and ``value``; ``fault`` is what is wrong.
    """
    title, sheet, number = rules.title(source, column), row["_sheet"], row["_row"]
    value = quotable(shown(row["value"]), rules.sources[source].field(column))
    if cells := _addresses(row, column):
        sheet, number = cells[0].sheet, cells[0].row
    place = cell_place(row, column)
    key = "cell_without_value" if row["value"] is None else "cell_with_value"
    text = sentence(key, place=place, title=title, value=value, fault=fault)
    return Finding(text, sheet or None, number, title, value or None)


def _addresses(row: dict[str, Any], column: str) -> address.Addresses:
    return address.read(json.loads(row["_cells"] or "{}").get(column) or "")


def cell_place(row: dict[str, Any], column: str) -> str:
    """Where a field of a row stands: the cells of a form, or sheet and line."""
    cells = _addresses(row, column)
    return address.told(cells) if cells else row_place(row["_sheet"], row["_row"])


def beside_text(rules: Rules, source: str, columns: tuple[str, ...], row: dict[str, Any]) -> str:
    """Further cells of a row that a fault is about: title, address of a form's cell, value. Of many, those that are filled."""
    cells = json.loads(row["_cells"] or "{}")
    texts = []
    for column in columns if len(columns) <= FEW else (column for column in columns if row[column]):
        addresses = address.read(cells.get(column) or "")
        place = f"（{address.told(addresses)}）" if addresses else ""
        value = quotable(shown(row[column]), rules.sources[source].field(column))
        key = "beside_without_value" if row[column] is None else "beside_with_value"
        texts.append(sentence(key, title=rules.title(source, column), place=place, value=value))
    return "，".join(texts)
