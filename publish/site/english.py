"""English beside the Chinese of the pages: a script of words (``english.js``) that each page carries and nobody has to fetch.

Words come from ``english.yml``, the labels of ``dim_code`` and ``dim_indicator``, and the names of the columns of marts.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from junheng.core.sql import records
from junheng.core.typed import StrictModel, load
from publish.tables.artifacts import MARTS
from publish.words.environment import TEMPLATES
from publish.words.texts import texts

SCRIPT = "english.js"
_PAGES = "english_pages.js"
"""The template of the script, below the templates of pages."""
_COLUMNS = f"select column_name, comment from duckdb_columns() where schema_name = '{MARTS}' and comment is not null order by all"
_LABELS = f"""
    select label_zh as zh, label_en as en from {MARTS}.dim_code
    union all select name_zh, name_en from {MARTS}.dim_indicator order by all
"""
_WRITTEN = re.compile(r"\w")
"""Characters by which a sentence is known, beside its placeholders."""
Words = dict[str, str]
"""English by Chinese."""


class LanguageButton(StrictModel):
    """What is written on the button: the language that it leads to."""

    en: str
    zh: str


class EnglishTexts(StrictModel):
    """``english.yml``."""

    button: LanguageButton
    texts: dict[str, dict[str | int, str | dict[str, str]]]
    words: Words
    units: Words
    """Units of measurement, and what they are by."""


def english_texts() -> EnglishTexts:
    """Words and sentences in English."""
    return load(Path(__file__).with_name("english.yml"), EnglishTexts)


def placeholders(text: str) -> list[str]:
    """Names in braces, in their order."""
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]


def written_pairs() -> Iterator[tuple[str, str]]:
    """Chinese and English of every sentence that ``english.yml`` knows by its place, then of its words."""
    english = english_texts()
    for section, entries in english.texts.items():
        yield from _pairs(texts()[section], entries)
    yield from english.words.items()
    yield from english.units.items()


def _pairs(chinese: Mapping[Any, object], english: Mapping[Any, object]) -> Iterator[tuple[str, str]]:
    for key, entry in english.items():
        text = chinese[key]
        if isinstance(entry, Mapping) and isinstance(text, Mapping):
            yield from _pairs(text, entry)
        else:
            yield str(text), str(entry)


def english_script(connection: duckdb.DuckDBPyConnection) -> str:
    """The script for the pages of a release, whose marts are open."""
    words: Words = {}
    for row in records(connection, _COLUMNS):
        words.setdefault(str(row["comment"]).partition("：")[0], str(row["column_name"]).replace("_", " "))
    for row in records(connection, _LABELS):
        if row["zh"] and row["en"]:
            words[str(row["zh"])] = str(row["en"])
    sentences = {}
    for chinese, english in written_pairs():
        if placeholders(chinese):
            sentences[chinese] = english
        else:
            words[chinese] = english
    known = {"button": english_texts().button.model_dump(), "words": words, "sentences": _matched(sentences)}
    data = json.dumps(known, ensure_ascii=False, sort_keys=True, separators=(",", ":")).replace("</", "<\\/")
    return f"var englishWords = {data};\n" + (TEMPLATES / _PAGES).read_text(encoding="utf-8")


def _matched(sentences: Mapping[str, str]) -> list[tuple[str, list[str], str]]:
    """Pattern of each sentence, the names of its groups and its English: those with most words of their own first."""
    stages = "|".join(map(re.escape, texts()["stages"].values()))
    patterns = []
    for chinese, english in sentences.items():
        parts = list(string.Formatter().parse(chinese))
        written = sum(len(_WRITTEN.findall(literal)) for literal, _, _, _ in parts)
        if written:
            groups = {None: "", "stage": f"({stages})"}
            pattern = "".join(re.escape(literal) + groups.get(name, "(.*?)") for literal, name, _, _ in parts)
            patterns.append((written, f"^{pattern}$", placeholders(chinese), english))
    return [entry[1:] for entry in sorted(patterns, key=lambda entry: (-entry[0], entry[1]))]
