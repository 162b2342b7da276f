"""Headers: which columns of a row carry which fields of a contract."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

from ingest.readers.sheet import Merge, column_letter
from ingest.schema.source import Field
from ingest.schema.table import TableContract
from ingest.schema.titled_form import TitledFormContract
from ingest.schema.vertical_form import VerticalFormContract
from ingest.values.cells import clean_text, squeeze
from ingest.values.faults import Refusal
from ingest.values.texts import named_column
from ingest.values.units import another_unit, in_brackets

SEARCHED_ROWS = 30
"""Rows of a sheet in which a header may stand."""
STACKED_ROWS = 3
"""Rows over which the header of a plain table may be stacked."""
_LEAST_HEADERS = 2
"""Known headers of a line that is one."""
_DASHES = re.compile(r"[—–―‐‑~～至]|--+")
_CIRCLED = re.compile(r"^\s*[\u2460-\u2473]")
_NUMBERING = re.compile(r"^(?:\(\d{1,3}\)|\d{1,3}[.、):]|(?:[一二三四五六七八九十]{1,3}、)|\([一二三四五六七八九十]{1,3}\))")


def header_paths(rows: Sequence[Sequence[object]], merged: Sequence[Merge], top: int, bottom: int) -> list[list[str]]:
    """Stacked header texts of each column from row ``top`` to ``bottom``, without repeats; rows with a title alone are left out.

    Merged ranges are filled. Where the sheet tells none, a group's text is carried right over the blank cells beside it,
    as far as there are texts below and no higher group ends.
    """
    width = max((len(row) for row in rows[top : bottom + 1]), default=0)
    grid = [[clean_text(row[c]) if c < len(row) else "" for c in range(width)] for row in rows[top : bottom + 1]]
    ranges = [((first - top, left), (last - top, right)) for (first, left), (last, right) in merged if top <= first <= bottom]
    titles = {n for n, row in enumerate(grid) if len(set(filter(None, row))) == 1 and row[0]}
    return stacked_paths(grid, ranges, titles)


def stacked_paths(grid: list[list[str]], merged: Sequence[Merge], titles: set[int]) -> list[list[str]]:
    """Texts of each column of a header, top to bottom, without repeats; ``grid``: its rows, all of one width.

    ``merged``: ranges that begin in it; ``titles``: rows with a title alone, unless one of the ranges goes on below.
    """
    width = len(grid[0]) if grid else 0
    for (first, left), (last, right) in merged:
        titles = titles - {first} if last > first else titles
        for row in grid[first : last + 1] if left < width else ():
            row[left : right + 1] = [grid[first][left]] * len(row[left : right + 1])
    kept = [row for number, row in enumerate(grid) if number not in titles]
    if not any(first not in titles for (first, _), _ in merged):
        _carry_right(kept)
    return [[text for text, _ in groupby(row[column] for row in kept if row[column])] for column in range(width)]


def _carry_right(grid: list[list[str]]) -> None:
    for level, row in enumerate(grid[:-1]):
        above, below = grid[:level], grid[level + 1 :]
        for column in range(1, len(row)):
            beside = column - 1
            same_group = all(higher[column] == higher[beside] for higher in above)
            has_texts = any(lower[column] for lower in below) and any(lower[beside] for lower in below)
            if not row[column] and row[beside] and same_group and has_texts:
                row[column] = row[beside]


def normalise(header: object) -> str:
    """A header in the form in which headers are compared; a circled number is one with a point."""
    return _normalised(header) if isinstance(header, str) else _plain(header)


def _plain(header: object) -> str:
    text = _CIRCLED.sub(r"\g<0>.", header) if isinstance(header, str) and not header.isascii() else header
    return _DASHES.sub("-", squeeze(text).lstrip("*#").casefold())


_normalised = lru_cache(maxsize=1 << 14)(_plain)


@dataclass(frozen=True)
class Header:
    """A header row found in a sheet."""

    row: int
    """0-based."""
    columns: dict[str, int]
    """Column of each field found."""
    texts: list[str]
    """Header texts by column."""
    missing: list[Field]
    """Required fields without a column."""
    share: float
    """Share of the required columns that are there; 1.0 is a match."""
    problem: Refusal | None
    """A header that cannot be used: one field twice, or another unit."""
    top: int | None = None
    """First row of a stacked header; None for a header of one row."""

    @property
    def first_row(self) -> int:
        """Its first row, where it is stacked."""
        return self.row if self.top is None else self.top

    @property
    def rank(self) -> tuple[float, int]:
        """Order of headers by how well they fit."""
        return self.share, len(self.columns)


class HeaderFinder:
    """Finds the header rows of one contract."""

    def __init__(self, contract: TableContract | TitledFormContract | VerticalFormContract) -> None:
        self._required = contract.required_columns
        self._known = {normalise(text): field for field in contract.mapped for text in contract.headers(field)}

    def find(self, rows: Sequence[Sequence[object]], merged: Sequence[Merge] = ()) -> Header | None:
        """The first row that holds every required column, else the row that holds most of them; None without any.

        A header stacked over several rows is taken where it holds more columns than one row does.
        """
        best: Header | None = None
        for index, row in enumerate(rows[:SEARCHED_ROWS]):
            header = self._read(index, [clean_text(cell) for cell in row])
            if header.columns and (best is None or header.rank > best.rank):
                best = header
            if not header.missing:
                break
        return best and self._stacked(rows, merged, best)

    @property
    def names(self) -> frozenset[str]:
        """Every known header, normalised."""
        return frozenset(self._known)

    def again(self, index: int, cells: Sequence[object], before: Header) -> Header | None:
        """The header that a line below another one is, where its columns stand elsewhere; None for any other line.

        Every filled cell of it is a known header (or one of the header before), or most of several are, or it holds every
        required column.
        """
        texts = [clean_text(cell) for cell in cells]
        filled = [text for text in texts if text]
        if len(filled) < _LEAST_HEADERS:
            return None
        header = self._read(index, texts)
        others = set(map(normalise, before.texts))
        known = [text for text in filled if _field_of(self._known, text)[0]]
        is_header = len(known) >= _LEAST_HEADERS and all(text in known or normalise(text) in others for text in filled)
        is_header |= len(known) > _LEAST_HEADERS and len(known) * 3 >= len(filled) * 2
        if not (is_header or not header.missing) or header.columns == before.columns:
            return None
        return header

    def _stacked(self, rows: Sequence[Sequence[object]], merged: Sequence[Merge], single: Header) -> Header:
        best = single
        for top in range(max(single.row - STACKED_ROWS + 1, 0), single.row + 1):
            for bottom in range(max(single.row, top + 1), min(top + STACKED_ROWS, len(rows))):
                texts = [self._text_of(path) for path in header_paths(rows, merged, top, bottom)]
                header = replace(self._read(bottom, texts), top=top)
                if header.rank > best.rank and not header.problem:
                    best = header
        return best

    def _text_of(self, path: list[str]) -> str:
        """A stacked header as one text: the longest part of it that is known, joined; else its last text.

        A group may be the item and its columns the stages: 在校生数 over 小学 is 小学在校生数.
        """
        parts = [path[start:end] for end in range(len(path), 0, -1) for start in range(end)]
        ways = ["".join(texts) for part in parts for texts in (part, part[::-1])]
        return next((way for way in ways if _field_of(self._known, way)[0]), path[-1] if path else "")

    def _read(self, index: int, texts: list[str]) -> Header:
        columns: dict[str, int] = {}
        problem: Refusal | None = None
        for position, text in enumerate(texts):
            if not text or text.isdigit():
                continue
            field, unit = _field_of(self._known, text)
            if field is None:
                continue
            if unit and problem is None:
                problem = Refusal("unit_mismatch", column=text, unit=unit, expected=field.unit)
            if field.name in columns:
                twice = "、".join(named_column(column_letter(column)) for column in (columns[field.name], position))
                problem = problem or Refusal("duplicate_header", field=field.label, columns=twice)
            columns.setdefault(field.name, position)
        missing = [field for field in self._required if field.name not in columns]
        return Header(index, columns, texts, missing, 1 - len(missing) / len(self._required), problem)


def unnumbered(key: str) -> str:
    """A normalised header without a number before it and a colon behind it."""
    return _NUMBERING.sub("", key, count=1).rstrip(":")


def _field_of(known: dict[str, Field], text: str) -> tuple[Field | None, str]:
    """The field a header means, and the unit it states where that is another one.

    A number before it and a colon behind it are no part of a name, unless a header is known so.
    """
    for way, name, unit in _ways(text):
        if way in known:
            return known[way], ""
        field = known.get(name) if name else None
        if field is not None:
            return field, unit if another_unit(unit, field.unit) else ""
    return None, ""


@lru_cache(maxsize=1 << 14)
def _ways(text: str) -> tuple[tuple[str, str, str], ...]:
    """What a header may be known as: as it is and without a number, each with the name and the unit that brackets make of it."""
    key = normalise(text)
    ways = []
    for way in dict.fromkeys((key, unnumbered(key))):
        name, unit = in_brackets(way) or ("", "")
        ways.append((way, name.rstrip(":"), unit))
    return tuple(ways)
