"""Sheets that a workbook of ours brought to people: which cells they changed, and which of these they may.

Of each line a hidden cell, the guard, says what stood in the cells that are not to be filled in: by header the first 8 hex
digits of a hash of the text. It guards against slips, not against malice: nothing is taken from a guarded cell but the number
of the line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from ingest.readers.sheet import Sheet
from ingest.schema.table import EditedSheet
from ingest.shapes.header import Header
from ingest.values.cells import clean_text, squeeze
from ingest.values.faults import row_fault
from junheng.core.records import Fault

_DIGITS = 8


def _mark(cell: object) -> str:
    return hashlib.sha256(squeeze(cell).encode()).hexdigest()[:_DIGITS]


def guard(cells: Mapping[str, object]) -> str:
    """The guard of a line, from its cells by header."""
    return json.dumps({header: _mark(cell) for header, cell in cells.items()}, ensure_ascii=False, separators=(",", ":"))


class Edited:
    """An edited sheet below its header."""

    def __init__(self, contract: EditedSheet, header: Header, sheet: Sheet) -> None:
        self._sheet = sheet
        self._columns = {text: column for column, text in reversed(list(enumerate(header.texts)))}
        self._names = header.texts
        self._guard = self._columns.get(contract.guard)
        self._filled = [header.columns[name] for name in contract.filled if name in header.columns]
        self._read = frozenset(header.columns.values())

    def says_anything(self, index: int) -> bool:
        """Whether somebody filled in a cell of a line."""
        return any(clean_text(self._cell(index, column)) for column in self._filled)

    def faults(self, index: int) -> list[Fault]:
        """What is wrong with a line, cell by cell: guarded cells with another text, and formulas."""
        marks = self._marks(index)
        if marks is None:
            return [self._fault("not_our_line", index)]
        changed = [name for name, mark in marks.items() if _mark(self._cell(index, self._columns.get(name))) != mark]
        formulas = sorted(column for row, column in self._sheet.formulas if row == index and column in self._read)
        formulas += [
            column for column in self._filled if column not in formulas and clean_text(self._cell(index, column)).startswith("=")
        ]
        faults = [self._fault("protected_cell", index, name) for name in changed]
        return faults + [self._fault("formula_cell", index, self._names[column]) for column in formulas]

    def _fault(self, rule: str, index: int, column: str | None = None) -> Fault:
        return row_fault(rule, sheet=self._sheet.name, row=index + 1, column=column)

    def _cell(self, index: int, column: int | None) -> object:
        cells = self._sheet.rows[index]
        return cells[column] if column is not None and column < len(cells) else None

    def _marks(self, index: int) -> dict[str, str] | None:
        """Marks by header; None where the guard is gone or not ours."""
        try:
            marks = json.loads(clean_text(self._cell(index, self._guard)))
        except ValueError:
            return None
        return marks if isinstance(marks, dict) and marks else None
