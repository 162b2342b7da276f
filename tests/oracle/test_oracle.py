"""Every figure and verdict of the resource block against the oracle, over thousands of random schools in one build."""

from __future__ import annotations

from tests.oracle import build
from tests.oracle.compare import TWELVE_DIGITS, Comparison
from tests.oracle.oracle import SHORTFALLS

PLACE = ("county_code", "school_year")
SCHOOL_KEY = (*PLACE, "school_code", "stage", "indicator_code")
COUNTY_KEY = (*PLACE, "stage", "indicator_code")
SCHOOL_INDICATOR = Comparison(
    "fct_school_indicator",
    SCHOOL_KEY,
    (
        *("pupils", "standard", "floor", "verdict", "verdict_strict", "relaxation_code", "verdict_changes_when_rounded"),
        "value_rounded",
    ),
    ("numerator", "value", "numerator_relaxed", "value_relaxed", *SHORTFALLS),
)
SCHOOL_VERDICT = Comparison(
    "fct_school_verdict",
    (*PLACE, "school_code", "stage"),
    ("n_met", "n_floor_met", "n_unmet", "n_undecided", "verdict", "verdict_strict"),
)
COUNTY_INDICATOR = Comparison(
    "fct_county_indicator",
    COUNTY_KEY,
    (
        *("school_count", "known_school_count", "schools_met", "schools_floor_met", "pupils", "waiting_for"),
        *("county_mean_rounded", "difference_coefficient_rounded", "difference_limit", "verdict", "verdict_changes_when_rounded"),
    ),
    ("county_mean", "standard_deviation", "difference_coefficient", "provisional_coefficient"),
    *TWELVE_DIGITS,
)


def test_school_indicator(marts, figures):
    assert len(figures.school_indicator) > 10_000
    SCHOOL_INDICATOR.agrees(marts, figures.school_indicator)


def test_every_verdict_occurs(figures):
    """A comparison that never meets a case has shown nothing."""
    rows = figures.school_indicator.values()
    assert {row["verdict"] for row in rows} == {"met", "floor_met", "unmet", "undecided"}
    assert {row["verdict_changes_when_rounded"] for row in rows} == {True, False, None}
    folded = figures.school_verdict.values()
    assert {row["verdict"] for row in folded} == {row["verdict_strict"] for row in folded} == {"met", "unmet", "undecided"}
    assert {row["verdict"] for row in figures.county_indicator.values()} == {"met", "unmet", "undecided"}


def test_school_verdict(marts, figures):
    SCHOOL_VERDICT.agrees(marts, figures.school_verdict)


def test_county_indicator(marts, figures, world):
    """Single coefficients and, without a limit in 2017, their composite."""
    COUNTY_INDICATOR.agrees(marts, county_rows(figures, world))


def county_rows(figures, world):
    """Rows of fct_county_indicator, with the names of the schools that a coefficient waits for."""
    names = {(row["county_code"], row["school_year"], row["school_code"]): row["school_name"] for row in world.census}
    rows = figures.county_indicator | {(*key, "composite"): row for key, row in figures.composite.items()}
    for key, row in rows.items():
        row["waiting_for"] = "、".join(names[key[0], key[1], code] for code in row["waiting"]) or None
    return rows


def test_scope_lists_exactly_what_is_assessed(marts):
    assessed = build.query(
        marts,
        """
        select county_code, school_year, school_code, stage from marts.dim_school_scope
        where in_scope and ruleset_id = 'national-2017' and block = 'resource'
        except
        select county_code, school_year, school_code, stage from marts.fct_school_indicator where ruleset_id = 'national-2017'
        """,
    )
    assert assessed == []
    in_scope, schools = (
        build.query(marts, sql)
        for sql in (
            """
            select distinct county_code, school_year, school_code from marts.dim_school_scope
            where in_scope and ruleset_id = 'national-2017' and block = 'resource' order by all
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
                county_code, school_year, school_code, indicator_code, ruleset_id,
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
