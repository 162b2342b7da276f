"""Facts about persons stop at ingest: what of a cell may stand in a message, and which lines below a table name persons."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

from ingest.source import FieldType

MASK = "***"

# mobile numbers, identity card and pupil numbers (15 to 19 digits), landlines with their prefix, mail addresses
_NUMBERS = re.compile(
    r"(?<![0-9.])(?:(?:\+?86[- ]?)?1[3-9][0-9](?:[- ]?[0-9]{4}){2}|[GL]?[0-9]{15,19}X?|0[0-9]{2,3}-[0-9]{7,8})(?![0-9])"
    r"|[\w.+-]+@[\w-]+\.[\w.]+",
    re.IGNORECASE | re.ASCII,
)
_WORDS = re.compile(r"[^\W\d_]{2,}(?:[·•. ]?[^\W\d_]+)*")
_COLON = re.compile(r"[:：]")


def masked(text: str) -> str:
    """A text without numbers that belong to a person."""
    return _NUMBERS.sub(MASK, text)


def quotable(text: str, field_type: FieldType) -> str:
    """A cell's value for a message. Where no text belongs (a shifted row may bring a name there), words are masked too."""
    text = masked(text)
    return text if field_type == "text" or text.startswith("#") else _WORDS.sub(MASK, text)


def header_name(header: str) -> str:
    """The header of an unknown column without what may have been filled in behind it."""
    return masked(_COLON.split(header, maxsplit=1)[0])


@lru_cache(maxsize=1)
def _footers() -> re.Pattern[str]:
    labels = yaml.safe_load(Path(__file__).with_name("footers.yml").read_text(encoding="utf-8"))
    persons, others = ("|".join(sorted(map(re.escape, labels[key]), key=len, reverse=True)) for key in ("persons", "others"))
    return re.compile(rf"(?P<person>{persons}).*|(?P<other>{others})(?::.*)?", re.DOTALL)


def footer_label(squeezed: str) -> str | None:
    """The label of a line below a table (填表人 …) from its first cell; None for any other line."""
    match = _footers().fullmatch(squeezed)
    return (match["person"] or match["other"]) if match else None
