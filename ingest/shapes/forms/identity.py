"""The identity form of a school's workbook: labels with their values to the right, or in the rows below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ingest.readers.sheet import Place
from ingest.schema.codes import kinds
from ingest.schema.form_workbook import FormCell, FormWorkbookContract, IdentityCell
from ingest.shapes.forms.formsheet import FormSheet, label_of
from ingest.shapes.words import LAYOUT
from ingest.values.cells import squeeze

_ROWS_BELOW = 3
"""Rows below a label in which its value may stand: a name, and its code below."""
_KIND = re.compile(r"(\d{3})(?!\d)")


def kind_code(contract: FormWorkbookContract, text: str) -> str | None:
    """Code of a school's kind, given by name, code, or a code before its name; None where the list has no such."""
    known = kinds(contract.kind_system or "")
    code = known.code_of(text)
    if code not in known.stages and (match := _KIND.match(text)):
        code = match[1]
    return code if code in known.stages else None


@dataclass(frozen=True)
class FoundItem:
    """Where an item of the form stands: its label, and its value where there is one."""

    label: Place | None
    value: Place | None


class IdentityForm:
    """The form as its sheet draws it. No cell that is a label of the form is a value."""

    def __init__(self, contract: FormWorkbookContract, sheet: FormSheet) -> None:
        self._contract = contract
        self._sheet = sheet
        labels = {label_of(label) for item in contract.identity for label in item.labels}
        others = [label_of(label) for label in contract.other_labels]
        self._known = labels | set(others)
        self._beginnings = tuple(label.rstrip("….") for label in others if label.endswith("…"))
        self._items = labels

    def find(self, item: IdentityCell) -> FoundItem:
        """The item: under its label, else at its published address."""
        hint = self._hint(item)
        unfilled = FoundItem(None, None)
        for label in self._places(item):
            right, below = self._right(label, hint), self._below(label, item)
            match self._is_above(label[0]):
                case True:
                    value = below
                case False:
                    value = right
                case None:
                    value = right or below
            if value is not None:
                return FoundItem(label, value)
            unfilled = unfilled if unfilled.label else FoundItem(label, None)
        if unfilled.label or hint is None or self._is_label(hint):
            return unfilled
        return FoundItem(None, hint)

    def _hint(self, item: IdentityCell) -> Place | None:
        form = self._contract.identity_form
        return self._sheet.locate(FormCell(form=form, a1=item.a1), None) if item.a1 else None

    def _places(self, item: IdentityCell) -> Iterator[Place]:
        """Cells that hold a label of the item, the first label first."""
        for wanted in map(label_of, item.labels):
            yield from self._sheet.places.get(wanted, ())

    @cached_property
    def _rows_of_labels(self) -> frozenset[int]:
        """Rows in which a label of an item stands."""
        return frozenset(row for label in self._items for row, _ in self._sheet.places.get(label, ()))

    def _is_label(self, place: Place) -> bool:
        row, column = place
        texts = self._sheet.labels[row] if row < len(self._sheet.labels) else []
        text = texts[column] if column < len(texts) else ""
        return text in self._known or (bool(self._beginnings) and text.startswith(self._beginnings))

    def _is_filled(self, place: Place) -> bool:
        return bool(squeeze(self._sheet.value(place)))

    def _right(self, label: Place, hint: Place | None) -> Place | None:
        """The next filled cell, without a number of the row; in the column of the hint where that is filled."""
        row, column = label
        right = range(column + 1, len(self._sheet.rows[row]))
        filled = [(row, beside) for beside in right if self._is_filled((row, beside))]
        if len(filled) > 1 and not self._is_label(filled[1]) and self._sheet.is_row_code(filled[0]):
            filled = filled[1:]
        hinted = (row, hint[1]) if hint else None
        place = hinted if hinted in filled else next(iter(filled), None)
        return None if place is None or self._is_label(place) else place

    def _below(self, label: Place, item: IdentityCell) -> Place | None:
        """The first filled cell in the rows below that fits the item, else the first one, up to the next label."""
        row, column = label
        places: list[Place] = []
        for below in range(row + 1, min(row + 1 + _ROWS_BELOW, len(self._sheet.rows))):
            if self._is_label((below, column)) or below in self._rows_of_labels:
                break
            if self._is_filled((below, column)):
                places.append((below, column))
        return next((place for place in places if self._fits(item, place)), next(iter(places), None))

    @cached_property
    def _evidence(self) -> list[tuple[int, bool]]:
        """Rows of labels whose value shows by what it is that it belongs to one, and whether it stands below."""
        evidence = []
        for item in self._contract.identity:
            hint = self._hint(item)
            for label in self._places(item):
                right, below = self._right(label, hint), self._below(label, item)
                if right is not None and self._fits(item, right):
                    evidence.append((label[0], False))
                elif below is not None and self._fits(item, below):
                    evidence.append((label[0], True))
        return evidence

    def _is_above(self, row: int) -> bool | None:
        """Whether the values of a row of labels stand below it; None where neither it nor another row shows it."""
        of_row = {is_above for labels, is_above in self._evidence if labels == row}
        seen = of_row or {is_above for _, is_above in self._evidence}
        return seen.pop() if len(seen) == 1 else (False if seen else None)

    def _fits(self, item: IdentityCell, place: Place) -> bool:
        """Whether a cell shows by what it is that it holds this item."""
        text, contract = squeeze(self._sheet.value(place)), self._contract
        if item.field in contract.fields.named("school"):
            return bool(contract.school_code_pattern and re.fullmatch(contract.school_code_pattern, text))
        if item.field in contract.fields.named("kind"):
            return kind_code(contract, text) is not None
        if item.first_digits:
            return re.match(rf"\d{{{item.first_digits}}}", text) is not None
        if mapped := contract.value_maps.get(item.field):
            return text in set(map(squeeze, mapped))
        return contract.fields.field(item.field).type == "flag" and text in LAYOUT.flags
