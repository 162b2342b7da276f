"""The header of a file that no contract is known of: the row that says most, with the texts above each column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.readers import text as text_reader
from ingest.readers.sheet import Sheet
from ingest.readers.text import BadByte, TextFile
from ingest.readers.workbook import looks_like_workbook, open_workbook
from ingest.schema.table import TableContract
from ingest.shapes.header import SEARCHED_ROWS, STACKED_ROWS, Header, HeaderFinder, header_paths
from ingest.values.cells import squeeze
from ingest.values.persons import holds_person

_HEAD_ROWS = 60
_NUMBER = re.compile(r"[+-]?[\d.,]*\d%?")


class NoHeader(ValueError):
    """No row of the file looks like a header."""


@dataclass(frozen=True)
class Head:
    """A sheet's first rows and the header found in them."""

    sheet: Sheet
    header: Header
    paths: list[list[str]]
    """Stacked texts of each column."""
    is_known: bool
    """Whether a column of the source is there by name."""


def beginnings(data: bytes, contracts: Sequence[TableContract]) -> list[Sheet]:
    """The first rows of every sheet; text once, with the delimiter that sets most columns apart. Raises Refusal."""
    if looks_like_workbook(data):
        book = open_workbook(data)
        sheets = [book.sheet(name) for name in book.names]
        return [replace(sheet, rows=sheet.rows[:_HEAD_ROWS]) for sheet in sheets if sheet.rows]
    decoded = TextFile(data).decode(list(dict.fromkeys(encoding for c in contracts for encoding in c.encodings)))
    text = decoded.lenient if isinstance(decoded, BadByte) else decoded
    beginning = text_reader.beginning(text)
    delimiters = dict.fromkeys(delimiter for c in contracts for delimiter in c.delimiters(beginning))
    read = [text_reader.head(text, delimiter)[:_HEAD_ROWS] for delimiter in delimiters]
    return [Sheet(None, max(read, key=_width))]


def _width(rows: Sequence[Sequence[object]]) -> int:
    """Columns of most rows."""
    return Counter(map(len, rows)).most_common(1)[0][0] if rows else 0


def head_of(sheet: Sheet, finder: HeaderFinder) -> Head | None:
    """The header of a sheet: that with columns of the source by name, else the likeliest row."""
    known = finder.find(sheet.rows, sheet.merged)
    likely = _likely_row(sheet.rows)
    if known is not None and (len(known.columns) > 1 or likely is None):
        row = known.row
    elif likely is not None:
        row, known = likely, None
    else:
        return None
    bottom = _last_row(sheet, row)
    top = known.top if known is not None and known.top is not None else row
    paths = header_paths(sheet.rows, sheet.merged, top, bottom)
    if known is None or bottom > row:
        texts = ["".join(path) for path in paths]
        read = finder.find([list(texts)])
        known = replace(read, row=row) if read else Header(row, {}, texts, [], 0.0, None)
    return Head(sheet, known, paths, bool(known.columns))


def _likely_row(rows: Sequence[Sequence[object]]) -> int | None:
    """The first of the rows that hold most texts, with a line below it; None without two texts side by side."""
    filled = [index for index, row in enumerate(rows) if any(map(squeeze, row))]
    scores = {index: _texts(rows[index]) for index in filled[:SEARCHED_ROWS] if index != filled[-1] or len(filled) == 1}
    best = max(scores, key=lambda index: (scores[index], -index), default=None)
    return best if best is not None and scores[best] > 1 else None


def _texts(row: Sequence[object]) -> int:
    """How many more texts than numbers stand in a row; two for each number."""
    cells = list(filter(None, map(squeeze, row)))
    numbers = sum(_NUMBER.fullmatch(cell) is not None or holds_person(cell) for cell in cells)
    return len(set(cells)) - 3 * numbers


def _last_row(sheet: Sheet, row: int) -> int:
    """The last row of a header: rows of texts alone below it fill what it leaves blank or spans."""
    last = row
    while last + 2 < min(len(sheet.rows), row + 1 + STACKED_ROWS):
        below, above = sheet.rows[last + 1], sheet.rows[last]
        texts = [column for column, cell in enumerate(below) if squeeze(cell)]
        spanned = {column for (first, left), (_, right) in sheet.merged if first == last for column in range(left, right + 1)}
        spanned |= _repeated(above)
        fills = [column for column in texts if column in spanned or column >= len(above) or not squeeze(above[column])]
        if not texts or len(fills) * 2 < len(texts) or any(_NUMBER.fullmatch(squeeze(below[column])) for column in texts):
            break
        last += 1
    return last


def _repeated(row: Sequence[object]) -> set[int]:
    """Columns whose text stands beside them once more, as where a text over several columns is written into each."""
    texts = list(map(squeeze, row))
    pairs = (column for column, (text, following) in enumerate(pairwise(texts)) if text and text == following)
    return {column for first in pairs for column in (first, first + 1)}
