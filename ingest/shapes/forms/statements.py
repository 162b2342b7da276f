"""Forms that ask in words: a line per item with its name, a figure or short conclusion, and whether it is met.

Figures stand in sentences that the form prints with blanks; the contract holds these sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.schema.titled_form import Statements
from ingest.shapes.header import normalise
from ingest.values.cells import clean_text, squeeze
from ingest.values.units import is_unit

_NUMBER = re.compile(r"(\d{1,2})[.、]?(?=\D)")
_BLANKS = re.compile(r"_{2,}")
_NAME = re.compile(r"\{([^{}]*)\}")
_VALUE = r"_*(?P<v{}>[0-9][0-9,]*(?:\.[0-9]+)?|[IVX]{{1,3}})?_*"
_IGNORED = re.compile(r"[,;:。、()（）]|(?<![0-9])\.|\.(?![0-9])")
_SPACED = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s+(?=[\u3000-\u9fff\uff00-\uffef])")
_BRACKETS = re.compile(r"\s*[(（]\s*([^()（）]*?)\s*[)）]")
_LONGEST_UNIT = 3
_SHORTEST_LABEL = 2


@dataclass(frozen=True)
class Columns:
    """Where the header of such a form stands."""

    row: int
    name: int
    text: int
    verdict: int


@dataclass(frozen=True)
class Line:
    """One item of the form; ``row`` is 0-based in the rows searched."""

    row: int
    number: str
    name: str
    text: object
    verdict: object


@dataclass(frozen=True)
class Figure:
    """A blank of a sentence: what it asks for, in which unit, and what was filled in; None for nothing."""

    name: str
    unit: str | None
    value: str | None


def printed(text: object) -> str:
    """A name as it is printed: without the spaces that a narrow cell puts between Chinese signs, with brackets in one way."""
    return _SPACED.sub("", _BRACKETS.sub(r"（\1）", clean_text(text)))


def find_columns(form: Statements, rows: Sequence[Sequence[object]]) -> list[Columns]:
    """Headers of the form: one on each page."""
    wanted = [set(map(normalise, texts)) for texts in (form.name, form.text, form.verdict)]
    headers = []
    for row, cells in enumerate(rows):
        texts = [normalise(cell) for cell in cells]
        columns = [next((column for column, text in enumerate(texts) if text in names), None) for names in wanted]
        if None not in columns:
            name, text, verdict = (column for column in columns if column is not None)
            headers.append(Columns(row, name, text, verdict))
    return headers


def lines(headers: Sequence[Columns], rows: Sequence[Sequence[object]]) -> Iterator[Line]:
    """The numbered items below the headers."""
    for header, end in zip(headers, [header.row for header in headers[1:]] + [len(rows)], strict=True):
        for row in range(header.row + 1, end):
            cells = rows[row]

            def cell(column: int, cells: Sequence[object] = cells) -> object:
                return cells[column] if column < len(cells) else None

            name = printed(cell(header.name))
            if match := _NUMBER.match(squeeze(name)):
                bare = re.sub(r"^\s*\d{1,2}\s*[.、．]?\s*", "", name)
                yield Line(row, match[1], bare, cell(header.text), cell(header.verdict))


def is_unfilled(text: object) -> bool:
    """Whether a cell states nothing, or is a sentence of the form with a blank left as it was printed."""
    return not clean_text(text) or _BLANKS.search(squeeze(text)) is not None


def figures(sentence: str, text: object) -> list[Figure]:
    """What was filled into the blanks of a sentence; where its words were changed, as far as the words around a blank tell."""
    filled = _bare(squeeze(text))
    pattern, blanks = _pattern(sentence)
    if match := pattern.fullmatch(filled):
        values = [match[f"v{number}"] for number in range(len(blanks))]
    else:
        values = _one_by_one(blanks, filled)
    return [Figure(blank.name, blank.unit, value) for blank, value in zip(blanks, values, strict=True)]


@dataclass(frozen=True)
class _Blank:
    name: str
    unit: str | None
    label: str
    """The words right before it."""
    behind: str
    """The first sign after it."""


@lru_cache(maxsize=64)
def _pattern(sentence: str) -> tuple[re.Pattern[str], list[_Blank]]:
    parts = _NAME.split(sentence)
    words, names = parts[::2], parts[1::2]
    fixed = [_bare(squeeze(word)) for word in words]
    text = re.escape(fixed[0])
    blanks = []
    for number_, name in enumerate(names):
        text += _VALUE.format(number_) + re.escape(fixed[number_ + 1])
        label = re.split(r"[,，;；。、]", words[number_])[-1]
        blanks.append(_Blank(name, _unit(words[number_ + 1]), _bare(squeeze(label)), fixed[number_ + 1][:1]))
    return re.compile(text), blanks


def _unit(following: str) -> str | None:
    text = squeeze(following)
    lengths = range(_LONGEST_UNIT, 0, -1)
    return next((text[:length] for length in lengths if text[:length] == "%" or is_unit(text[:length])), None)


def _bare(text: str) -> str:
    return _IGNORED.sub("", text)


def _one_by_one(blanks: Sequence[_Blank], filled: str) -> list[str | None]:
    values: list[str | None] = []
    start = 0
    for blank in blanks:
        match = None
        if len(blank.label) >= _SHORTEST_LABEL:
            pattern = re.escape(blank.label) + "[为是共]?" + _VALUE.format(0) + re.escape(blank.behind)
            match = re.compile(pattern).search(filled, start)
        values.append(match["v0"] if match else None)
        start = match.end() if match else start
    return values
