"""Names of units: the ways of writing that the seed knows, and a county's own list on top (``<home>/units.csv``)."""

from __future__ import annotations

import csv

import pyarrow as pa

from junheng.core.home import Home
from junheng.core.settings import ISSUES
from publish.words.seeds import read_seed
from publish.words.texts import texts

SCHEMA = pa.schema([("county_code", pa.string()), ("written", pa.string()), ("unit_zh", pa.string())])
"""Columns of ``run.unit_alias``."""


class UnitListUnusable(ValueError):
    """The counties' own list of units cannot be used; the message is Chinese and names the line."""


def own_names(home: Home) -> dict[tuple[str, str], str]:
    """The counties' own list: name by county and way of writing; none without the file. Raises UnitListUnusable."""
    path = home.units
    if not path.exists():
        return {}
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            columns: list[str] = texts()["units"]["header"]
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            rows = [tuple((row[name] or "").strip() for name in columns) for row in reader] if not missing else []
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnitListUnusable(_said("unreadable", file=path.name)) from error
    if missing:
        raise UnitListUnusable(_said("columns", file=path.name, columns="、".join(missing)))
    names: dict[tuple[str, str], str] = {}
    for line, (county, written, unit) in enumerate(rows, 2):
        if not (county and written and unit):
            raise UnitListUnusable(_said("empty", file=path.name, line=line))
        if names.setdefault((county, written), unit) != unit:
            raise UnitListUnusable(_said("twice", file=path.name, line=line, written=written))
    return names


def alias_table(home: Home) -> pa.Table:
    """``run.unit_alias`` of a build. Raises UnitListUnusable."""
    rows = [(county, written, unit) for (county, written), unit in sorted(own_names(home).items())]
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], schema=SCHEMA)


class UnitNames:
    """The one name of a unit, however it is written. Raises UnitListUnusable when made."""

    def __init__(self, home: Home) -> None:
        self._own = own_names(home)
        self._common = {row["written"]: row["unit_zh"] for row in read_seed(ISSUES / "issue_unit_aliases.csv")}

    def name(self, county: str, written: str) -> str:
        """The name of a unit in a county."""
        common = self._common.get(written, written)
        return self._own.get((county, written)) or self._own.get((county, common)) or common


def _said(key: str, **values: object) -> str:
    return str(texts()["units"][key]).format(**values)
