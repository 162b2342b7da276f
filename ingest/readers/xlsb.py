"""Facts of the sheets of an .xlsb: the records of its binary parts, looked through for a few kinds."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from ingest.readers.facts import MOST_COLUMNS, UNNAMED_ERROR, Facts, settle
from ingest.readers.package import Package
from ingest.readers.sheet import PICTURE, Place
from ingest.readers.tokens import form_of, is_picture_name
from ingest.values.errors import BINARY_ERRORS

_ROW, _ERROR, _NAME, _COLUMNS, _SHEET, _CALCULATION, _MERGED = 0, 3, 39, 60, 156, 157, 176
_FORMULA_TEXT, _FORMULA_NUMBER, _FORMULA_TRUTH, _FORMULA_ERROR = 8, 9, 10, 11
_FORMULAS = frozenset({_FORMULA_TEXT, _FORMULA_NUMBER, _FORMULA_TRUTH, _FORMULA_ERROR})
_WANTED = _FORMULAS | {_ROW, _ERROR, _NAME, _COLUMNS, _SHEET, _CALCULATION, _MERGED}
_HIDDEN_ROW, _HIDDEN_COLUMN, _ON_LOAD = 0x10, 0x1, 0x1
_LEAST = {_ROW: 13, _ERROR: 9, _NAME: 13, _COLUMNS: 18, _SHEET: 16, _CALCULATION: 26, _MERGED: 16} | dict.fromkeys(_FORMULAS, 9)
"""Bytes of the shortest record of a kind."""


WORKBOOK = "xl/workbook.bin"


@dataclass
class _Book:
    """What the workbook says of its sheets."""

    relations: list[str] = field(default_factory=list)
    """Of each sheet in order."""
    on_load: bool = False
    """It asks to be calculated when it is opened."""
    names: set[int] = field(default_factory=set)
    """Numbers of the defined names that stand for a picture."""


def sheets_of(package: Package) -> list[Facts]:
    """Facts of each sheet in order; a sheet that the package does not hold ends them."""
    related = package.related(WORKBOOK)
    book = _book(package.read(WORKBOOK))
    parts = [related.get(relation, "") for relation in book.relations]
    sheets = [_facts_of(package.read(part), book) for part in takewhile(package.holds, parts)]
    settle(sheets)
    return sheets


def _book(workbook: bytes) -> _Book:
    book, names = _Book(), 0
    for kind, data in _records(workbook):
        if kind == _SHEET:
            book.relations.append(_text(data, 8))
        elif kind == _CALCULATION:
            book.on_load = bool(data[24] & _ON_LOAD)
        elif kind == _NAME:
            names += 1
            if is_picture_name(_text(data, 9)):
                book.names.add(names)
    return book


def _text(data: bytes, at: int) -> str:
    length = struct.unpack_from("<I", data, at)[0]
    return data[at + 4 : at + 4 + 2 * length].decode("utf-16-le", errors="replace") if length < MOST_COLUMNS else ""


def _facts_of(sheet: bytes, book: _Book) -> Facts:
    """Facts of one sheet from its part."""
    facts, row = Facts(merged=[]), 0
    assert facts.merged is not None
    for kind, data in _records(sheet):
        if kind == _ROW:
            row = struct.unpack_from("<I", data, 0)[0]
            if data[11] & _HIDDEN_ROW:
                facts.hidden_rows.append(row)
        elif kind == _COLUMNS:
            first, last = struct.unpack_from("<II", data, 0)
            if data[16] & _HIDDEN_COLUMN:
                facts.hidden_columns += range(first, min(last + 1, MOST_COLUMNS))
        elif kind == _MERGED:
            top, bottom, left, right = struct.unpack_from("<4I", data, 0)
            facts.merged.append(((top, left), (bottom, right)))
        elif kind in _FORMULAS or kind == _ERROR:
            _cell(facts, (row, struct.unpack_from("<I", data, 0)[0]), kind, data, book)
    return facts


def _cell(facts: Facts, place: Place, kind: int, data: bytes, book: _Book) -> None:
    if kind in _FORMULAS:
        form = form_of(_steps(kind, data), "<I", book.names, ())
        if form == "picture":
            facts.errors[place] = PICTURE
            return
        if form is None:
            facts.formulas.append(place)
    if kind in (_ERROR, _FORMULA_ERROR):
        facts.errors[place] = BINARY_ERRORS.get(data[8], UNNAMED_ERROR)
    elif book.on_load and kind in (_FORMULA_NUMBER, _FORMULA_TEXT) and not any(data[8 : 16 if kind == _FORMULA_NUMBER else 12]):
        facts.nothing.append(place)
        return
    facts.is_calculated |= kind in _FORMULAS


def _steps(kind: int, data: bytes) -> bytes:
    """The steps of a formula: behind its value, two bytes and how long they are."""
    if kind == _FORMULA_TEXT:
        at = 12 + 2 * struct.unpack_from("<I", data, 8)[0] if len(data) >= 12 else len(data)
    else:
        at = 16 if kind == _FORMULA_NUMBER else 9
    if at + 6 > len(data):
        return b""
    return data[at + 6 : at + 6 + struct.unpack_from("<I", data, at + 2)[0]]


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """The wanted records; one that the part cuts short, or that is too short for its kind, is left out."""
    at, size = 0, len(part)
    while at < size:
        kind = part[at]
        at += 1
        if kind & 0x80 and at < size:
            kind = kind & 0x7F | (part[at] & 0x7F) << 7
            at += 1
        length = shift = 0
        while at < size:
            byte = part[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 or shift == 28:
                break
        if kind in _WANTED and at + length <= size and length >= _LEAST[kind]:
            yield kind, part[at : at + length]
        at += length
