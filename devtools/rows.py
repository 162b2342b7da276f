"""``make rows``: the rows of the marts as types (``publish/tables/rows.py``), made from their contracts.

A mart has a type once some module imports it. A column that is renamed in a contract is then an error of mypy wherever Python
reads it, and no fault of a night.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from junheng.core.settings import PROJECT_ROOT
from publish.tables.mart_docs import DescribedColumn, DescribedMart, marts

MODULE = PROJECT_ROOT / "publish" / "tables" / "rows.py"
_READERS = ("junheng", "publish")
_TYPES = {"varchar": "str", "integer": "int", "bigint": "int", "boolean": "bool", "decimal": "Decimal", "date": "date"}
_HEAD = '''"""Rows of the marts that Python reads, typed from their contracts. Made by ``make rows``; do not edit here."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TypedDict
'''


def type_name(mart: str) -> str:
    """Name of the type of a mart's rows: ``DimCounty`` of ``dim_county``."""
    return "".join(part.capitalize() for part in mart.split("_"))


def _field(column: DescribedColumn) -> str:
    python = _TYPES[column.data_type.partition("(")[0]]
    return f"    {column.name}: {python if column.is_required else f'{python} | None'}\n"


def module(described: Iterable[DescribedMart], wanted: frozenset[str]) -> str:
    """Text of the module: a type for each mart whose type is wanted."""
    types = [mart for mart in described if type_name(mart.name) in wanted]
    return _HEAD + "".join(
        f'\n\nclass {type_name(mart.name)}(TypedDict):\n    """A row of ``{mart.name}``."""\n\n'
        + "".join(map(_field, mart.columns))
        for mart in types
    )


def imported(sources: Iterable[str]) -> frozenset[str]:
    """Types that modules import from the module of rows."""
    imports = re.compile(r"^from publish\.tables\.rows import (\([^)]*\)|.*)$", re.MULTILINE)
    return frozenset(name for text in sources for names in imports.findall(text) for name in re.findall(r"\w+", names))


def _modules(folders: Sequence[str]) -> Iterable[Path]:
    return (path for folder in folders for path in sorted((PROJECT_ROOT / folder).rglob("*.py")))


def generated() -> str:
    """What the module has to be."""
    return module(marts(), imported(path.read_text(encoding="utf-8") for path in _modules(_READERS)))


if __name__ == "__main__":
    MODULE.write_text(generated(), encoding="utf-8")
