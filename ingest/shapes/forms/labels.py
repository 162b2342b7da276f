"""FormLabels of forms under titles: words that say beside a cell, above it or in the title what a record is about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.shapes.forms.sections import Section
from ingest.shapes.words import LAYOUT
from ingest.values.cells import squeeze

BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_NUMBERING = re.compile(r"^(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十\d]+\)|\d+[.、])")


class FormLabels:
    """The labels of a section."""

    def __init__(self, section: Section) -> None:
        contract = section.contract
        self._section = section
        self._maps = contract.value_maps
        self._names_records = set(contract.keys) <= set(contract.labels)
        self._words = {name: {squeeze(word): word for word in contract.value_maps[name]} for name in contract.labels}

    def among(self, texts: Sequence[str]) -> dict[str, str]:
        """Words of the labels that these texts are, apart from brackets."""
        bare = [BRACKETS.sub("", squeeze(text)).rstrip(":") for text in texts]
        by_field = {name: [words[text] for text in bare if text in words] for name, words in self._words.items()}
        return {name: words[0] for name, words in by_field.items() if words}

    def beside(self, texts: Sequence[str]) -> dict[str, str]:
        """FormLabels beside a record; where nothing else names it, within a text as well."""
        return (self.within(squeeze("".join(texts))) if self._names_records else {}) | self.among(texts)

    def within(self, text: str) -> dict[str, str]:
        """Words of the labels within a text, where they mean one thing."""
        labels = {}
        for name, words in self._words.items():
            inside = [word for word in words if word in BRACKETS.sub("", text)]
            if len({self._maps[name][words[word]] for word in inside}) == 1:
                labels[name] = words[inside[0]]
        return labels

    def around(self) -> dict[str, str]:
        """FormLabels of the form as a whole: in its title, else in the name of its sheet."""
        return self.within(squeeze(self._section.sheet.name)) | self.within(self._section.title)

    def is_heading(self, text: str) -> bool:
        """Whether a line names nothing but what the lines below it have in common."""
        bare = BRACKETS.sub("", _NUMBERING.sub("", text)).rstrip(":")
        return any(bare == head.format(word=word) for words in self._words.values() for word in words for head in LAYOUT.heads)
