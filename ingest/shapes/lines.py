"""Lines that are no records: totals, means, groups, index rows, page breaks and footers among the rows of a table.

A line counts as none of the records only where nothing in it could be one: the cells that identify a record are empty in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from ingest.readers.sheet import Merge
from ingest.shapes.words import LAYOUT, TEXT
from ingest.values.cells import BadCell, CellError, clean_text, number, squeeze
from ingest.values.persons import footer_label, footers
from ingest.values.texts import named_rows, row_place
from ingest.values.units import is_unit, stated_unit

Kind = Literal[
    "total", "mean", "statistic", "group", "index", "header", "other_header", "instruction", "title", "footer", "untouched"
]

_NAMED = 5
_NUMERAL = re.compile(r"\d{1,3}")
_FIGURE = re.compile(r"[\d.,%-]+")
_INDEX_CELLS = 3
_REPEATED = 3
"""Neighbouring cells with one text that make a line a group: a merged range written out."""


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    entries = footers()
    keys = ("totals", "plain_totals", "means", "statistics", "groups", "pages", "continued")
    return {key: re.compile("|".join(getattr(entries, key))) for key in keys}


def is_instruction(cells: Sequence[object]) -> bool:
    """Whether every filled cell of a line states a unit or says whether to fill in its column."""
    words, labels = footers().instructions, footers().unit_labels
    filled = [text for cell in cells if (text := squeeze(cell))]
    stated = [text for text in filled if text in words or is_unit(stated_unit(text))]
    return bool(stated) and all(text in stated or text in labels for text in filled)


def is_plain_total(text: str) -> bool:
    """Whether a cell says nothing but "total"."""
    return _patterns()["plain_totals"].fullmatch(text) is not None


def line_of(text: str) -> Kind | None:
    """What a line is by its first text alone; None where that says nothing."""
    patterns = _patterns()
    if patterns["totals"].fullmatch(text):
        return "total"
    if patterns["means"].fullmatch(text):
        return "mean"
    if patterns["statistics"].fullmatch(text):
        return "statistic"
    if footer_label(text):
        return "footer"
    return "group" if patterns["groups"].fullmatch(text) else None


def is_index(cells: Sequence[object]) -> bool:
    """Whether a row numbers the columns: 甲 乙 1 2 3 … or 1 2 3 …, without a gap."""
    texts = [text for text in map(squeeze, cells) if text]
    stems = [text for text in texts if text in LAYOUT.stems]
    numbers = texts[len(stems) :]
    start = int(numbers[0]) if numbers and _NUMERAL.fullmatch(numbers[0]) else 0
    return (
        len(texts) >= _INDEX_CELLS
        and stems == list(LAYOUT.stems[: len(stems)])
        and (start == 1 if not stems else start <= 1)
        and all(_NUMERAL.fullmatch(text) and int(text) == start + n for n, text in enumerate(numbers))
    )


@dataclass
class LeftOut:
    """Lines of one sheet that were left out, by what they are."""

    sheet: str | None
    rows: dict[Kind, list[int]] = field(default_factory=dict)

    def add(self, kind: Kind, row: int) -> None:
        """Note a line; ``row`` is 1-based."""
        self.rows.setdefault(kind, []).append(row)

    def sentences(self) -> Iterator[str]:
        """One entry for each kind of line."""
        for kind, rows in self.rows.items():
            yield TEXT("left_out", place=row_place(self.sheet) + named_rows(rows, _NAMED), kind=TEXT(kind))


class Lines:
    """Tells records from other lines below one header.

    ``keys``: columns whose cells identify a record, ``code``: what such a cell looks like; ``headers``: texts of each column in
    the header; ``titles``: texts above it.
    """

    def __init__(
        self,
        keys: Sequence[int],
        headers: Sequence[Sequence[str]],
        titles: Sequence[str],
        merged: Sequence[Merge],
        code: str | None = None,
    ) -> None:
        self.keys = keys
        self._code = re.compile(code) if code else None
        self._headers = [frozenset(map(squeeze, texts)) for texts in headers]
        self._titles = frozenset(filter(None, map(squeeze, titles)))
        self._merged = {first: last for first, last in merged if last[1] > first[1]}

    def kind(self, index: int, cells: Sequence[object]) -> Kind | None:
        """What a line is; None for a record, and for whatever might be one. ``index`` is 0-based."""
        keys = [(column, text) for column in self.keys if column < len(cells) and (text := squeeze(cells[column]))]
        if any(self.identifies(column, text) for column, text in keys):
            return None
        filled = [(column, text) for column, cell in enumerate(cells) if (text := squeeze(cell))]
        if not filled:
            return None
        if all(column < len(self._headers) and text in self._headers[column] for column, text in filled):
            return "header"
        if is_index(cells):
            return "index"
        if is_instruction(cells):
            return "instruction"
        identified = any(not self._is_label(text) for _, text in keys)
        if identified and not (self._code and self._is_label(filled[0][1])):
            return None
        return self._labelled(index, filled)

    def identifies(self, column: int, text: str) -> bool:
        """Whether a cell of a key column, squeezed, is enough to make its line a record."""
        if self._code:
            return self._code.fullmatch(text) is not None
        return bool(text) and self._is_value(column, text)

    def is_coded(self, cells: Sequence[object]) -> bool:
        """Whether a line holds the code of a record where one belongs; never where codes look like anything."""
        keys = (squeeze(cells[column]) for column in self.keys if column < len(cells))
        return self._code is not None and any(self._code.fullmatch(text) for text in keys)

    def _is_value(self, column: int, text: str) -> bool:
        """Whether a cell is nothing that a header, an index row or a label would hold."""
        return not (text in self._headers[column] or _NUMERAL.fullmatch(text) or text in LAYOUT.stems or self._is_label(text))

    @staticmethod
    def _is_label(text: str) -> bool:
        if text in footers().instructions:
            return True
        return any(pattern.fullmatch(text) for pattern in _patterns().values()) or footer_label(text) is not None

    def _labelled(self, index: int, filled: list[tuple[int, str]]) -> Kind | None:
        patterns = _patterns()
        (column, first), texts = filled[0], {text for _, text in filled}
        label = next((text for _, text in filled if not _FIGURE.fullmatch(text)), first)  # it may stand behind the figures
        if patterns["totals"].fullmatch(label) or any(is_plain_total(text) for text in texts):
            return "total"
        if patterns["means"].fullmatch(label):
            return "mean"
        if patterns["statistics"].fullmatch(label):
            return "statistic"
        if footer_label(first):
            return "footer"
        if len(texts) == 1:
            if first in self._titles or patterns["continued"].fullmatch(first):
                return "title"
            if patterns["pages"].fullmatch(first):
                return "footer"
            words = not _FIGURE.fullmatch(first)
            repeated = len(filled) >= _REPEATED and filled[-1][0] - column == len(filled) - 1
            if patterns["groups"].fullmatch(first) or (words and (repeated or (index, column) in self._merged)):
                return "group"
        return None


Difference = tuple[str, Decimal, Decimal]
"""A field whose total is another than the sum of its cells, the total and the sum."""


class Totals:
    """Compares the totals of a sheet with the records they may stand for.

    A total agrees when it is the sum of the records between itself and another total, a group or an end of the sheet, above
    it or below.
    """

    def __init__(self) -> None:
        self._records: list[dict[str, object]] = []
        self._boundaries = {0}
        self._totals: list[tuple[int, int, dict[str, object]]] = []

    def record(self, raw: dict[str, object]) -> None:
        """Note a record's cells by field."""
        self._records.append(raw)

    def group(self) -> None:
        """Note a line after which a group begins."""
        self._boundaries.add(len(self._records))

    def total(self, row: int, raw: dict[str, object]) -> None:
        """Note a total's cells by field; ``row`` names it."""
        self.group()
        self._totals.append((row, len(self._records), raw))

    def wrong(self, is_summed: Callable[[str], bool]) -> dict[int, Difference]:
        """The totals that agree with nothing, by row, each with its first difference from the nearest records."""
        wrong: dict[int, Difference] = {}
        ends = sorted(self._boundaries | {len(self._records)})
        for row, position, raw in self._totals:
            stated = {name: value for name, cell in raw.items() if is_summed(name) and (value := _known(cell)) is not None}
            above = [self._records[start:position] for start in reversed(ends) if start < position]
            below = [self._records[position:end] for end in ends if end > position]
            differences = [next(_differences(stated, window), None) for window in above + below]
            if differences and None not in differences and differences[0]:
                wrong[row] = differences[0]
        return wrong


def _differences(stated: dict[str, Decimal], window: list[dict[str, object]]) -> Iterator[Difference]:
    for name, total in stated.items():
        known = [value for row in window if (value := _known(row.get(name))) is not None]
        if known and abs(sum(known, Decimal(0)) - total) > _tolerance(known):
            yield name, total, sum(known, Decimal(0))


def _tolerance(values: list[Decimal]) -> Decimal:
    """How far a true total may lie from the sum of its cells: each of them, and the total, may have been rounded as written."""
    decimals = max(-int(value.as_tuple().exponent) for value in values)
    return Decimal(1).scaleb(-decimals) / 2 * (len(values) + 1) if decimals > 0 else Decimal(0)


def _known(cell: object) -> Decimal | None:
    """A cell's number; None for a blank, a mark or words."""
    if isinstance(cell, CellError) or not clean_text(cell):
        return None
    try:
        return number(cell)
    except BadCell:
        return None
