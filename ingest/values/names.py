"""Names of persons among the words of a cell where no words belong: in a shifted row, or where somebody wrote to whom to turn.

A name is known by its surname and its length, or by its dots. Words of sources, choices and codes are none.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from ingest.schema.source import load_source
from junheng.core.settings import CODES, SOURCES
from junheng.core.typed import StrictModel, load

_HAN = re.compile(r"[\u3400-\u9fff]+(?:[·•‧・][\u3400-\u9fff]+)*")
_SPACED = re.compile(r"[\u3400-\u9fff](?: +[\u3400-\u9fff]){1,3}")
"""A name of single signs set apart, 张　三."""
_LATIN = re.compile(r"\b[^\W\d_a-z\u3400-\u9fff][^\W\d_\u3400-\u9fff]+(?: [^\W\d_\u3400-\u9fff]{2,})+")
"""Several words of which the first has a capital."""
_DOTS = re.compile(r"[·•‧・]")


class NameWords(StrictModel):
    """``names.yml``."""

    surnames: str
    compound_surnames: tuple[str, ...]
    words: tuple[str, ...]
    endings: tuple[str, ...]
    titles: tuple[str, ...]


@lru_cache(maxsize=1)
def _lists() -> NameWords:
    return load(Path(__file__).with_suffix(".yml"), NameWords)


@lru_cache(maxsize=1)
def _name() -> re.Pattern[str]:
    compound, single = _lists().compound_surnames, "".join(_lists().surnames.split())
    titles = "|".join(sorted(map(re.escape, _lists().titles), key=len, reverse=True))
    person = rf"(?:(?:{'|'.join(compound)})[\u3400-\u9fff]{{1,2}}|[{single}][\u3400-\u9fff]{{1,2}})"
    return re.compile(rf"(?:{titles})?{person}(?:{titles})?")


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    """Words of lists that every house knows."""
    return frozenset(word for word in _listed() if _HAN.fullmatch(word))


def _listed() -> Iterator[str]:
    yield from _lists().words
    for path in SOURCES.glob("*.yml"):
        for entry in load_source(path.stem).fields:
            yield from (entry.zh, *entry.aliases, *(way for _, ways in entry.choices for way in ways))
    for path in CODES.glob("*.csv"):
        if path.stem != "areas":
            with open(path, encoding="utf-8", newline="") as handle:
                yield from (cell for row in csv.reader(handle) for cell in row)


def without_names(text: str, mask: str) -> str:
    """A text with every run of words masked that may be a person's name."""
    spaced = _SPACED.sub(lambda match: mask if _is_name(match[0].replace(" ", "")) else match[0], text)
    return _LATIN.sub(mask, _HAN.sub(lambda match: mask if _is_name(match[0]) else match[0], spaced))


def _is_name(run: str) -> bool:
    if run in _words() or run.endswith(_lists().endings):
        return False
    return _DOTS.search(run) is not None or _name().fullmatch(run) is not None
