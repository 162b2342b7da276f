"""Bands in which figures of an area system lie, and the code lists they stand beside."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Band:
    """Where a figure of an area system lies: one row of the seed :data:`BANDS`.

    ``least``, ``usual`` and ``most`` are per one of the sum of ``per`` (columns of the same row; none: the figure itself), in
    the unit of the column. ``units`` are units that people mistake for it, each with what one of them is in the column's own.
    """

    area_system: str
    source: str
    column: str
    item_column: str
    item: str
    per: tuple[str, ...]
    least: Decimal
    usual: Decimal
    most: Decimal
    units: tuple[tuple[str, Decimal], ...]


BANDS = "plausible_bands.csv"
"""Seed of the bands, among the code lists."""


def band_of(row: dict[str, str]) -> Band:
    """The band that a row of the seed states."""
    units = (unit.split("=") for unit in row["units"].split(";") if unit)
    return Band(
        area_system=row["area_system"],
        source=row["source"],
        column=row["column_name"],
        item_column=row["item_column"],
        item=row["item"],
        per=tuple(name for name in row["per"].split(";") if name),
        least=Decimal(row["least"]),
        usual=Decimal(row["usual"]),
        most=Decimal(row["most"]),
        units=tuple((name, Decimal(factor)) for name, factor in units),
    )


@lru_cache(maxsize=16)
def code_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a code list (seed)."""
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
