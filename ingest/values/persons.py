"""Facts about persons stop at ingest: which numbers, headers and lines below a table are about persons.

A person is known afterwards by a pseudonym only: a keyed hash, the same in every file of the house and nowhere else.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from ingest.values.faults import Refusal
from ingest.values.personal_numbers import without
from junheng.core.settings import CODES, PERSON_KEY_LENGTH, SAMPLE_PERSON_KEY, SETTINGS
from junheng.core.typed import StrictModel, load

MASK = "***"
_COLON = re.compile(r"[:：]")
_SIGNS = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Footers(StrictModel):
    """``footers.yml``: what stands below tables and around their records."""

    persons: tuple[str, ...]
    others: tuple[str, ...]
    plain_totals: tuple[str, ...]
    totals: tuple[str, ...]
    means: tuple[str, ...]
    statistics: tuple[str, ...]
    groups: tuple[str, ...]
    pages: tuple[str, ...]
    continued: tuple[str, ...]
    instructions: frozenset[str]
    unit_labels: frozenset[str]


class PersonalHeaders(StrictModel):
    """``personal_headers.yml``."""

    anywhere: tuple[str, ...]
    alone: tuple[str, ...]


@lru_cache(maxsize=1)
def footers() -> Footers:
    """Labels and lines around the records of a table."""
    return load(Path(__file__).with_name("footers.yml"), Footers)


@lru_cache(maxsize=4096)
def masked(text: str) -> str:
    """A text without numbers and addresses that belong to a person (:mod:`ingest.values.personal_numbers`)."""
    return without(text, MASK)


def holds_person(text: str) -> bool:
    """Whether a number or an address of a person stands in a text."""
    return masked(text) != text


def person_key() -> str:
    """The key of this house, or that of the samples where none is set. Raises Refusal when it is too short."""
    key = SETTINGS.person_key
    return _long_enough(key) if key else SAMPLE_PERSON_KEY


def earlier_keys() -> tuple[str, ...]:
    """Keys of this house that another one has taken the place of. Raises Refusal when one is too short."""
    return tuple(_long_enough(key) for key in SETTINGS.person_keys_before if key != person_key())


def _long_enough(key: str) -> str:
    if len(key) < PERSON_KEY_LENGTH:
        raise Refusal("person_key_short", length=len(key), expected=PERSON_KEY_LENGTH)
    return key


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


@lru_cache(maxsize=1)
def _personal_headers() -> tuple[tuple[str, ...], frozenset[str]]:
    """Words anywhere in a header, and words that must stand alone, in the form in which they are compared."""
    entries = load(Path(__file__).with_name("personal_headers.yml"), PersonalHeaders)
    anywhere, alone = ([_SIGNS.sub("", _folded(word)) for word in words] for words in (entries.anywhere, entries.alone))
    return tuple(anywhere), frozenset(alone)


def _folded(header: str) -> str:
    """A header without case, accents and width, words of ``camelCase`` apart."""
    apart = unicodedata.normalize("NFKD", _CAMEL.sub(" ", header))
    return "".join(character for character in apart if not unicodedata.combining(character)).casefold()


@lru_cache(maxsize=4096)
def is_personal(header: str) -> bool:
    """Whether an unknown column may hold facts about a person; such cells are not kept.

    Its header says so, in a language of ``personal_headers.yml``, or holds a number of a person itself.
    """
    anywhere, alone = _personal_headers()
    folded = _folded(header)
    key = _SIGNS.sub("", folded)
    return any(word in key for word in anywhere) or not alone.isdisjoint(_SIGNS.split(folded)) or holds_person(header)


def header_name(header: str) -> str:
    """The header of an unknown column without what may have been filled in behind it."""
    return masked(_COLON.split(header, maxsplit=1)[0])


@lru_cache(maxsize=1)
def _footers() -> re.Pattern[str]:
    labels = footers()
    persons, others = (
        "|".join(sorted(map(re.escape, words), key=len, reverse=True)) for words in (labels.persons, labels.others)
    )
    return re.compile(rf"(?P<person>{persons}).*|(?P<other>{others})(?::.*)?", re.DOTALL)


def footer_label(squeezed: str) -> str | None:
    """The label of a line below a table (填表人 …) from its first cell; None for any other line."""
    match = _footers().fullmatch(squeezed)
    return (match["person"] or match["other"]) if match else None
