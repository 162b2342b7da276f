"""Columns typed at once: cells that are written plainly, as most are. The others are left to :mod:`ingest.values.cells`.

What is plain is typed here exactly as there; the tests compare the two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingest.schema.source import ARROW_TYPES, FieldType
from ingest.values.cells import NIL_MARKS

Plain = tuple["pa.Array[Any]", "pa.Array[Any]"]
"""Values of a column, and where they are those of its cells."""

_CODE = "^[0-9]{1,10}$"
"""As many digits as a school has, too few for a number of a person."""
_WHOLE = "^[0-9]{1,9}$"
_NUMBER = r"^[0-9]{1,10}(\.[0-9]{1,4})?$"
_TEXT = r"^[0-9A-Za-z\x{4e00}-\x{9fff}]{1,10}$"
"""Nothing to clean."""
_DIGITS = "[0-9]{5}"
"""A text with fewer holds no number of a person."""
_NIL = pa.array(sorted(NIL_MARKS))
_TOO_LARGE = pa.scalar(1e9)
_BLANK = pa.scalar("")
_EXACT = pa.scalar(1e15)
"""A number of 15 digits survives the binary form."""


def _matching(texts: Any, pattern: str) -> Any:
    return pc.fill_null(pc.match_substring_regex(texts, pattern), False)


def _where(is_plain: Any, values: Any, dtype: pa.DataType) -> Plain:
    """The plain values cast, and none elsewhere."""
    return pc.if_else(is_plain, values, None).cast(dtype), is_plain


def _whole(numbers: Any, dtype: Any) -> Plain:
    is_plain = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), _TOO_LARGE))
    return _where(pc.fill_null(is_plain, False), numbers, dtype)


def _decimal(numbers: Any, dtype: Any) -> Plain:
    """Numbers that no rounding changes: so many steps of the last decimal, 15 digits at most."""
    scale = 10.0**dtype.scale
    steps = pc.round(pc.multiply(numbers, scale))
    is_plain = pc.and_(pc.equal(pc.divide(steps, scale), numbers), pc.less(pc.abs(steps), _EXACT))
    whole, is_plain = _where(pc.fill_null(is_plain, False), steps, pa.int64())
    counted = whole.cast(pa.decimal128(19, 0))
    return pa.Array.from_buffers(dtype, len(counted), counted.buffers()), is_plain


_NUMBERS: dict[FieldType, Callable[[Any, Any], Plain]] = {"count": _whole, "amount": _decimal, "value": _decimal}
_TEXTS: dict[FieldType, str] = {"count": _WHOLE, "amount": _NUMBER, "value": _NUMBER, "code": _CODE, "text": _TEXT}


def plain(column: Sequence[object], field_type: FieldType, blank_is_none: bool) -> Plain | None:
    """The values of the plain cells; None where none can be. ``blank_is_none``: there is no more to a blank cell."""
    dtype = ARROW_TYPES[field_type]
    kinds = set(map(type, column))
    if float in kinds and field_type in _NUMBERS:
        numbers = pa.array([cell if type(cell) is float else None for cell in column], pa.float64())
        values, is_plain = _NUMBERS[field_type](numbers, dtype)
        only_blanks = blank_is_none and numbers.null_count == column.count("")
        return values, pc.or_(is_plain, pc.is_null(numbers)) if only_blanks else is_plain
    if str not in kinds or field_type not in _TEXTS:
        return None
    texts: Any = pa.array(column if len(kinds) == 1 else [cell if type(cell) is str else None for cell in column], pa.string())
    is_plain = _matching(texts, _TEXTS[field_type])
    if field_type == "text":
        is_plain = pc.and_not(pc.and_not(is_plain, pc.is_in(texts, _NIL)), _matching(texts, _DIGITS))
    values, is_plain = _where(is_plain, texts, dtype)
    return values, pc.or_(is_plain, pc.fill_null(pc.equal(texts, _BLANK), False)) if blank_is_none else is_plain
