"""Cells of one column: what is asked of a cell is asked once for all cells that say the same."""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import pyarrow as pa

from ingest.values.cells import CellError

Answer = TypeVar("Answer")


class _Absent:
    """The type of :data:`ABSENT`."""


ABSENT: Final = _Absent()
"""Stands in a column for a row that ends before it."""

_TOLD_APART = frozenset({str, float, _Absent})
"""Kinds of cells of which no two are equal and yet read differently, apart from 0.0 and -0.0 in a list of numbers."""
_COMPARED = _TOLD_APART | {int, bool, CellError, dt.datetime, dt.date, dt.time, dt.timedelta}
"""The same within each kind."""


@dataclass(frozen=True)
class Distinct:
    """The different cells of a column and, for each of its rows, the number of its cell among them."""

    cells: list[object]
    codes: array[int]

    @classmethod
    def of(cls, column: Sequence[object], told_apart: bool = False) -> Distinct:
        """Sort out a column; ``told_apart``: no two cells are taken for the same."""
        if told_apart or not (kinds := set(map(type, column))) <= _COMPARED:
            return cls(list(column), array("i", range(len(column))))
        if kinds <= _TOLD_APART:
            number = {cell: code for code, cell in enumerate(dict.fromkeys(column))}
            return cls(list(number), array("i", map(number.__getitem__, column)))
        keys = list(zip(map(type, column), column, strict=True))
        codes = {key: code for code, key in enumerate(dict.fromkeys(keys))}
        return cls([cell for _, cell in codes], array("i", map(codes.__getitem__, keys)))

    @property
    def arrow(self) -> pa.Array[Any]:
        """The numbers as Arrow takes them, without a copy."""
        return pa.Array.from_buffers(pa.int32(), len(self.codes), [None, pa.py_buffer(self.codes)])


def answers(ask: Callable[[object], Answer], column: Sequence[object]) -> list[Answer]:
    """What ``ask`` says of every cell."""
    distinct = Distinct.of(column)
    given = list(map(ask, distinct.cells))
    return [given[code] for code in distinct.codes]
