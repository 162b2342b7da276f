"""Texts from outside, made fit to be shown: on a terminal, on a page, in a workbook, as the name of a file."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import TypeVar, cast

RowT = TypeVar("RowT", bound=Mapping[str, object])
_LONGEST_NAME = 180
"""Bytes of a file name: file systems take 255, and programs add to it."""
_UNSAFE = re.compile(r'[\\/:*?"<>|\s]+')
_PLAIN = re.compile(r"[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u2070-\ud7ff\uff00-\uffef]*")
"""Nearly every text: signs that are seen, those of Chinese with its punctuation among them."""
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of signs that are not seen, or steer what shows them: escapes, breaks of a line, marks of direction."""


def visible(text: str) -> str:
    """The text in one line, with the number of every sign that is not seen in its place."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_written(sign) if unicodedata.category(sign) in _UNSEEN or _is_none(sign) else sign for sign in text)


def _is_none(sign: str) -> bool:
    """Whether Unicode will never have such a character: U+FFFE and its like, which no XML takes."""
    return ord(sign) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(sign) <= 0xFDEF


def _written(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


def in_paper(text: str) -> str:
    """The text for a workbook or document: the same, but for breaks of a line and tabs, which are kept."""
    if _PLAIN.fullmatch(text):
        return text
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in re.split(r"\r\n|\r|\n", text))


def row_in_paper(row: RowT) -> RowT:
    """A row of a mart with its texts as they are written into a workbook or document."""
    return cast(RowT, {name: in_paper(value) if isinstance(value, str) else value for name, value in row.items()})


def file_name(text: str, suffix: str) -> str:
    """A name that file systems take. One that had to be changed or shortened has a tag, so that no two texts share a name."""
    name = _UNSAFE.sub("_", visible(text))
    if name != text or len(name.encode()) > _LONGEST_NAME:
        tag = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:6]
        name = f"{name.encode()[:_LONGEST_NAME].decode(errors='ignore')}_{tag}"
    return name + suffix
