"""Our own 收件回执 and 退回单 in landing: untouched they deliver nothing; a 退回单 filled in delivers its file, repaired.

It is an envelope with one member: the file that it names, as the archive keeps it, with the cells changed that were filled in.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ingest.readers import text as text_reader
from ingest.readers.child import Child
from ingest.readers.repair import ENCODINGS, delimiter_of
from ingest.readers.reply import Member
from ingest.readers.sheet import column_index
from ingest.readers.text import BadByte, TextFile
from ingest.readers.workbook import looks_like_workbook, open_workbook
from ingest.schema.source import load_source
from ingest.shapes.header import normalise
from ingest.values.cells import show
from ingest.values.faults import Refusal
from ingest.values.texts import few, named_column, texts_beside
from junheng.core.settings import SOURCES
from junheng.core.typed import StrictModel, load

_TEXT = texts_beside(__file__)
_RULE = "return_not_applied"
_NAMED = 5
_SHA256 = re.compile(r"[0-9a-f]{64}")
OriginalPlace = Callable[[str], Path]
"""Where the archive keeps a file, by its hash."""
_child = Child("ingest.readers.repair")


class OwnBook(StrictModel):
    """How a kind of book of ours is known: the beginning of its name, and a sheet."""

    name: str
    sheet: str


class CorrectionsSheet(StrictModel):
    """The sheet of corrections, and its columns that are filled in."""

    sheet: str
    filled: tuple[str, ...]


class RepairColumns(StrictModel):
    """Headers of the sheet that is filled in."""

    sheet: str
    row: str
    column: str
    repaired: str


class ReturnedSettings(StrictModel):
    """``returned.yml``."""

    receipt: OwnBook
    repair: OwnBook
    disputes: str
    """Sheet of a 退回单 in which nothing is filled in."""
    corrections: CorrectionsSheet
    file: str
    sha256: str
    columns: RepairColumns
    emptied: str


class _Repair(NamedTuple):
    sheet: str | None
    row: int
    """1-based."""
    column: str
    """Its letter, or its header."""
    value: object


class _Returned(NamedTuple):
    """What a 退回单 says."""

    path: str
    """Of its file, below the landing that it was delivered in."""
    sha256: str
    repairs: list[_Repair]
    has_corrections: bool


class _NotApplied(Exception):
    """What was filled in cannot be used; the message says why."""


@cache
def settings() -> ReturnedSettings:
    """How our books are known in landing."""
    return load(Path(__file__).with_suffix(".yml"), ReturnedSettings)


def may_be(path: str) -> bool:
    """Whether a file has the name of a book of ours, so that it has to be opened to know."""
    name = PurePosixPath(path).name
    return name.endswith(".xlsx") and name.startswith((settings().receipt.name, settings().repair.name))


def members(data: bytes, original: OriginalPlace, name: str) -> list[Member] | None:
    """What a book of ours delivers: nothing, or the repaired file. None where it is none of ours.

    ``original``: where the archive keeps a file of this hash. ``name``: that of the book.
    """
    try:
        if name.startswith(settings().receipt.name):
            return [] if settings().receipt.sheet in open_workbook(data).names else None
        named = _said(data)
    except Refusal:
        return None
    if named is None:
        return None
    if not named.repairs and not named.has_corrections:
        return []
    of_file = PurePosixPath(named.path).name or name
    try:
        content = _repaired(named, original)
    except _NotApplied as error:
        return [Member(of_file, rule=_RULE, detail=str(error))]
    return [Member(of_file, len(content), hashlib.sha256(content).hexdigest())]


def read(book: Path, original: OriginalPlace) -> bytes | None:
    """The repaired file; None where the book is none of ours. Raises OSError, and Refusal where it cannot be made."""
    if not may_be(book.name) or (named := _said(book.read_bytes())) is None:
        return None
    try:
        return _repaired(named, original)
    except _NotApplied as error:
        raise Refusal(_RULE, path=named.path, detail=str(error)) from error


def _repaired(named: _Returned, original: OriginalPlace) -> bytes:
    """The file with its cells changed. Raises _NotApplied."""
    if named.has_corrections:
        raise _NotApplied(_TEXT("corrections_elsewhere"))
    place = original(named.sha256) if _SHA256.fullmatch(named.sha256) else None
    if place is None or not place.is_file():
        raise _NotApplied(_TEXT("original_gone"))
    data = place.read_bytes()
    try:
        placed, lost = _placed(data, named.repairs)
        content = None if lost else bytes(_child.ask(data, json.dumps(placed)))
    except Refusal as refusal:
        raise _NotApplied(_TEXT("original_format")) from refusal
    if content is None:
        raise _NotApplied(_TEXT("cells_not_found", cells=few(lost, _NAMED)))
    return content


def _said(data: bytes) -> _Returned | None:
    """What stands in a 退回单; None where the workbook is none. Raises Refusal."""
    book, wanted = open_workbook(data), settings()
    sheet, filled = wanted.corrections.sheet, wanted.corrections.filled
    corrections = (_lines(book.sheet(sheet).rows, filled) or []) if sheet in book.names else []
    has_corrections = any(_text(cell) for line in corrections for cell in line.values())
    if wanted.repair.sheet not in book.names:
        return _Returned("", "", [], has_corrections) if wanted.disputes in book.names else None
    rows = book.sheet(wanted.repair.sheet).rows
    texts = [_text(row[0]) for row in rows if row]
    path = next((text.removeprefix(wanted.file) for text in texts if text.startswith(wanted.file)), "")
    sha256 = next((text.removeprefix(wanted.sha256) for text in texts if text.startswith(wanted.sha256)), "")
    columns = wanted.columns.model_dump()
    lines = _lines(rows, columns.values())
    if lines is None or not path or not sha256:
        return None
    repairs = []
    for line in lines:
        given = {key: _text(line[header]) for key, header in columns.items()}
        if given["repaired"]:
            row = int(given["row"]) if given["row"].isdecimal() else 0
            repairs.append(_Repair(given["sheet"] or None, row, given["column"], _value(line[columns["repaired"]])))
    return _Returned(path, sha256, repairs, has_corrections)


def _lines(rows: Sequence[Sequence[object]], headers: Iterable[str]) -> list[dict[str, object]] | None:
    """The cells below these headers, line by line; None where no row has them all."""
    for place, row in enumerate(rows):
        texts = [_text(cell) for cell in row]
        if set(headers) <= set(texts):
            at = {header: texts.index(header) for header in headers}
            return [
                {header: line[column] if column < len(line) else None for header, column in at.items()}
                for line in rows[place + 1 :]
            ]
    return None


def _text(cell: object) -> str:
    return show(cell).strip()


def _value(cell: object) -> object:
    """A cell as JSON takes it; nothing for one that is to be empty."""
    if isinstance(cell, date):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, int | float):
        return cell
    text = _text(cell)
    return None if text == settings().emptied else text


def _placed(data: bytes, repairs: Sequence[_Repair]) -> tuple[list[tuple[str | None, int, int, object]], list[str]]:
    """Sheet, row and column (0-based) of each repair with its value, and the cells that the file does not have."""
    sheets: dict[str | None, Sequence[Sequence[object]]] = {}
    if looks_like_workbook(data):
        book = open_workbook(data)
        sheets = {name: book.sheet(name).rows for name in book.names}
        if len(book.names) == 1:
            sheets[None] = sheets[book.names[0]]
    else:
        text = TextFile(data).decode(list(ENCODINGS))
        if isinstance(text, BadByte):
            raise _NotApplied(_TEXT("original_format"))
        sheets[None] = text_reader.read(text, delimiter_of(text)).rows
    placed, lost = [], []
    for repair in repairs:
        column = _column(sheets.get(repair.sheet, ()), repair)
        if column is None:
            lost.append(f"{repair.column}{repair.row or ''}")
        else:
            placed.append((repair.sheet, repair.row - 1, column, repair.value))
    return placed, lost


def _column(rows: Sequence[Sequence[object]], repair: _Repair) -> int | None:
    """The column of a repair: by its letter, else the only one with its header above the row."""
    if not 0 < repair.row <= len(rows):
        return None
    letters = "".join(sign for sign in repair.column if sign.isascii() and sign.isupper())
    if letters and repair.column.startswith(named_column(letters)):
        return column_index(letters)
    names = _names(repair.column)
    above = {
        place
        for row in rows[: repair.row - 1]
        for place, cell in enumerate(row)
        if isinstance(cell, str) and normalise(cell) in names
    }
    return above.pop() if len(above) == 1 else None


def _names(column: str) -> set[str]:
    """Headers that a column may bear: the one that is named, and the others of the field of that name."""
    fields = [
        field for source in sorted(SOURCES.glob("*.yml")) for field in load_source(source.stem).fields if field.zh == column
    ]
    return {normalise(name) for name in (column, *(alias for field in fields for alias in (*field.aliases, field.name)))} - {""}
