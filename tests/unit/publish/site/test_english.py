"""The English of the pages: nothing that the pages say is without it, and sentences keep their figures."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb

from publish.site.english import english_script, english_texts, placeholders, written_pairs
from publish.site.noun_kinds import noun_settings
from publish.words.texts import texts
from tests.unit.publish.site.test_nouns import every_mart

HAN = re.compile("[一-鿿]")


def sayings(section: object) -> set[str]:
    """Every text of a section that has something to translate."""
    if isinstance(section, dict):
        return {text for value in section.values() for text in sayings(value)}
    return {section} if isinstance(section, str) and HAN.search(re.sub(r"\{\w+\}", "", section)) else set()


def test_every_sentence_of_the_pages_has_its_english_with_the_same_placeholders() -> None:
    pairs = list(written_pairs())
    known = {chinese for chinese, _ in pairs}
    sections = english_texts().texts.keys()
    assert {"page", "morning", "headline", "deliveries", "schools", "pending", "noun", "search", "trend"} <= sections
    lacking = {text for section in sections - {"signature", "audit_pack"} for text in sayings(texts()[section])} - known
    assert {text for text in lacking if re.sub(r"\{\w+\}", "", text).strip("（）：、，") != ""} == set()
    for chinese, english in pairs:
        assert set(placeholders(english)) <= set(placeholders(chinese)), chinese
        assert not HAN.search(english), english


def test_every_word_of_the_pages_of_nouns_has_its_english() -> None:
    known = dict(written_pairs())
    words = set()
    for kind in noun_settings().kinds.values():
        words |= {kind.title, *(section.title for section in kind.sections), *(section.note for section in kind.sections)}
        columns = [
            *(column for section in kind.sections for column in section.columns),
            *(kind.facts.columns if kind.facts else ()),
        ]
        words |= {text for column in columns for text in (column.label, column.empty) if text}
    assert {word for word in words if HAN.search(word)} - known.keys() == set()
    assert english_texts().words.keys() - words <= {"数据"}  # said by a query


def test_the_script_has_labels_of_codes_indicators_and_columns(tmp_path: Path) -> None:
    with duckdb.connect(str(every_mart(tmp_path / "m.duckdb"))) as connection:
        script = english_script(connection)
        assert script == english_script(connection)
        names = dict(connection.execute("select name_zh, name_en from marts.dim_indicator").fetchall())
    data = json.loads(script.partition("= ")[2].partition(";\n")[0])
    written = dict(written_pairs())
    assert {name: data["words"][name] for name in names} == names | {
        name: written[name] for name in names.keys() & written.keys()
    }
    assert data["words"]["达标"] == "met"
    assert data["words"]["逾期天数"] == "days overdue"
    patterns = {pattern: text for pattern, _, text in data["sentences"]}
    pattern = next(pattern for pattern, text in patterns.items() if text.startswith("{n_open} open"))
    assert re.fullmatch(pattern, "未了结 12 件，其中逾期 3 件；已销号 0 件")
    assert "</" not in script.partition(";\n")[0]
