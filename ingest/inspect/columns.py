"""Columns of a header matched to the fields of a source: by name, as sums of columns, by likeness."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import RootModel

from ingest.inspect.head import Head
from ingest.schema.source import Field, Source
from ingest.schema.table import TableContract
from ingest.shapes.header import HeaderFinder, normalise
from ingest.values.persons import is_personal
from junheng.core.typed import load

_SIMILAR = 0.6
"""Similarity of two headers from which on one is offered for the other."""
_UNIT = re.compile(r"[(\[（].*?[)\]）]")
_TOKENS = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Guess:
    """A field that a column may be, and how alike their headers are."""

    field: Field
    column: int
    similarity: float


@dataclass(frozen=True)
class SortedColumns:
    """The columns of a header sorted by what is known of them."""

    sure: dict[str, list[int]]
    """Columns by field; of several the field is the sum."""
    guesses: dict[str, tuple[list[int], float]]
    unmatched: list[int]
    missing: list[Field]

    @property
    def has_sums(self) -> bool:
        """Whether a field is the sum of columns."""
        return any(len(columns) > 1 for columns in (*self.sure.values(), *(columns for columns, _ in self.guesses.values())))


def likeness(source: Source, head: Head) -> float:
    """How much of a header is of a source: columns known by name, and others as far as they are like one."""
    known = len(head.header.columns)
    return known + sum(
        guess.similarity for guess in guesses_of(source, head.header.texts, set(head.header.columns.values()), set())
    )


def sort_columns(source: Source, head: Head, plain: TableContract) -> SortedColumns:
    """What is known of the columns; ``plain``: a contract by the source's own names."""
    header = head.header
    sure = {name: [column] for name, column in header.columns.items()}
    used = set(header.columns.values())
    guesses: dict[str, tuple[list[int], float]] = {}
    finder = HeaderFinder(plain)
    for columns, whole in _sums(head, used):
        known = finder.find([[whole]])
        names = [name for name in (known.columns if known else ()) if name not in sure]
        if names:
            sure[names[0]] = columns
            used.update(columns)
        elif alike := guesses_of(source, [whole], set(), {*sure, *guesses}):
            guesses[alike[0].field.name] = columns, alike[0].similarity
            used.update(columns)
    for guess in guesses_of(source, header.texts, used, {*sure, *guesses}):
        guesses[guess.field.name] = [guess.column], guess.similarity
        used.add(guess.column)
    unmatched = [column for column, text in enumerate(header.texts) if text and column not in used]
    missing = [field for field in source.fields if field.required and field.name not in {*sure, *guesses}]
    return SortedColumns(sure, guesses, unmatched, missing)


class PartWords(RootModel[tuple[tuple[str, ...], ...]]):
    """``parts.yml``: groups of words."""


def _sums(head: Head, used: set[int]) -> Iterator[tuple[list[int], str]]:
    """Columns that differ in a word by which an amount is split, and what is left of their headers without it."""
    taken = set(used)
    for words in load(Path(__file__).with_name("parts.yml"), PartWords).root:
        groups: dict[str, dict[str, int]] = {}
        for column, text in enumerate(head.header.texts):
            if text and column not in taken:
                for word in words:
                    if (rest := _without(text, word)) is not None:
                        groups.setdefault(rest, {}).setdefault(word, column)
                        break
        for rest, by_word in groups.items():
            if len(by_word) == len(words):
                taken.update(by_word.values())
                yield sorted(by_word.values()), rest


def _without(text: str, word: str) -> str | None:
    """A header without a word; None where it does not hold it as a word of its own."""
    if not word.isascii():
        rest = text.replace(word, "", 1) if word in text else None
        return (rest and rest.strip("-—_/：:（）() ")) or None
    tokens = _TOKENS.findall(text)
    rest_of = [token for token in tokens if token.casefold() != word]
    return "_".join(rest_of).casefold() if rest_of and len(rest_of) == len(tokens) - 1 else None


def guesses_of(source: Source, texts: Sequence[str], used: set[int], known: set[str]) -> list[Guess]:
    """For each column that is not known, the field whose header is most like it; each field once, the most alike first."""
    columns = {column: text for column, text in enumerate(texts) if text and column not in used}
    keys: dict[str, int] = {}
    for column, text in columns.items():
        if not text.isdigit() and not is_personal(text):
            keys.setdefault(normalise(_UNIT.sub("", text)), column)
    pairs = [
        Guess(field, keys[key], similarity)
        for field in source.fields
        if field.name not in known
        for key, similarity in _alike(field, tuple(keys)).items()
    ]
    pairs.sort(key=lambda guess: (-guess.similarity, guess.column))
    chosen: list[Guess] = []
    fields, taken = set(), set()
    for guess in pairs:
        if guess.field.name not in fields and guess.column not in taken:
            chosen.append(guess)
            fields.add(guess.field.name)
            taken.add(guess.column)
    return chosen


def _alike(field: Field, keys: Sequence[str]) -> dict[str, float]:
    """How alike headers are to those of a field, as far as they are."""
    alike: dict[str, float] = {}
    for name in dict.fromkeys(map(normalise, (field.name, field.zh, *field.aliases))):
        matcher = difflib.SequenceMatcher(None, b=name)
        letters = Counter(name)
        for key in keys:
            # two texts cannot be more alike than by their lengths, nor than by the letters they share
            least = _SIMILAR * (len(key) + len(name)) / 2
            if min(len(key), len(name)) < least or _shared(_letters(key), letters) < least:
                continue
            matcher.set_seq1(key)
            if (similarity := matcher.ratio()) >= _SIMILAR:
                alike[key] = max(similarity, alike.get(key, 0.0))
    return alike


def _shared(one: Counter[str], other: Counter[str]) -> int:
    return sum(min(number, other[letter]) for letter, number in one.items() if letter in other)


@lru_cache(maxsize=4096)
def _letters(key: str) -> Counter[str]:
    return Counter(key)
