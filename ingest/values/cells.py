"""Cells: cleaning shared by every kind of contract, and typing by field type."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal

from ingest.schema.source import FieldType
from ingest.values.errors import is_error_text
from junheng.core.typed import StrictModel, load

Typed = str | int | Decimal | None


class CellWords(StrictModel):
    """``cells.yml``."""

    nil_marks: frozenset[str]
    open_ends: frozenset[str]
    flags: dict[Literal[0, 1], tuple[str, ...]]


_WORDS = load(Path(__file__).with_name("cells.yml"), CellWords)
NIL_MARKS = _WORDS.nil_marks
"""Marks that mean "nothing stated": unknown, never zero."""

_ORDINARY = re.compile(r"[0-9A-Za-z\u4e00-\u9fff]*")
"""Text that is in compatibility form and holds nothing to clean."""
_ESCAPED = re.compile(r"_x00(?:0[0-9A-Fa-f]|1[0-9A-Fa-f])_")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
"""Signs that nobody sees: the code points of Unicode's property Default_Ignorable_Code_Point (DerivedCoreProperties)."""
_SPACES = re.compile(r"\s+")
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")
_NEW_LINE = r"(?:[\t-\r]|_x000[9A-Da-d]_)+"
_TWO_LINES = re.compile(rf"[0-9]\s*{_NEW_LINE}\s*[0-9]")
"""Two numbers in one cell, and not the digits of one."""
_SIDE_BY_SIDE = re.compile(r"[0-9][,\s]+[0-9]")
"""Numbers of a list, or the digits of one: nothing tells."""
_FLOAT_CODE = re.compile(r"\d+\.0*|\d+(?:\.\d+)?[eE][+-]?\d+")
_TERM = r"(?:初|第?[一二12上下秋春](?:季)?学期|\([上下]\))?"
_SCHOOL_YEARS = (
    re.compile(rf"(\d{{4}})(?:\.0+)?年?[-—–~～至/]{{1,2}}(\d{{4}}|\d{{2}})年?(?:学年度?|年度)?{_TERM}"),
    re.compile(rf"(\d{{4}})(?:\.0+)?学年度?{_TERM}()"),
    re.compile(r"(\d{4})(?:\.0+)?年?(?:初|秋季?(?:学期)?)?()"),
)
"""The year in which a school year begins, as offices write it. A spring belongs to the year before, a 年度 need not be a school
year: neither is taken without both years."""
_BRACKETS = frozenset({"()", "[]", "〔〕", "【】"})
_IDENTITY = re.compile(r"(?=(?:[^0-9]*[0-9]){5})[A-Z0-9()-]{6,25}")
"""Identity cards, pupil numbers (G, J, L), passports, travel permits."""
_ROUNDED_ID = re.compile(r"[0-9]{13,}000")
_TELEPHONE = re.compile(r"1[3-9][0-9]{9}")
_QUOTED_CODE = re.compile(r'=?"([^"]*)"|=(\w+)')
_MONTH = re.compile(
    r"(?P<year>(?:19|20)\d{2})(?:(?P<month>\d{2})(?:\d{2})?|(?:[-/.]|年)(?P<other>\d{1,2})(?:(?:[-/.]|月)(?:\d{1,2}日?)?)?|年|年度)?"
    r"(?:T?\d{1,2}:\d{2}(?::\d{2}(?:\.0+)?)?)?"
)
_SERIAL_DAYS = range(20000, 80000)
"""Numbers taken for a day of a spreadsheet: 1954 to 2119."""
_SERIAL = re.compile(r"[0-9]{5}")
_SERIAL_ORIGIN = dt.date(1899, 12, 30)
_OPEN_ENDS = _WORDS.open_ends
_FLAGS: dict[str, int] = {word: flag for flag, words in _WORDS.flags.items() for word in words}
_LIMITS: dict[FieldType, tuple[int, Decimal]] = {
    "amount": (14, Decimal("0.0001")),
    "value": (20, Decimal("0.00000001")),
}


_REMEMBERED = 1 << 14
"""Cells say the same again and again: labels, headers, names of kinds."""
_WHOLE_DIGITS = 9
"""Digits of the largest count; a telephone number has more."""


class CellError(str):
    """A formula error such as ``#REF!`` in a workbook."""


class BadCell(Exception):
    """A cell that cannot be typed. ``rule`` names an entry of ``faults.yml``."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def show(value: object) -> str:
    """A cell as a person would read it, for messages and for quarantine."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _is_plain(text: str) -> bool:
    """Whether cleaning would change nothing: digits alone, the bulk of every census, or nothing at all."""
    return not text or (text.isascii() and text.isdigit())


def clean_text(value: object) -> str:
    """A cell's text without what spreadsheets leave behind; an empty string when nothing is stated."""
    text = value if type(value) is str else show(value)
    return text if _is_plain(text) else _cleaned(text)


@lru_cache(maxsize=_REMEMBERED)
def _cleaned(text: str) -> str:
    if _ORDINARY.fullmatch(text):
        return "" if text in NIL_MARKS else text
    text = _CONTROL.sub(" ", _ESCAPED.sub(" ", _INVISIBLE.sub("", text)))
    text = _SPACES.sub(" ", text).strip()
    return "" if unicodedata.normalize("NFKC", text) in NIL_MARKS or text in NIL_MARKS else text


def squeeze(value: object) -> str:
    """Cleaned text in compatibility form (full-width digits become plain) without any space."""
    text = value if type(value) is str else show(value)
    return text if _is_plain(text) else _squeezed(text)


@lru_cache(maxsize=_REMEMBERED)
def _squeezed(text: str) -> str:
    if _ORDINARY.fullmatch(text):
        return "" if text in NIL_MARKS else text
    text = _SPACES.sub("", unicodedata.normalize("NFKC", _cleaned(text)))
    return "" if text in NIL_MARKS else text


def dated(value: object) -> object:
    """A day that lost its format: the serial number of a spreadsheet as the day it stands for; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    if isinstance(value, float) and int(value) in _SERIAL_DAYS:
        return _SERIAL_ORIGIN + dt.timedelta(days=int(value))
    text = squeeze(value)
    return _SERIAL_ORIGIN + dt.timedelta(days=int(text)) if _SERIAL.fullmatch(text) and int(text) in _SERIAL_DAYS else value


def number(value: object) -> Decimal | None:
    """A number cell exactly as written; None when nothing is stated."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool | dt.date | dt.time | dt.timedelta):
        raise BadCell("not_a_number")
    if isinstance(value, int | float):
        if value != value:
            raise BadCell("not_a_number")
        # a spreadsheet holds 15 significant digits; the rest is noise of the binary form
        return Decimal(format(value, ".15g")) if isinstance(value, float) else Decimal(value)
    text = squeeze(value).replace("\u2212", "-")
    if not text:
        return None
    if _TWO_LINES.search(unicodedata.normalize("NFKC", show(value))):
        raise BadCell("not_a_number")
    if text.endswith("%"):
        raise BadCell("percent_sign")
    if not _NUMBER.fullmatch(text):
        raise BadCell("not_a_number")
    return Decimal(text.replace(",", ""))


def _whole(value: object) -> int | None:
    if type(value) is str and _is_plain(value) and len(value) <= _WHOLE_DIGITS:
        return int(value) if value else None
    if type(value) is float and value.is_integer() and abs(value) < 10**_WHOLE_DIGITS:
        return int(value)
    exact = number(value)
    if exact is None:
        return None
    if exact != exact.to_integral_value():
        raise BadCell("not_whole")
    if abs(exact) >= 10**_WHOLE_DIGITS:
        raise BadCell("number_too_large")
    return int(exact)


def _decimal(value: object, field_type: FieldType) -> Decimal | None:
    exact = number(value)
    if exact is None:
        return None
    digits, step = _LIMITS[field_type]
    if abs(exact) >= Decimal(10) ** digits:
        raise BadCell("number_too_large")
    return exact.quantize(step, rounding=ROUND_HALF_UP)


def _code(value: object) -> str | None:
    if isinstance(value, bool | dt.date | dt.time | dt.timedelta):
        raise BadCell("not_a_code")
    if isinstance(value, float):
        if not value.is_integer() or abs(value) >= 1e15:
            raise BadCell("id_as_float")
        return str(int(value))
    text = squeeze(value).lstrip("'’‘`")
    if quoted := _QUOTED_CODE.fullmatch(text):
        text = quoted[1] or quoted[2] or ""
    if _FLOAT_CODE.fullmatch(text):
        raise BadCell("id_as_float")
    return text or None


def identity(value: object) -> str | None:
    """The number of a person in the one way of writing that is hashed. Never to be kept, shown or logged as it is.

    A spreadsheet holds 15 digits: a longer number that went through one ends in zeros and belongs to nobody, or to another.
    """
    if isinstance(value, bool | dt.date | dt.time | dt.timedelta):
        raise BadCell("not_a_person")
    if isinstance(value, float) and (not value.is_integer() or abs(value) >= 1e15):
        raise BadCell("person_as_number")
    text = squeeze(value).lstrip("'’‘`").upper()
    if quoted := _QUOTED_CODE.fullmatch(text):
        text = quoted[1] or quoted[2] or ""
    if not text:
        return None
    if _FLOAT_CODE.fullmatch(text) or _ROUNDED_ID.fullmatch(text):
        raise BadCell("person_as_number")
    if not _IDENTITY.fullmatch(text) or _TELEPHONE.fullmatch(text) or len(set(text)) < 3:
        raise BadCell("not_a_person")
    return text


def _year(value: object) -> int | None:
    if isinstance(value, bool | dt.date | dt.time | dt.timedelta):
        raise BadCell("not_a_year")
    text = squeeze(value)
    if not text:
        return None
    text = text[1:-1] if text[0] + text[-1] in _BRACKETS else text
    match = next((match for pattern in _SCHOOL_YEARS if (match := pattern.fullmatch(text))), None)
    if match is None or not 1900 <= int(match[1]) <= 2199:
        raise BadCell("not_a_year")
    if match[2] and int(match[2]) % 100 != (int(match[1]) + 1) % 100:
        raise BadCell("not_a_year")
    return int(match[1])


def _month(value: object) -> int | None:
    """YYYYMM; YYYY00 where only the year is stated."""
    if isinstance(value, dt.datetime | dt.date):
        return value.year * 100 + value.month
    if isinstance(value, bool | dt.time | dt.timedelta):
        raise BadCell("not_a_month")
    if isinstance(value, float) and not value.is_integer():
        if int(value) in _SERIAL_DAYS:
            return _month(int(value))
        raise BadCell("not_a_month")  # 2024.1 as a number is January or October
    text = squeeze(value)
    if not text or text in _OPEN_ENDS:
        return None
    if isinstance(day := dated(text), dt.date):
        return _month(day)
    match = _MONTH.fullmatch(text)
    if match is None:
        raise BadCell("not_a_month")
    month = int(match["month"] or match["other"] or 0)
    if month > 12 or (month == 0 and (match["month"] or match["other"])):
        raise BadCell("not_a_month")
    return int(match["year"]) * 100 + month


def _flag(value: object) -> int | None:
    if isinstance(value, bool):
        return int(value)
    text = squeeze(value)
    if not text:
        return None
    known = _FLAGS.get(text.upper())
    if known is None:
        raise BadCell("not_a_flag")
    return known


def _list(value: object) -> str | None:
    items: list[object] = [value]
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", re.sub(_NEW_LINE, ";", value))
        if _SIDE_BY_SIDE.search(text):
            raise BadCell("not_a_list")
        items = re.split(r"[;、]", squeeze(text))
    numbers = [number(item) for item in items]
    return ";".join(plain(item) for item in numbers if item is not None) or None


def plain(value: Decimal) -> str:
    """A number in digits, without an exponent or trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def typed(value: object, field_type: FieldType) -> Typed:
    """Type one cell. None means that nothing is stated (unknown). Raises :class:`BadCell`."""
    if isinstance(value, CellError) or (type(value) is str and value[:1] == "#" and is_error_text(value.strip())):
        raise BadCell("formula_error")
    match field_type:
        case "text":
            return clean_text(value) or None
        case "code":
            return _code(value)
        case "count":
            return _whole(value)
        case "year":
            return _year(value)
        case "flag":
            return _flag(value)
        case "list":
            return _list(value)
        case "month":
            return _month(value)
        case "choice":
            return squeeze(value).strip("'’‘`") or None
        case "person":
            return identity(value)
        case "amount" | "value":
            return _decimal(value, field_type)
