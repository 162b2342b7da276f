"""What of a file may stand in a message: everything but what belongs to a person.

Numbers and addresses of persons are masked wherever they stand, names where no words belong; a year, a flag, a code, a label or
the name of a file is said as it is, for a masked word helps nobody to find it.
"""

from __future__ import annotations

import difflib
import hmac
import re
from functools import lru_cache

from ingest.schema.source import Field
from ingest.values.faults import Refusal
from ingest.values.names import without_names
from ingest.values.personal_numbers import without
from ingest.values.persons import MASK, masked, person_key
from junheng.core.printable import visible
from junheng.core.settings import SAMPLE_PERSON_KEY

_WORDS = re.compile(r"[^\W\d_]{2,}(?:[·•. ]?[^\W\d_]+)*")
_SHORT = 10
"""Characters of the longest value without words that is quoted from the row of a person."""
_ALIKE = 0.5
"""Similarity from which on a word is a misspelt choice."""


def quotable(text: str, field: Field) -> str:
    """A cell's value for a message. Where no text belongs (a shifted row may bring a name there), names are masked too."""
    if field.type == "person":
        return MASK
    shown = masked(text)
    if field.type == "text" or text.startswith("#"):
        return shown
    return without_names(text, MASK) if shown == text else _WORDS.sub(MASK, shown)


def quotable_beside_persons(text: str, field: Field) -> str:
    """A cell's value for a message about a row that is about a person: a short value, or a word like those of the column."""
    if field.type == "person" or masked(text) != text:
        return MASK
    if not _WORDS.search(text):
        return text if len(text) <= _SHORT else MASK
    ways = [way for value, ways in field.choices for way in (value, *ways)]
    return text if any(difflib.SequenceMatcher(None, text, way).ratio() >= _ALIKE for way in ways) else MASK


@lru_cache(maxsize=4096)
def file_label(path: str) -> str:
    """The path of a file, or its name, for a message and for the ledger, with every sign that is not seen written out.

    A number of a person in it is told by a tag, so that two files stay apart; the same number has the same tag in this house.
    """
    return visible("/".join(without(part, _tagged) for part in path.split("/")))


def _tagged(number: str) -> str:
    try:
        key = person_key()
    except Refusal:
        key = SAMPLE_PERSON_KEY
    return f"{MASK}{hmac.digest(key.encode(), number.encode(), 'sha256').hex()[:4]}"
