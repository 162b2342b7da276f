"""Prices of what closes a gap: the counties' own (``<home>/unit_costs.csv``), on top of the seed ``unit_costs``."""

from __future__ import annotations

import csv
from decimal import Decimal, InvalidOperation

import pyarrow as pa

from junheng.core.home import Home
from junheng.core.settings import CODES, FORMS
from publish.words.seeds import read_seed
from publish.words.texts import texts

_COLUMNS: dict[str, pa.DataType] = {
    "county_code": pa.string(),
    "requirement_code": pa.string(),
    "part": pa.string(),
    "option_code": pa.string(),
    "unit_cost_wan_yuan": pa.decimal128(18, 6),
    "source_document": pa.string(),
}
SCHEMA = pa.schema(_COLUMNS)
"""Columns of ``run.unit_cost``."""
_LEAST, _MOST = Decimal("0.000001"), Decimal(10) ** 10


class UnitCostsUnusable(ValueError):
    """The counties' own prices cannot be used; the message is Chinese and names the line."""


def unit_cost_table(home: Home) -> pa.Table:
    """``run.unit_cost`` of a build; no row without the file. Raises UnitCostsUnusable."""
    path = home.unit_costs
    if not path.exists():
        return SCHEMA.empty_table()
    header: list[str] = texts()["unit_costs"]["header"]
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            if missing := [name for name in header if name not in (reader.fieldnames or ())]:
                raise UnitCostsUnusable(_said("columns", file=path.name, columns="、".join(missing), header="、".join(header)))
            lines = [[(row[name] or "").strip() for name in header] for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnitCostsUnusable(_said("unreadable", file=path.name)) from error
    rows: dict[tuple[str, ...], dict[str, object]] = {}
    for number, line in enumerate(lines, 2):
        row = _row(line, path.name, number)
        key = tuple(str(row[name]) for name in SCHEMA.names[:4])
        if key in rows:
            raise UnitCostsUnusable(_said("twice", file=path.name, line=number))
        rows[key] = row
    return pa.Table.from_pylist([rows[key] for key in sorted(rows)], schema=SCHEMA)


def _row(line: list[str], file: str, number: int) -> dict[str, object]:
    """A line with the code of its way and its price as a number. Raises UnitCostsUnusable."""
    county, requirement, part, option, price, source = line
    if not all((county, requirement, option, price, source)):
        raise UnitCostsUnusable(_said("empty", file=file, line=number))
    labels = {row["label_zh"]: row["code"] for row in read_seed(CODES / "code_labels.csv") if row["list"] == "resource_option"}
    key = (requirement, part or "all", labels.get(option, option))
    known = {(row["requirement_code"], row["part"], row["option_code"]) for row in read_seed(FORMS / "unit_costs.csv")}
    if key not in known:
        raise UnitCostsUnusable(_said("unknown", file=file, line=number, requirement=requirement, option=option))
    try:
        amount = Decimal(price)
    except InvalidOperation:
        amount = Decimal(0)
    if not (amount.is_finite() and _LEAST <= amount < _MOST and amount == round(amount, 6)):
        raise UnitCostsUnusable(_said("not_a_price", file=file, line=number, price=price))
    return dict(zip(SCHEMA.names, (county, *key, round(amount, 6), source), strict=True))


def _said(key: str, **values: object) -> str:
    return str(texts()["unit_costs"][key]).format(**values)
