"""Seeds that releases and pages need beside the marts: order and digests of the rule sets, how amounts are shown."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from junheng.core.settings import FORMS, RULES


def read_seed(path: Path) -> list[dict[str, str]]:
    """Rows of a seed; an empty cell is an empty text."""
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@lru_cache(maxsize=1)
def ruleset_ids() -> tuple[str, ...]:
    """Rule sets in the order of their seed."""
    return tuple(row["ruleset_id"] for row in read_seed(RULES / "rule_sets.csv"))


@dataclass(frozen=True)
class DisplayUnit:
    """How an amount of a unit is shown: its decimals, and the larger unit of a large amount, which has two."""

    decimals: int
    from_amount: Decimal | None
    shown_unit: str
    factor: Decimal


@lru_cache(maxsize=1)
def display_units() -> dict[str, DisplayUnit]:
    """By unit."""
    return {
        row["unit"]: DisplayUnit(
            int(row["decimals"]),
            Decimal(row["from_amount"]) if row["from_amount"] else None,
            row["shown_unit"] or row["unit"],
            Decimal(row["factor"] or 1),
        )
        for row in read_seed(FORMS / "display_units.csv")
    }


def ruleset_digests(rules: Path = RULES) -> dict[tuple[str, str], str]:
    """SHA-256 over all rows of each rule set and version, over every seed of the rules.

    Order of rows and columns and empty cells do not matter: a new column that says nothing is no new rule. Rows of a seed
    without rule sets hold for all of them. Raises ValueError for rows of a rule set that no seed defines.
    """
    rows: dict[str, list[str]] = defaultdict(list)
    common: list[str] = []
    versions: dict[str, str] = {}
    for path in sorted(rules.glob("*.csv")):
        for row in read_seed(path):
            ruleset = row.get("ruleset_id")
            if path.stem == "rule_sets":
                versions[row["ruleset_id"]] = row.pop("version")
            filled = {name: value for name, value in sorted(row.items()) if value}
            (common if ruleset is None else rows[ruleset]).append(json.dumps([path.stem, filled], ensure_ascii=False))
    if rows.keys() != versions.keys():
        raise ValueError(f"rows of no rule set: {sorted(rows.keys() - versions.keys())}")
    return {(r, versions[r]): hashlib.sha256("\n".join(sorted(rows[r] + common)).encode()).hexdigest() for r in versions}
