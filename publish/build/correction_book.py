"""Corrections filled in on a sheet of a workbook (退回单): a line is an entry once something is written in its empty cells."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from ingest.readers.workbook import open_workbook
from ingest.values.cells import CellError
from ingest.values.faults import Refusal
from publish.words.texts import texts

SUFFIX = ".xlsx"
FILLED_IN = ("value", "reason", "document", "by", "date")
"""Keys of an entry that are left to whoever corrects; the others say which cell it is about."""


def headers() -> dict[str, str]:
    """Headers of the sheet by the keys of an entry, in their order."""
    columns: dict[str, str] = texts()["corrections"]["book"]["columns"]
    return columns


def sheet_name() -> str:
    """The sheet that is read; all others are passed over."""
    return str(texts()["corrections"]["book"]["sheet"])


def entries(path: Path) -> list[tuple[int, dict[str, object]]]:
    """Entries of a workbook with the rows of the sheet where they stand; none of one that nobody filled in.

    Raises OSError, and ValueError with a Chinese sentence where there is no such sheet or a header is missing.
    """
    sentences = texts()["corrections"]["book"]
    try:
        book = open_workbook(path.read_bytes())
        rows = book.sheet(sheet_name()).rows if sheet_name() in book.names else []
    except Refusal as error:
        raise ValueError(sentences["unreadable"]) from error
    wanted = headers()
    place = next((number for number, row in enumerate(rows) if set(wanted.values()) <= {_text(cell) for cell in row}), None)
    if place is None:
        raise ValueError(sentences["no_header"].format(sheet=sheet_name(), columns="、".join(wanted.values())))
    header = [_text(cell) for cell in rows[place]]
    columns = {key: header.index(name) for key, name in wanted.items()}
    filled_in: list[tuple[int, dict[str, object]]] = []
    for number, row in enumerate(rows[place + 1 :], place + 2):
        given = {key: _text(row[column]) if column < len(row) else "" for key, column in columns.items()}
        if any(given[key] for key in FILLED_IN):
            unknown = str(texts()["corrections"]["unknown"])
            given_up = {key: None for key, words in (("expected", ("", unknown)), ("value", (unknown,))) if given[key] in words}
            filled_in.append((number, {**given, **given_up}))
    return filled_in


def _text(cell: object) -> str:
    if cell is None or isinstance(cell, CellError):
        return ""
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)).normalize():f}"
    return cell.isoformat()[:10] if isinstance(cell, date) else str(cell).strip()
