"""Headers: which columns of a row carry which fields of a contract."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from ingest.cells import clean_text, squeeze
from ingest.contract import TableContract
from ingest.faults import Refusal
from ingest.readers.sheet import column_letter
from ingest.source import Field

_SEARCHED_ROWS = 30
_DASHES = re.compile(r"[—–―‐‑~～至]|--+")
_UNIT = re.compile(r"(.+)[(\[]([^()\[\]]+)[)\]]")


@lru_cache(maxsize=1)
def _units() -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Ways of writing each unit, and all words that state a unit (``units.yml``)."""
    entries = yaml.safe_load(Path(__file__).with_name("units.yml").read_text(encoding="utf-8"))
    ways = {unit: frozenset(words) for unit, words in entries["units"].items()}
    return ways, frozenset(entries["others"]).union(*ways.values())


def normalise(header: object) -> str:
    """A header in the form in which headers are compared."""
    return _DASHES.sub("-", squeeze(header).lstrip("*#").casefold())


@dataclass(frozen=True)
class Header:
    """A header row found in a sheet."""

    row: int
    """0-based."""
    columns: dict[str, int]
    """Column of each field found."""
    texts: list[str]
    """Header texts by column."""
    missing: list[Field]
    """Required fields without a column."""
    share: float
    """Share of the required columns that are there; 1.0 is a match."""
    problem: Refusal | None
    """A header that cannot be used: one field twice, or another unit."""

    @property
    def rank(self) -> tuple[float, int]:
        """Order of headers by how well they fit."""
        return self.share, len(self.columns)


class HeaderFinder:
    """Finds the header rows of one contract."""

    def __init__(self, contract: TableContract) -> None:
        self._required = contract.required_columns
        self._known = {normalise(text): field for field in contract.mapped for text in contract.headers(field)}

    def find(self, rows: Sequence[Sequence[object]]) -> Header | None:
        """The first row that holds every required column, else the row that holds most of them; None without any."""
        best: Header | None = None
        for index, row in enumerate(rows[:_SEARCHED_ROWS]):
            header = self._read(index, row)
            if header.columns and (best is None or header.rank > best.rank):
                best = header
            if not header.missing:
                break
        return best

    def _read(self, index: int, row: Sequence[object]) -> Header:
        columns: dict[str, int] = {}
        texts = [clean_text(cell) for cell in row]
        problem: Refusal | None = None
        for position, text in enumerate(texts):
            if not text or text.isdigit():
                continue
            field, unit = _field_of(self._known, text)
            if field is None:
                continue
            if unit and problem is None:
                problem = Refusal("unit_mismatch", column=text, unit=unit, expected=field.unit)
            if field.name in columns:
                twice = f"{column_letter(columns[field.name])}列、{column_letter(position)}列"
                problem = problem or Refusal("duplicate_header", field=field.label, columns=twice)
            columns.setdefault(field.name, position)
        missing = [field for field in self._required if field.name not in columns]
        return Header(index, columns, texts, missing, 1 - len(missing) / len(self._required), problem)


def _field_of(known: dict[str, Field], text: str) -> tuple[Field | None, str]:
    """The field a header means, and the unit it states where that is another one."""
    key = normalise(text)
    if key in known:
        return known[key], ""
    if match := _UNIT.fullmatch(key):
        field = known.get(match[1])
        unit = match[2].removeprefix("单位:")
        if field is not None:
            ways, words = _units()
            wrong = field.unit and unit in words and unit not in ways[field.unit]
            return field, unit if wrong else ""
    return None, ""
