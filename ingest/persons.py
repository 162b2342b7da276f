"""Facts about persons stop at ingest: what of a cell may stand in a message, and which lines below a table name persons.

A person is known afterwards by a pseudonym only: a keyed hash, the same in every file of the house and nowhere else.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import os
import re
from functools import lru_cache
from pathlib import Path

from ingest.data import read_yaml
from ingest.faults import Refusal
from ingest.source import FieldType
from junheng.settings import CODES, PERSON_KEY_LENGTH, PERSON_KEY_VARIABLE, SAMPLE_PERSON_KEY

MASK = "***"
_SHORT = 8

# mobile numbers, identity card and pupil numbers (15 to 19 digits), landlines with their prefix, mail addresses
_NUMBERS = re.compile(
    r"(?<![0-9.])(?:(?:\+?86[- ]?)?1[3-9][0-9](?:[- ]?[0-9]{4}){2}|[GL]?[0-9]{15,19}X?|0[0-9]{2,3}-[0-9]{7,8})(?![0-9])"
    r"|[\w.+-]+@[\w-]+\.[\w.]+",
    re.IGNORECASE | re.ASCII,
)
_SHORTEST = 11
"""Characters of the shortest of these numbers."""
_WORDS = re.compile(r"[^\W\d_]{2,}(?:[·•. ]?[^\W\d_]+)*")
_COLON = re.compile(r"[:：]")


@lru_cache(maxsize=4096)
def masked(text: str) -> str:
    """A text without numbers that belong to a person."""
    if len(text) < _SHORTEST and "@" not in text:
        return text
    return _NUMBERS.sub(MASK, text)


def quotable(text: str, field_type: FieldType) -> str:
    """A cell's value for a message. Where no text belongs (a shifted row may bring a name there), words are masked too."""
    text = masked(text)
    return text if field_type == "text" or text.startswith("#") else _WORDS.sub(MASK, text)


def quotable_beside_persons(text: str, field_type: FieldType) -> str:
    """A cell's value for a message about a row that is about a person: a short value without words, or nothing of it."""
    if field_type == "person":
        return MASK
    text = quotable(text, "code")
    return text if len(text) <= _SHORT else MASK


def person_key() -> str:
    """The key of this house, or that of the samples where none is set. Raises Refusal when it is too short."""
    key = os.environ.get(PERSON_KEY_VARIABLE, "").strip()
    if key and len(key) < PERSON_KEY_LENGTH:
        raise Refusal("person_key_short", length=len(key), expected=PERSON_KEY_LENGTH)
    return key or SAMPLE_PERSON_KEY


def pseudonym(identity: str, key: str) -> str:
    """First 16 hex digits of HMAC-SHA-256 over a person's number."""
    return hmac.digest(key.encode(), identity.encode(), hashlib.sha256).hex()[:16]


@lru_cache(maxsize=1)
def _fictional_areas() -> frozenset[str]:
    with open(CODES / "areas.csv", encoding="utf-8", newline="") as handle:
        return frozenset(row["area_code"] for row in csv.DictReader(handle) if row["is_fictional"] == "1")


def is_fictional(area_code: str) -> bool:
    """Whether nobody lives there."""
    return area_code in _fictional_areas()


def header_name(header: str) -> str:
    """The header of an unknown column without what may have been filled in behind it."""
    return masked(_COLON.split(header, maxsplit=1)[0])


@lru_cache(maxsize=1)
def _footers() -> re.Pattern[str]:
    labels = read_yaml(Path(__file__).with_name("footers.yml"))
    persons, others = ("|".join(sorted(map(re.escape, labels[key]), key=len, reverse=True)) for key in ("persons", "others"))
    return re.compile(rf"(?P<person>{persons}).*|(?P<other>{others})(?::.*)?", re.DOTALL)


def footer_label(squeezed: str) -> str | None:
    """The label of a line below a table (填表人 …) from its first cell; None for any other line."""
    match = _footers().fullmatch(squeezed)
    return (match["person"] or match["other"]) if match else None
