"""Rows and columns that a workbook hides, found in its bytes: the reader of cells does not tell them apart from others.

A search for the mark costs next to nothing; the lines of a sheet are looked through only where it is there. The old binary
formats (xls, xlsb) tell hidden sheets alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

_MARK = re.compile(rb"""\bhidden\s*=\s*["'](?:1|true)["']""")
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_NUMBER = re.compile(rb"""\b(r|min|max)\s*=\s*["'](\d+)["']""")
_MOST_COLUMNS = 16384

_ODS_MARK = re.compile(rb"""\btable:visibility\s*=\s*["'](?:collapse|filter)["']""")
_ODS_LINE = re.compile(rb"<table:table(-row|-column)?(\s[^>]*)?>")
_ODS_NAME = re.compile(rb"""\btable:name\s*=\s*["']([^"']*)["']""")
_ODS_REPEATED = re.compile(rb"""\btable:number-(?:rows|columns)-repeated\s*=\s*["'](\d+)["']""")
_ODS_MOST = 1 << 20


@dataclass
class Hidden:
    """Rows and columns of one sheet that are not shown, 0-based."""

    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)


def of_sheet(xml: bytes) -> Hidden:
    """Of the part of one sheet of an xlsx. A row without a number follows the one before."""
    found = Hidden()
    if b"hidden" not in xml or not _MARK.search(xml):
        return found
    for match in _COLUMN.finditer(xml):
        if _MARK.search(match[1]):
            stated = {name: int(number) for name, number in _NUMBER.findall(match[1])}
            found.columns += range(stated.get(b"min", 1) - 1, min(stated.get(b"max", 0), _MOST_COLUMNS))
    row = -1
    for match in _ROW.finditer(xml):
        stated = {name: int(number) for name, number in _NUMBER.findall(match[1])}
        row = stated.get(b"r", row + 2) - 1
        if _MARK.search(match[1]):
            found.rows.append(row)
    return found


def of_ods(xml: bytes) -> dict[str, Hidden]:
    """Of every sheet of an ods, from its ``content.xml``."""
    found: dict[str, Hidden] = {}
    if b"table:visibility" not in xml or not _ODS_MARK.search(xml):
        return found
    sheet, row, column = Hidden(), 0, 0
    for match in _ODS_LINE.finditer(xml):
        kind, stated = match[1], match[2] or b""
        if kind is None:
            name = _ODS_NAME.search(stated)
            sheet, row, column = Hidden(), 0, 0
            found[unescape(name[1].decode(errors="replace")) if name else ""] = sheet
            continue
        repeated = _ODS_REPEATED.search(stated)
        times = min(int(repeated[1]), _ODS_MOST) if repeated else 1
        is_hidden = _ODS_MARK.search(stated) is not None
        if kind == b"-row":
            sheet.rows += range(row, row + times) if is_hidden else ()
            row += times
        else:
            sheet.columns += range(column, column + times) if is_hidden else ()
            column += times
    return found
