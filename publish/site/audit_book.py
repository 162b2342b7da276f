"""The workbook of a table of the audit pack: every row, in the order of its page, to be sorted and filtered in Excel.

Equal rows and an equal time of the release give equal bytes. A text is written as text, whatever it begins with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from publish.site.audit_tables import PageColumn
from publish.words.texts import texts

_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_MOST_ROWS = 1_048_575
"""Rows of a sheet below its header."""
_MOST_SIGNS = 32_767
"""Signs of a cell."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS = {"say": 48, "file": 40, "hash": 20, "n": 12, "nowrap": 16, "": 16}


class _Sheets:
    """The sheets of a workbook; a new one is begun when one is full."""

    def __init__(self, book: xlsxwriter.Workbook, title: str, columns: Sequence[PageColumn]) -> None:
        self._book = book
        self._title = title
        self._columns = columns
        self._head = book.add_format({"bold": True, "bg_color": "#D9E1F2", "text_wrap": True, "valign": "top"})
        self._text = book.add_format({"valign": "top"})
        self._quoted = book.add_format({"valign": "top", "quote_prefix": True})
        self._count = 0
        self._sheet: Any = None
        self._line = 0
        self._begin()

    def _begin(self) -> None:
        self._count += 1
        number = "" if self._count == 1 else f" {self._count}"
        self._sheet = self._book.add_worksheet(f"{self._title[:25]}{number}")
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(self._columns):
            self._sheet.set_column(place, place, _WIDTHS[column.css])
            self._sheet.write_string(0, place, column.label, self._head)
        self._line = 0

    def add(self, row: Sequence[Any]) -> None:
        """Write a row: numbers as numbers, anything else as text."""
        if self._line == _MOST_ROWS:
            self.close()
            self._begin()
        self._line += 1
        for place, (column, value) in enumerate(zip(self._columns, row, strict=True)):
            if value is None or value == "":
                continue
            if column.is_number:
                self._sheet.write_number(self._line, place, value, self._text)
                continue
            text = str(value)
            if len(text) > _MOST_SIGNS:
                more = str(texts()["audit_pack"]["cell_cut"])
                text = text[: _MOST_SIGNS - len(more)] + more
            self._sheet.write_string(self._line, place, text, self._quoted if text.startswith(_FORMULA) else self._text)

    def close(self) -> None:
        """End a sheet: its filter covers what was written."""
        self._sheet.autofilter(0, 0, self._line, len(self._columns) - 1)


def write_book(path: Path, title: str, columns: Sequence[PageColumn], rows: Iterable[Sequence[Any]], created_at: str) -> None:
    """Write all ``rows`` of a table; ``created_at`` is the only time in the file (ISO)."""
    book = xlsxwriter.Workbook(str(path), _OPTIONS)
    book.set_properties({"title": title, "created": datetime.fromisoformat(created_at)})
    sheets = _Sheets(book, title, columns)
    for row in rows:
        sheets.add(row)
    sheets.close()
    book.close()
