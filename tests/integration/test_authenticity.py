"""How many hints clean counties give, and how many planted frauds the hints find (docs/data_quality.md states both)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from samples.frauds import YEAR, Fraud, counties, planted
from tests.oracle.build import make_build_db, query, run_dbt

SCHOOLS, COUNTIES, EACH = 100, 12, 2
SEED = 20250901
Hint = dict[str, Any]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Fraud], list[Hint]]:
    """What was planted in every second county, and all hints of the newer year."""
    found = counties(COUNTIES, SCHOOLS, SEED)
    frauds = planted(found, EACH, SEED)
    path = make_build_db(tmp_path_factory.mktemp("hints") / "build.duckdb", [row for rows in found.values() for row in rows])
    run_dbt(path, "build", "--select", "+rpt_authenticity_hint", "--exclude", "test_type:data", "test_type:unit")
    return frauds, query(path, f"select * from marts.rpt_authenticity_hint where school_year = {YEAR}")


def test_clean_counties_give_few_hints(world: tuple[list[Fraud], list[Hint]]) -> None:
    frauds, found = world
    dirty = {fraud.county_code for fraud in frauds}
    assert len(dirty) == COUNTIES // 2
    false = [row for row in found if row["county_code"] not in dirty]
    schools = SCHOOLS * (COUNTIES - len(dirty))
    rate = len(false) / schools
    kinds = Counter(row["rule_code"] for row in false)
    print(f"clean: {len(false)} hints for {schools} schools ({rate:.2%}): {dict(kinds)}")
    assert rate <= 0.01


def test_planted_frauds_are_found(world: tuple[list[Fraud], list[Hint]]) -> None:
    frauds, found = world
    named = {(row["rule_code"], row["county_code"], row[side]) for row in found for side in ("school_code", "other_school_code")}
    kinds = Counter(fraud.rule_code for fraud in frauds)
    missed = Counter(f.rule_code for f in frauds if (f.rule_code, f.county_code, f.school_code) not in named)
    share = 1 - sum(missed.values()) / len(frauds)
    print(f"planted: {len(frauds)} {dict(kinds)}; found {share:.1%}, missed {dict(missed)}")
    assert len(kinds) == 8
    assert share >= 0.95


def test_the_strongest_hints_name_what_was_planted(world: tuple[list[Fraud], list[Hint]]) -> None:
    frauds, found = world
    guilty = {(fraud.county_code, fraud.school_code) for fraud in frauds}
    dirty = {county for county, _ in guilty}
    top = [row for row in found if row["hint_rank"] <= 5 and row["county_code"] in dirty]
    assert len(top) == 5 * len(dirty)
    hit = sum(any((row["county_code"], row[side]) in guilty for side in ("school_code", "other_school_code")) for row in top)
    print(f"of the five strongest hints of each county {hit} of {len(top)} name a planted fraud")
    assert hit >= 0.9 * len(top)
