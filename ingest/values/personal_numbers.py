"""What in a text is a number, or an address, of a person: identity cards, pupil numbers, telephones, passports, bank cards, mail.

However it is spelled: full-width, spaced, dashed, run together. What is no person's stays: codes of schools and areas, unified
social credit codes, dates, years, amounts, serials that begin with a month, hashes. Formats are ``personal_numbers.yml``.

A text is read in one go: every expression matches a bounded number of characters or takes what it matches for good, and a row of
digits is looked at from each of its groups over 19 digits at most.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from stdnum import luhn
from stdnum.cn import ric, uscc

from junheng.core.data import read_yaml

Span = tuple[int, int]

_SHORTEST = 5
_DASHES = "‐‑‒–—―−﹘﹣⁃"
_DOTS = "·•‧・∙⋅"
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]"
)
_UNBOUNDED = re.compile(r"(?<!\\)[*+]|\{[0-9]{0,4},\}")
_CANDIDATE = re.compile(r"(?:[0-9][^0-9]{0,3}){5}|@")
"""A text without this holds nothing of a person."""

_FLAGS = re.IGNORECASE | re.ASCII
_CHAIN = re.compile(r"[0-9]++(?:[\s./()-]{1,3}+[0-9]++)*+", _FLAGS)
"""Groups of digits that may be one number."""
_GROUP = re.compile(r"[0-9]++")
_LAST_X = re.compile(r"[\s-]{0,3}X(?![0-9A-Z])", _FLAGS)
_BOUND_BEFORE, _BOUND_AFTER = "(?<![0-9A-Z])", "(?![0-9A-Z])"
_CREDIT_CODE = re.compile(rf"{_BOUND_BEFORE}[0-9]{{8}}[0-9A-HJ-NPQRTUWXY]{{10}}{_BOUND_AFTER}", _FLAGS)
_HASH = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}|[0-9a-f]{16})(?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?:0|86|0086)?1[3-9][0-9]{9}")
_AREA = r"(?:010|02[0-9]|0[3-9][0-9]{2})"
_LANDLINE = re.compile(rf"{_AREA}[0-9]{{7,8}}")
_AREA_CODE = re.compile(_AREA)
_SERIAL = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{9,14}")
"""Begins with a month, as no area and no bank card does."""
_LINE_NUMBER = re.compile(r"(?:.{0,2}[^0-9.])?[1-9][0-9]?", re.DOTALL)
_YEARS = re.compile(r"(?:19|20)[0-9]{2}(?:[ .-]?(?:19|20)[0-9]{2})?")

_LONG = 15
_CARD, _OLD_CARD = 18, (6, 6, 3)
_FEWEST_APART, _MOST_DIGITS = 10, 19
_MOBILE_DIGITS = 11
_MOBILE_GROUPS = frozenset(
    {(3, 4, 4), (3, 3, 5), (3, 8), (7, 4), (4, 3, 4), (3, 5, 3), (1, 3, 3, 4), (3, 2, 2, 2, 2), (1,) * _MOBILE_DIGITS}
)
_USUAL = (3, 4, 4)
_LANDLINE_GROUPS = frozenset({(7,), (8,), (3, 4), (4, 4)})
_BANK_DIGITS = range(16, _MOST_DIGITS + 1)

_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-")
_MOST_LOCAL = 64
_DOMAIN = re.compile(r"@ ?[\w-]{1,63}(?:[.。][\w-]{1,63}){1,6}", re.ASCII)


@dataclass(frozen=True)
class _Formats:
    formats: re.Pattern[str]
    labelled: tuple[tuple[int, re.Pattern[str]], ...]
    """Fewest digits, and the label with the number behind it as its group."""


@lru_cache(maxsize=1)
def _formats() -> _Formats:
    entries = read_yaml(Path(__file__).with_suffix(".yml"))
    formats = "|".join(f"(?:{bounded(pattern)})" for pattern in entries["formats"])
    return _Formats(
        re.compile(f"(?:(?<![0-9A-Z.])|(?=[(+]))(?:{formats}){_BOUND_AFTER}", _FLAGS),
        tuple((group["digits"], re.compile(_behind(group["labels"]), _FLAGS)) for group in entries["labelled"]),
    )


def bounded(pattern: str) -> str:
    """The pattern. Raises ValueError for one that may match any number of characters: every place of a text is tried."""
    if _UNBOUNDED.search(pattern):
        raise ValueError(f"{pattern}: say how many, not * or +")
    return pattern


def _behind(labels: list[str]) -> str:
    words = "|".join(rf"(?<![A-Z]){re.escape(label)}" if label.isascii() else re.escape(label) for label in labels)
    return rf"(?:{words})(?:[\s:：#.()/-]|号码|号|編號|编号|number|no|是|为){{0,6}}([0-9A-Z](?:[ .-]?[0-9A-Z]){{4,29}})"


@lru_cache(maxsize=1)
def _half_width() -> dict[int, str]:
    """One character for one, so that places stay: digits of every script, full-width letters and signs, spaces, dashes, dots."""
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    for code in range(0x80, 0x20000):
        character = chr(code)
        if (digit := unicodedata.digit(character, None)) is not None:
            table[code] = str(digit)
        elif character.isspace():
            table[code] = " "
    return table | dict.fromkeys(map(ord, _DASHES), "-") | dict.fromkeys(map(ord, _DOTS), ".")


def personal_spans(text: str) -> list[Span]:
    """Where in a text numbers and addresses of persons stand, in order and apart."""
    plain = text if text.isascii() else text.translate(_half_width())
    if len(text) < _SHORTEST or not _CANDIDATE.search(plain):
        return []
    spared = list(_spared(plain))
    spans = [*_mails(plain), *_formatted(plain), *_rows_of_digits(plain, spared)]
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def without(text: str, mask: str | Callable[[str], str]) -> str:
    """A text with every number and address of a person replaced, by a text or by what is made of it."""
    spans = personal_spans(text)
    if not text.isascii() and (bare := _IGNORABLE.sub("", text)) != text and (hidden := personal_spans(bare)):
        text, spans = bare, hidden
    if not spans:
        return text
    parts, last = [], 0
    for start, end in spans:
        parts += [text[last:start], mask if isinstance(mask, str) else mask(text[start:end])]
        last = end
    return "".join([*parts, text[last:]])


def _spared(text: str) -> Iterator[Span]:
    """Tokens that are no person's: credit codes of units, hashes."""
    for match in _CREDIT_CODE.finditer(text):
        token = match[0].upper()
        if not _is_card(token) and (uscc.is_valid(token) or (token[-1] not in "0123456789X" and not _is_dated(token[6:14]))):
            yield match.span()
    for match in _HASH.finditer(text):
        if not match[0].isdigit():
            yield match.span()


def _mails(text: str) -> Iterator[Span]:
    at = text.find("@")
    taken = 0
    while at >= 0:
        if match := _DOMAIN.match(text, at):
            end = at - 1 if at and text[at - 1] == " " else at
            lowest = max(end - _MOST_LOCAL, taken)
            start = end
            while start > lowest and text[start - 1] in _LOCAL:
                start -= 1
            if start == end:
                while start > lowest and text[start - 1].isalnum():
                    start -= 1
            if start < end:
                taken = match.end()
                yield start, taken
        at = text.find("@", at + 1)


def _formatted(text: str) -> Iterator[Span]:
    formats = _formats()
    for match in formats.formats.finditer(text):
        yield match.span()
    for digits, pattern in formats.labelled:
        for match in pattern.finditer(text):
            if sum(map(str.isdigit, match[1])) >= digits and not _YEARS.fullmatch(match[1]):
                yield match.span(1)


def _rows_of_digits(text: str, spared: list[Span]) -> Iterator[Span]:
    kept = iter(spared)
    token = next(kept, None)
    for chain in _CHAIN.finditer(text):
        groups = [group.span() for group in _GROUP.finditer(text, *chain.span())]
        number = 0
        while number < len(groups):
            start, end = groups[number]
            while token and token[1] <= start:
                token = next(kept, None)
            if token and token[0] < end:
                number += 1
            elif span := _alone(text, start, end):
                yield span
                number += 1
            elif row := _apart(text, groups, number):
                number, end = row
                yield start, end
            else:
                number += 1


def _alone(text: str, start: int, end: int) -> Span | None:
    """A row of digits that is a number of a person by itself."""
    digits = text[start:end]
    size = end - start
    if start > 1 and text[start - 1] == "." and text[start - 2].isdigit():
        return (start, end) if _is_listed(text, start, digits) else None
    if size >= _LONG:
        if _SERIAL.fullmatch(digits):
            return None
        if text[end : end + 1] in ("X", "x"):
            end += 1
        if start and text[start - 1] in "GJLgjl" and not text[max(start - 2, 0) : start - 1].isalnum():
            start -= 1
        return start, end
    is_telephone = size >= _MOBILE_DIGITS and (_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits))
    return (start, end) if is_telephone else None


def _is_listed(text: str, start: int, digits: str) -> bool:
    """Whether digits behind a dot are not decimals but follow the number of a line: ``1.13800001111``."""
    before = text[max(start - 4, 0) : start - 1]
    is_line = _LINE_NUMBER.fullmatch(before) is not None
    return is_line and (_is_card(digits) or (len(digits) == _MOBILE_DIGITS and _MOBILE.fullmatch(digits) is not None))


def _apart(text: str, groups: list[Span], first: int) -> tuple[int, int] | None:
    """A number written in several groups that begins with a group: the group behind it and where it ends."""
    digits = ""
    sizes: list[int] = []
    between: list[str] = []
    for number in range(first, len(groups)):
        start, end = groups[number]
        digits += text[start:end]
        if len(digits) > _MOST_DIGITS:
            return None
        if sizes:
            between.append(text[groups[number - 1][1] : start])
        sizes.append(end - start)
        if len(sizes) > 1 and len(digits) >= _FEWEST_APART and _is_written_apart(digits, tuple(sizes), between):
            return number + 1, end
        if len(digits) == _CARD - 1 and (last := _LAST_X.match(text, end)) and _is_card(digits + "X"):
            return number + 1, last.end()
    return None


def _is_written_apart(digits: str, sizes: tuple[int, ...], between: list[str]) -> bool:
    size = len(digits)
    if size == _CARD and _is_card(digits):
        return True
    if size == _MOBILE_DIGITS and _MOBILE.fullmatch(digits) and sizes in _MOBILE_GROUPS:
        signs = {sign.strip("() ") for sign in between}
        return signs <= {"", "-", "."} and (len(set(between)) == 1 or sizes == _USUAL)
    if _AREA_CODE.fullmatch(digits[: sizes[0]]) and sizes[1:] in _LANDLINE_GROUPS:
        return True
    if sizes == _OLD_CARD:
        return len(set(between)) == 1 and _is_dated("19" + digits[6:12])
    in_fours = len(sizes) > 3 and set(sizes[:-1]) == {4}
    return in_fours and size in _BANK_DIGITS and digits[0] in "3456" and bool(luhn.is_valid(digits))


def _is_card(number: str) -> bool:
    """Whether this is an identity number: a day in it, and its last sign fits."""
    if len(number) != _CARD or not number[:-1].isdigit() or not _is_dated(number[6:14]):
        return False
    return number[-1].upper() == ric.calc_check_digit(number)


def _is_dated(digits: str) -> bool:
    try:
        return digits[:2] in ("18", "19", "20") and bool(dt.datetime.strptime(digits, "%Y%m%d"))
    except ValueError:
        return False
