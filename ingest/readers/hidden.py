"""Rows and columns that a sheet of an .xlsx hides, found in its bytes: the reader of cells does not tell them apart from others.

A search for the mark costs next to nothing; the lines of a sheet are looked through only where it is there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_MARK = re.compile(rb"""\bhidden\s*=\s*["'](?:1|true)["']""")
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_NUMBER = re.compile(rb"""\b(r|min|max)\s*=\s*["'](\d+)["']""")
_MOST_COLUMNS = 16384


@dataclass
class Hidden:
    """Rows and columns of one sheet that are not shown, 0-based."""

    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)


def of_sheet(xml: bytes) -> Hidden:
    """Of the part of one sheet of an xlsx. A row without a number follows the one before."""
    hidden = Hidden()
    if b"hidden" not in xml or not _MARK.search(xml):
        return hidden
    for match in _COLUMN.finditer(xml):
        if _MARK.search(match[1]):
            stated = {name: int(number) for name, number in _NUMBER.findall(match[1])}
            hidden.columns += range(stated.get(b"min", 1) - 1, min(stated.get(b"max", 0), _MOST_COLUMNS))
    row = -1
    for match in _ROW.finditer(xml):
        stated = {name: int(number) for name, number in _NUMBER.findall(match[1])}
        row = stated.get(b"r", row + 2) - 1
        if _MARK.search(match[1]):
            hidden.rows.append(row)
    return hidden
