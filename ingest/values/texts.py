"""What rooms of ingest say to people beside the sentences of faults: ``texts.yml`` of each room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from junheng.core.data import read_yaml


def texts_beside(module: str) -> Callable[..., str]:
    """The texts beside a module (its ``__file__``) by key, with their places filled. They are read when first asked for."""

    @cache
    def entries() -> dict[str, str]:
        return dict(read_yaml(Path(module).with_name("texts.yml")))

    return lambda key, **details: entries()[key].format(**details)


_TEXT = texts_beside(__file__)


def few(names: Sequence[str], shown: int, what: str = "all") -> str:
    """The first names; where there are more, how many of ``what`` in all."""
    return "、".join(names[:shown]) + (_TEXT(f"more_{what}", count=len(names)) if len(names) > shown else "")


def named_rows(numbers: Sequence[int], shown: int) -> str:
    """Rows by number, the first ones and how many in all."""
    first = "、".join(map(str, numbers[:shown]))
    return _TEXT("rows" if len(numbers) <= shown else "first_rows", first=first, count=len(numbers))


def named_column(letter: str) -> str:
    """A column by its letter."""
    return _TEXT("column", letter=letter)


def row_place(sheet: str | None, row: int | None = None) -> str:
    """Sheet and line of a row, counted from 1, where it has them."""
    return (_TEXT("sheet", sheet=sheet) if sheet else "") + (_TEXT("rows", first=row) if row else "")


def named_cells(cells: Sequence[str]) -> str:
    """Cells by their column and row."""
    return _TEXT("cells", cells="、".join(cells))


def and_more(count: int, shown: int, what: str) -> str:
    """How many of ``what`` there are in all, behind the first ones; nothing where all are shown."""
    return _TEXT(f"in_all_{what}", count=count) if count > shown else ""
