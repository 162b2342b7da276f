"""Facts of the sheets of an .xls: the records of its stream, looked through for a few kinds."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.readers.facts import UNNAMED_ERROR, Facts, settle
from ingest.readers.sheet import PICTURE
from ingest.readers.tokens import form_of, is_picture_name
from ingest.values.errors import BINARY_ERRORS

_BOF, _EOF, _SHEET, _RECALCULATED = 0x0809, 0x0A, 0x85, 0x01C1
_NAME, _BOOK, _OUTER_NAME = 0x18, 0x01AE, 0x23
_ROW, _COLUMNS, _ERROR = 0x0208, 0x7D, 0x0205
_FORMULAS = frozenset({0x06, 0x0206, 0x0406})
_WANTED = frozenset({_BOF, _EOF, _SHEET, _RECALCULATED, _NAME, _BOOK, _OUTER_NAME, _ROW, _COLUMNS, _ERROR}) | _FORMULAS
_MOST_COLUMNS = 256
_HIDDEN_ROW, _HIDDEN_COLUMN, _ON_LOAD = 0x20, 0x1, 0x2
_BEFORE_STEPS = 22
"""Bytes of a formula before the steps that compute it; the last two say how long these are."""
_NUMBER, _IS_ERROR, _IS_BLANK = b"\xff\xff", 2, 3

Record = tuple[int, int, int]
"""Kind, place of its data, length."""


@dataclass
class _Globals:
    """What the workbook says before its sheets."""

    starts: list[int] = field(default_factory=list)
    is_excel: bool = False
    """Saved by a program that calculates and says so."""
    names: set[int] = field(default_factory=set)
    """Numbers of the defined names that stand for a picture; the same of each workbook that this one refers to."""
    outer: set[int] = field(default_factory=set)


def facts_of(stream: bytes) -> list[Facts]:
    """Facts of each sheet, in the order in which the workbook names them."""
    book = _globals(stream)
    sheets = [_sheet(stream, start, book) for start in book.starts]
    settle(sheets)
    return sheets


def _globals(stream: bytes) -> _Globals:
    book, names, outer = _Globals(), 0, 0
    for kind, at, length in _records(stream, 0):
        if kind == _SHEET and length >= 4:
            book.starts.append(struct.unpack_from("<I", stream, at)[0])
        elif kind == _RECALCULATED:
            book.is_excel = True
        elif kind == _NAME:
            names += 1
            if length > 14 and is_picture_name(_name(stream, at + 14, stream[at + 3])):
                book.names.add(names)
        elif kind == _BOOK:
            outer = 0
        elif kind == _OUTER_NAME:
            outer += 1
            if length > 7 and is_picture_name(_name(stream, at + 7, stream[at + 6])):
                book.outer.add(outer)
        elif kind == _EOF:
            break
    return book


def _name(stream: bytes, at: int, signs: int) -> str:
    """A text whose first byte says how many each sign takes."""
    is_wide = stream[at] & 1
    return stream[at + 1 : at + 1 + signs * (1 + is_wide)].decode("utf-16-le" if is_wide else "latin-1", errors="replace")


def _records(stream: bytes, at: int) -> Iterator[Record]:
    """The wanted records from a place on; a record that the stream cuts short ends them."""
    size, header, wanted = len(stream), struct.Struct("<HH").unpack_from, _WANTED
    while at + 4 <= size:
        kind, length = header(stream, at)
        at += 4
        if kind in wanted and at + length <= size:
            yield kind, at, length
        at += length


def _sheet(stream: bytes, start: int, book: _Globals) -> Facts:
    """Facts of the sheet that begins here; what a chart within it keeps are no cells."""
    facts, depth = Facts(), 0
    for kind, at, length in _records(stream, start):
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
        elif depth == 1:
            _enter(facts, stream, (kind, at, length), book)
    return facts


def _enter(facts: Facts, stream: bytes, record: Record, book: _Globals) -> None:
    kind, at, length = record
    if kind in _FORMULAS and length >= 16:
        _formula(facts, stream, (kind, at, length), book)
    elif kind == _ERROR and length >= 8 and stream[at + 7]:
        facts.errors[struct.unpack_from("<HH", stream, at)] = BINARY_ERRORS.get(stream[at + 6], UNNAMED_ERROR)
    elif kind == _ROW and length >= 14 and stream[at + 12] & _HIDDEN_ROW:
        facts.hidden_rows.append(struct.unpack_from("<H", stream, at)[0])
    elif kind == _COLUMNS and length >= 9 and stream[at + 8] & _HIDDEN_COLUMN:
        first, last = struct.unpack_from("<HH", stream, at)
        facts.hidden_columns += range(first, min(last + 1, _MOST_COLUMNS))


def _formula(facts: Facts, stream: bytes, record: Record, book: _Globals) -> None:
    """A formula with the value it had when it was saved."""
    _, at, length = record
    place = struct.unpack_from("<HH", stream, at)
    form = form_of(_steps(stream, at, length), "<H", book.names, book.outer)
    if form == "picture":
        facts.errors[place] = PICTURE
        return
    if form is None:
        facts.formulas.append(place)
    result = stream[at + 6 : at + 14]
    if result[6:] != _NUMBER:
        if not any(result) and stream[at + 14] & _ON_LOAD:
            facts.nothing.append(place)
        else:
            facts.is_calculated = True
    elif result[0] == _IS_ERROR:
        facts.errors[place] = BINARY_ERRORS.get(result[2], UNNAMED_ERROR)
        facts.is_calculated = True
    elif result[0] == _IS_BLANK and not book.is_excel:
        facts.nothing.append(place)
    else:
        facts.is_calculated = True


def _steps(stream: bytes, at: int, length: int) -> bytes:
    if length < _BEFORE_STEPS:
        return b""
    size = struct.unpack_from("<H", stream, at + _BEFORE_STEPS - 2)[0]
    return stream[at + _BEFORE_STEPS : at + min(_BEFORE_STEPS + size, length)]
