"""Formulas of the binary formats that are formulas by their form alone: a link, and the picture that WPS puts into a cell.

A formula is kept as the steps that compute it: the last one says what it gives, the first one which function it asks for.
"""

from __future__ import annotations

import struct
from collections.abc import Collection
from typing import Literal

_CALLS = frozenset({0x22, 0x42, 0x62})
_NAMES = frozenset({0x23, 0x43, 0x63})
_OUTER_NAMES = frozenset({0x39, 0x59, 0x79})
_LINK, _NAMED = 359, 255
"""Functions by their number: HYPERLINK, and one that a name stands for."""
_PICTURE = "DISPIMG"


def is_picture_name(name: str) -> bool:
    """Whether a defined name is the function that shows a picture."""
    return name.upper().removeprefix("_XLFN.") == _PICTURE


def form_of(steps: bytes, named: str, names: Collection[int], outer: Collection[int]) -> Literal["link", "picture"] | None:
    """What a formula is whose value is no result; ``named``: how the number of a name is written.

    ``names``, ``outer``: numbers (from 1) of the names that stand for a picture, of the workbook and of those it refers to.
    """
    if len(steps) < 4 or steps[-4] not in _CALLS:
        return None
    function = struct.unpack_from("<H", steps, len(steps) - 2)[0]
    if function == _LINK:
        return "link"
    if function == _NAMED and steps[0] in _NAMES | _OUTER_NAMES:
        is_outer = steps[0] in _OUTER_NAMES
        at = 1 + 2 * is_outer
        number = struct.unpack_from(named, steps, at)[0] if len(steps) >= at + struct.calcsize(named) else 0
        return "picture" if number in (outer if is_outer else names) else None
    return None
