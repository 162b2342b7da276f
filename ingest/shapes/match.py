"""Matching: which contract a file follows. Content decides, never the name.

Every module of :mod:`ingest.shapes.kinds` has a ``SHAPE``; that it lies there makes it one.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from ingest.readers.text import TextFile
from ingest.readers.workbook import Workbook
from ingest.schema.contract import Contract
from ingest.shapes import kinds
from ingest.shapes.contracts import KINDS
from ingest.shapes.shape import Match, Shape
from ingest.values.faults import Refusal
from junheng.core.records import LandedFile


@lru_cache(maxsize=1)
def shapes() -> tuple[Shape[Any], ...]:
    """All kinds of contracts, in the order in which a workbook is offered to them."""
    every = [import_module(f"{KINDS}.{module.name}").SHAPE for module in iter_modules(kinds.__path__)]
    return tuple(sorted(every, key=lambda shape: shape.turn))


def shape_of(contract: Contract) -> Shape[Any]:
    """The shape of a contract."""
    return next(shape for shape in shapes() if isinstance(contract, shape.contract))


def match_text(data: bytes, landed: LandedFile | None = None) -> Match:
    """Match delimited text. Raises Refusal."""
    file = TextFile(data)
    refusals: list[Refusal] = []
    for shape in reversed(shapes()):
        answer = shape.in_text(file, landed)
        if isinstance(answer, Match):
            return answer
        refusals += [answer] if answer else []
    raise refusals[0]


def match_workbook(book: Workbook, landed: LandedFile) -> list[Match]:
    """Match a workbook: one match, or of forms under titles one per contract. Raises Refusal."""
    for shape in shapes():
        if matches := shape.in_workbook(book, landed):
            return matches
    raise Refusal("empty_file")
