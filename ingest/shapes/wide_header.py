"""Stacked headers of wide tables (横表): where they stand, and which columns a field is the sum of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.readers.sheet import Sheet
from ingest.schema.source import Stage
from ingest.schema.wide_table import WideField, WidePath, WideTableContract
from ingest.shapes.header import SEARCHED_ROWS, header_paths, normalise, unnumbered
from ingest.shapes.lines import is_index, is_instruction
from ingest.shapes.words import LAYOUT
from ingest.values.cells import clean_text, squeeze
from ingest.values.units import in_brackets, is_unit, stated_unit

_ROWS_ABOVE = 6
"""Header rows that may stand above the one that names the school."""
_OF_WHICH = re.compile(rf"{LAYOUT.of_which}[:]?")

Part = tuple[str, str]
"""One text of a header path, ready to compare, and the unit it states."""


@dataclass(frozen=True)
class WideHeader:
    """The stacked header of a wide table."""

    top: int
    first_data_row: int
    texts: list[list[str]]
    """Header texts of each column."""
    paths: list[tuple[Part, ...]]
    missing: list[str]
    """Required entries without a column."""
    share: float
    """Share of the required entries that are there; 1.0 is a match."""


def _path_of(texts: Sequence[str]) -> tuple[Part, ...]:
    """A header path in the form in which paths are compared; a flat header may hold it in one text, with slashes."""
    parts = texts if len(texts) > 1 else [part for text in texts for part in normalise(text).split("/")]
    path: list[Part] = []
    for part in parts:
        text = unnumbered(_OF_WHICH.sub("", unnumbered(normalise(part)), count=1).lstrip("#*"))
        stated = in_brackets(text)
        if stated and is_unit(stated[1]):
            path.append(stated)
        elif text:
            path.append((text, ""))
    while len(path) > 1 and path[-1][0] in LAYOUT.totals:
        unit = path.pop()[1]
        if unit and not path[-1][1]:
            path[-1] = (path[-1][0], unit)
    return tuple(path)


def _with_unit(path: tuple[Part, ...], cell: object) -> tuple[Part, ...]:
    """A path whose unit stands in a line of its own below the header."""
    unit = stated_unit(squeeze(cell))
    return (*path[:-1], (path[-1][0], unit)) if path and is_unit(unit) and not path[-1][1] else path


def stages_in(contract: WideTableContract, text: str) -> set[Stage]:
    """Stages that a title or a name is about."""
    text = squeeze(text)
    for word in contract.not_stage_names:
        text = text.replace(word, "")
    return {stage for stage, words in contract.stage_names.items() if any(word in text for word in words)}


class WideFinder:
    """Finds the stacked header of one contract, however deep it is."""

    def __init__(self, contract: WideTableContract) -> None:
        self._contract = contract
        entries = {entry.field: entry for entry in contract.wide_fields}
        self._required = [entries[name] for name in contract.required]
        identity = [entry for entry in self._required if not entry.stages]
        self._anchors = {_path_of(part.path)[-1][0] for entry in identity for option in entry.first_of for part in option}

    def find(self, sheet: Sheet) -> WideHeader | None:
        """The header; None where no row names two of the columns that identify a school."""
        rows = sheet.rows
        hits = [[c for c, cell in enumerate(row) if self._is_anchor(cell)] for row in rows[:SEARCHED_ROWS]]
        anchor = max(range(len(hits)), key=lambda n: (len(hits[n]), -n), default=0)
        if not hits or len(hits[anchor]) < 2:
            return None
        first_data = self._first_data_row(rows, anchor, hits[anchor])
        last = first_data - 1
        units: Sequence[object] = ()
        while last > anchor and (is_index(rows[last]) or is_instruction(rows[last]) or not any(map(squeeze, rows[last]))):
            units = rows[last] if is_instruction(rows[last]) else units
            last -= 1
        top = anchor
        while top > max(anchor - _ROWS_ABOVE, 0) and self._is_header(rows[top - 1]):
            top -= 1
        texts = header_paths(rows, sheet.merged, top, last)
        paths = [_with_unit(_path_of(column), units[n] if n < len(units) else None) for n, column in enumerate(texts)]
        stage = self._contract.any_stage
        missing = [e.field for e in self._required if not any(columns_of(self._contract, paths, e, stage))]
        return WideHeader(top, first_data, texts, paths, missing, 1 - len(missing) / len(self._required))

    def _is_anchor(self, cell: object) -> bool:
        path = _path_of([clean_text(cell)]) if isinstance(cell, str) else ()
        return bool(path) and path[-1][0] in self._anchors

    @staticmethod
    def _is_header(row: Sequence[object]) -> bool:
        """Whether a row above the columns of the school belongs to the header; a text alone in front is a title."""
        texts = set(filter(None, map(squeeze, row)))
        return bool(texts) and not any(":" in text for text in texts) and (len(texts) > 1 or not squeeze(row[0]))

    def _first_data_row(self, rows: Sequence[Sequence[object]], anchor: int, columns: list[int]) -> int:
        """The first row below that fills an identifying column with something else than the header."""
        for index in range(anchor + 1, len(rows)):
            row = rows[index]
            cells = [row[c] for c in columns if c < len(row)]
            if any(squeeze(cell) and not self._is_anchor(cell) for cell in cells) and not is_index(row):
                return index
        return len(rows)


def columns_of(
    contract: WideTableContract, paths: list[tuple[Part, ...]], entry: WideField, stage: Stage
) -> Iterator[list[tuple[WidePath, list[int]]]]:
    """For each alternative whose columns are all there: its parts with the columns that fit best."""
    for option in entry.first_of:
        parts = [(part, _fitting(contract, paths, part, entry.not_under, stage)) for part in option]
        if all(columns or part.optional for part, columns in parts):
            yield [(part, columns) for part, columns in parts if columns]


def _fitting(
    contract: WideTableContract, paths: list[tuple[Part, ...]], part: WidePath, not_under: list[str], stage: Stage
) -> list[int]:
    """Columns whose path ends so, those with the shortest path."""
    wanted = [text for text, _ in _path_of([text.format(stage=contract.stage_names.get(stage, [""])[0]) for text in part.path])]
    lengths = {
        column: len(path)
        for column, path in enumerate(paths)
        if [text for text, _ in path[-len(wanted) :]] == wanted
        and not any(text.startswith(start) for text, _ in path for start in not_under)
    }
    return [column for column, length in lengths.items() if length == min(lengths.values())]
