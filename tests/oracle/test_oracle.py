"""Every figure and verdict of the fact tables against the oracle, over a few hundred random schools in one build."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.oracle import build
from tests.oracle.counties import hard_census, random_census
from tests.oracle.oracle import Figures, assess

EXACT = ("pupils", "verdict", "verdict_changes_when_rounded", "value_rounded")
TWELVE_DECIMALS = ("numerator", "value", "shortfall", "school_shortfall")


@pytest.fixture(scope="module")
def census() -> list[build.Row]:
    return random_census() + hard_census()


@pytest.fixture(scope="module")
def expected(census: list[build.Row]) -> Figures:
    return assess(census)


@pytest.fixture(scope="module")
def marts(census, tmp_path_factory) -> Any:
    path = build.make_build_db(tmp_path_factory.mktemp("oracle") / "build.duckdb", census)
    return build.build(path)


def read(path, table: str, key: tuple[str, ...]) -> dict[tuple[Any, ...], build.Row]:
    rows = build.query(path, f"select * from marts.{table} where ruleset_id = 'national-2017'")
    return {tuple(row[name] for name in key): row for row in rows}


def close(found: Decimal | None, wanted: Any, tolerance: Fraction) -> bool:
    """Equal to ``tolerance``, or both unknown."""
    if found is None or wanted is None:
        return found is None and wanted is None
    return abs(Fraction(found) - Fraction(wanted)) <= tolerance


def test_school_indicator(marts, expected):
    found = read(marts, "fct_school_indicator", ("county_code", "school_year", "school_code", "stage", "indicator_code"))
    assert len(expected.school_indicator) > 1500
    assert found.keys() == expected.school_indicator.keys()
    half_a_unit = Fraction(1, 2 * 10**12)
    wrong = []
    for key, wanted in expected.school_indicator.items():
        row = found[key]
        wrong += [(key, name, row[name], wanted[name]) for name in EXACT if row[name] != wanted[name]]
        wrong += [
            (key, name, row[name], wanted[name] and float(wanted[name]))
            for name in TWELVE_DECIMALS
            if not close(row[name], wanted[name], half_a_unit)
        ]
    assert wrong == []


def test_every_verdict_occurs(expected):
    """A comparison that never meets a case has shown nothing."""
    rows = expected.school_indicator.values()
    assert {row["verdict"] for row in rows} == {"met", "floor_met", "unmet", "undecided"}
    assert {row["verdict_changes_when_rounded"] for row in rows} == {True, False, None}
    assert {row["verdict"] for row in expected.school_verdict.values()} == {"met", "unmet", "undecided"}
    assert {row["verdict"] for row in expected.county_indicator.values()} == {"met", "unmet", "undecided"}


def test_school_verdict(marts, expected):
    found = read(marts, "fct_school_verdict", ("county_code", "school_year", "school_code", "stage"))
    assert found.keys() == expected.school_verdict.keys()
    names = ("n_met", "n_floor_met", "n_unmet", "n_undecided", "verdict")
    assert {k: {n: row[n] for n in names} for k, row in found.items()} == expected.school_verdict


def test_county_indicator(marts, expected, census):
    found = read(marts, "fct_county_indicator", ("county_code", "school_year", "stage", "indicator_code"))
    assert found.keys() == expected.county_indicator.keys()
    names = {(row["county_code"], row["school_year"], row["school_code"]): row["school_name"] for row in census}
    wrong = []
    for key, wanted in expected.county_indicator.items():
        row = found[key]
        for name in (
            *("school_count", "known_school_count", "schools_met", "schools_floor_met", "pupils"),
            *("county_mean_rounded", "difference_coefficient_rounded", "verdict", "verdict_changes_when_rounded"),
        ):
            if row[name] != wanted[name]:
                wrong.append((key, name, row[name], wanted[name]))
        for name in (
            "county_mean",
            "standard_deviation",
            "difference_coefficient",
            "provisional_coefficient",
        ):
            size = abs(Fraction(wanted[name] or 0))
            if not close(row[name], wanted[name], Fraction(1, 10**11) + size / 10**12):
                wrong.append((key, name, row[name], wanted[name] and float(wanted[name])))
        waiting = "、".join(names[key[0], key[1], code] for code in wanted["waiting"]) or None
        if row["waiting_for"] != waiting:
            wrong.append((key, "waiting_for", row["waiting_for"], waiting))
    assert wrong == []


def test_scope_lists_exactly_what_is_assessed(marts):
    assessed = build.query(
        marts,
        """
        select county_code, school_year, school_code, stage from marts.dim_school_scope
        where in_scope and block = 'resource'
        except
        select county_code, school_year, school_code, stage from marts.fct_school_indicator
        """,
    )
    assert assessed == []
    in_scope, schools = (
        build.query(marts, sql)
        for sql in (
            """
            select distinct county_code, school_year, school_code from marts.dim_school_scope
            where in_scope and block = 'resource' order by all
            """,
            "select county_code, school_year, school_code from marts.dim_school where in_scope order by all",
        )
    )
    assert in_scope == schools


def test_shares_of_a_split_sum_to_the_whole(marts):
    """Shares over all stages of a combined school, the senior one included, are the amount before the split."""
    apart = build.query(
        marts,
        """
        with shares as (
            select
                county_code, school_year, school_code, indicator_code,
                sum(numerator) as share,
                max(amount) as amount,
                sum(stage_weight * fct_school_indicator.pupils) / max(weighted_pupils) as part
            from marts.fct_school_indicator
            join intermediate.int_balance__stage_amounts using (
                county_code, school_year, school_code, stage, indicator_code, ruleset_id
            )
            where indicator_code in ('L4', 'L5', 'L6', 'L7') and numerator is not null
            group by all
        )
        select * from shares where abs(share - amount * part) > 1e-9 * greatest(amount, 1)
        """,
    )
    assert apart == []
