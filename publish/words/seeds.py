"""The seeds that audit, release and pages need beside the marts: rule sets and areas."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from ingest.schema.areas import area_prefix, area_systems
from junheng.core.settings import CODES, FORMS, RULES

__all__ = [
    "Area",
    "Term",
    "area_prefix",
    "counties_below",
    "display_units",
    "read_seed",
    "rule_terms",
    "ruleset_digests",
    "ruleset_ids",
    "split_weights",
]

_OPEN_END = 9999


@dataclass(frozen=True)
class Term:
    """A factor and the item it multiplies in the amount of an indicator."""

    item: str
    factor: Decimal


@dataclass(frozen=True)
class Area:
    """An area of the seed."""

    system: str
    code: str
    parent: str
    name: str
    level: str
    valid_from: int
    valid_to: int


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


@lru_cache(maxsize=1)
def _bases() -> dict[str, str]:
    return {row["ruleset_id"]: row["base_ruleset_id"] for row in read_seed(RULES / "rule_sets.csv")}


@lru_cache(maxsize=1)
def _terms() -> dict[tuple[str, str, str], list[Term]]:
    terms: dict[tuple[str, str, str], list[Term]] = defaultdict(list)
    for row in read_seed(RULES / "rule_terms.csv"):
        key = row["ruleset_id"], row["indicator_code"], row["stage"]
        terms[key].append(Term(row["item"], Decimal(row["factor"])))
    return dict(terms)


def rule_terms(ruleset_id: str, indicator: str, stage: str) -> list[Term]:
    """Terms of an indicator and stage: those of the rule set, else its base's; none of a composite. Positive ones first."""
    terms = _terms().get((ruleset_id, indicator, stage)) or _terms().get((_bases().get(ruleset_id, ""), indicator, stage), [])
    return sorted(terms, key=lambda term: term.factor < 0)


@lru_cache(maxsize=8)
def split_weights(ruleset_id: str) -> dict[str, Decimal]:
    """Weight of a pupil of each stage in the split: those of the base, replaced by the rule set's own."""
    rows = read_seed(RULES / "rule_split_weights.csv")
    return {
        row["stage"]: Decimal(row["weight"])
        for name in (_bases().get(ruleset_id), ruleset_id)
        for row in rows
        if row["ruleset_id"] == name
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


@lru_cache(maxsize=1)
def _areas() -> tuple[Area, ...]:
    return tuple(
        Area(
            row["system"],
            row["area_code"],
            row["parent_code"],
            row["name"],
            row["level"],
            int(row["valid_from_year"]),
            int(row["valid_to_year"] or _OPEN_END),
        )
        for row in read_seed(CODES / "areas.csv")
    )


@lru_cache(maxsize=1)
def _systems() -> dict[str, frozenset[str]]:
    systems_by_code: dict[str, set[str]] = {}
    for area in _areas():
        systems_by_code.setdefault(area.code, set()).add(area.system)
    return {code: frozenset(systems) for code, systems in systems_by_code.items()}


def _systems_of(area_code: str) -> frozenset[str]:
    """Systems that know an area code."""
    return _systems().get(area_code, frozenset())


def counties_below(area_code: str, school_year: int) -> dict[str, str]:
    """Codes and names of the counties in force that year below an area, the area itself included.

    A prefecture without counties that year (东莞 and the like) has schools of its own and counts as one.
    """
    prefix = area_prefix(area_code)
    padded = [prefix.ljust(system.county_digits, "0") for system in area_systems().values() if system.padding]
    systems = _systems_of(area_code) or _systems_of(prefix) or frozenset().union(*map(_systems_of, padded))
    known = sorted(_areas(), key=lambda a: a.code)
    valid = [a for a in known if a.system in systems and a.valid_from <= school_year <= a.valid_to]
    parents = {(area.system, area.parent) for area in valid}
    return {
        area.code: area.name
        for area in valid
        if area.code.startswith(prefix)
        and (area.level == "county" or (area.level == "prefecture" and (area.system, area.code) not in parents))
    }
