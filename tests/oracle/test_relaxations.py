"""The world meets every relaxation, its edges, and schools that would need one and may not use it."""

from __future__ import annotations

from tests.oracle.relaxations import FIRST_YEAR
from tests.oracle.schools import counties, fold, in_scope

RESOURCE = {"L3_small_rural", "L5_dense_centre"}


def used(figures) -> dict[str, set[tuple[str, str]]]:
    """Strict and relaxed verdicts by relaxation."""
    found: dict[str, set[tuple[str, str]]] = {}
    for row in figures.school_indicator.values():
        if row["relaxation_code"]:
            found.setdefault(row["relaxation_code"], set()).add((row["verdict_strict"], row["verdict"]))
    return found


def test_each_relaxation_of_a_school_changes_a_verdict(figures):
    assert {code: ("unmet", "met") in pairs for code, pairs in used(figures).items()} == dict.fromkeys(RESOURCE, True)
    assert {("unmet", "floor_met"), ("floor_met", "met")} <= used(figures)["L5_dense_centre"]


def test_a_relaxation_never_makes_a_verdict_worse(figures, verdicts):
    order = ("unmet", "floor_met", "undecided", "met")
    for row in figures.school_indicator.values():
        assert order.index(row["verdict"]) >= order.index(row["verdict_strict"])
    for judged in verdicts.school.values():
        assert order.index(judged.verdict) >= order.index(judged.strict)


def test_nothing_is_relaxed_before_the_first_year(figures, verdicts):
    rows = {key: row["relaxation_code"] for key, row in figures.school_indicator.items()}
    rows |= {key: judged.relaxation for key, judged in verdicts.school.items()}
    assert any(key[1] < FIRST_YEAR for key in rows)
    assert {code for key, code in rows.items() if key[1] < FIRST_YEAR} == {None}


def test_schools_at_the_edges_are_there(world):
    schools = [s for county in counties(world.census).values() for s in fold(county) if in_scope(s)]
    rural = [s for s in schools if s.row.get("urban_rural_code") in {"210", "220"}]
    assert {49, 50, 99, 100} <= {s.all_pupils for s in schools if s.kind == "211"} | {s.all_pupils for s in rural}
    for name, values in {
        "is_dense_centre": {0, 1, None},
        "urban_rural_code": {None},
        "built_year": {2010, 2011, 2016, 2017},
    }.items():
        assert values <= {s.row.get(name) for s in schools}
    small = [s for s in rural if s.all_pupils is not None and 50 <= s.all_pupils < 100]
    assert any(s.by_stage["visiting_pe_art", "primary"] is None for s in small)
    assert any(s.kind == "312" for s in small)
