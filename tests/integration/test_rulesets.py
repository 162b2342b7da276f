"""Rule sets side by side in one build: an overlay in its area, national-2012 with its scope, relaxed and strict verdicts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import build
from tests.oracle.compiled import compiled

STAGE = {"pupils_primary": 100, "pupils_junior": 0, "pupils_senior": 0, "qualified_primary": 10, "teachers_primary": 8}
SCHOOL = STAGE | {
    **{"county_code": "990101", "school_year": 2025, "school_kind_code": "211", "sponsor_code": "7", "urban_rural_code": "111"},
    **{"backbone_primary": 2, "pe_art_primary": 2, "midtitle_primary": 4, "visiting_pe_art_primary": 1},
    **{"teaching_area_m2": 900, "indoor_sports_area_m2": 100, "outdoor_sports_area_m2": 900, "equipment_value_wan_yuan": 30},
    **{"computers": 15, "books": 2500, "leased_sports_area_m2": 0, "converted_sports_area_m2": 0},
}
RULESETS = ("national-2017", "national-2012", "example-province")


def school(code: str, rooms_of_thousand: int = 24, **given: Any) -> build.Row:
    """A school of 1,000 pupils that meets everything, with so many multimedia rooms."""
    row: build.Row = {name: value * 10 if name in STAGE and value else value for name, value in SCHOOL.items()}
    for name in ("backbone_primary", "pe_art_primary", "midtitle_primary"):
        row[name] *= 10
    for name in ("teaching_area_m2", "indoor_sports_area_m2", "outdoor_sports_area_m2", "equipment_value_wan_yuan"):
        row[name] = Decimal(row[name] * 10)
    return row | {"school_code": code, "school_name": f"{code}校", "multimedia_rooms": rooms_of_thousand} | given


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    census = [
        school("a"),
        school("b", rooms_of_thousand=48),
        school("private", sponsor_code="10"),
        school("point", school_kind_code="218", pupils_primary=80),
        # strictly without a PE teacher, in the countryside with a visiting one
        school("rural", urban_rural_code="220", pupils_primary=99, pe_art_primary=0, visiting_pe_art_primary=1),
        school("town", urban_rural_code="121", pupils_primary=99, pe_art_primary=0, visiting_pe_art_primary=1),
        school("c", county_code="210102"),
        school("d", county_code="210102", sponsor_code=None),
    ]
    path = build.make_build_db(tmp_path_factory.mktemp("rulesets"), census, rulesets=RULESETS)
    return compiled(tmp_path_factory).build(path)


def test_an_overlay_changes_what_it_says_and_only_in_its_area(marts: Path) -> None:
    rows = build.query(marts, "select * from marts.fct_school_indicator where ruleset_id <> 'national-2012'")
    found: dict[str, dict[tuple[str, str, str], tuple[Any, ...]]] = {name: {} for name in RULESETS}
    for row in rows:
        key = (row["county_code"], row["school_code"], row["indicator_code"])
        found[row["ruleset_id"]][key] = (row["value"], row["standard"], row["verdict"])
    overlay, base = found["example-province"], found["national-2017"]
    assert {county for county, _, _ in overlay} == {"990101"}
    assert {county for county, _, _ in base} == {"990101", "210102"}
    changed = {key for key, figures in overlay.items() if figures != base[key]}
    assert {indicator for _, _, indicator in changed} == {"L7"}
    assert overlay["990101", "a", "L7"][1:] == (Decimal("2.5"), "floor_met")
    assert base["990101", "a", "L7"][1:] == (Decimal("2.3"), "met")
    limits = build.query(marts, "select ruleset_id, difference_limit from marts.fct_county_indicator where indicator_code = 'L7'")
    assert {row["ruleset_id"]: row["difference_limit"] for row in limits} == {
        "national-2017": Decimal("0.50"),
        "example-province": Decimal("0.45"),
    }


def test_2012_assesses_the_schools_that_the_county_runs(marts: Path) -> None:
    rows = build.query(marts, "select distinct school_code from marts.fct_school_indicator where ruleset_id = 'national-2012'")
    assert {row["school_code"] for row in rows} == {"a", "b", "rural", "town", "c", "d"}
    reasons = build.query(marts, "from marts.dim_school_scope where ruleset_id = 'national-2012' and not in_scope")
    assert {row["school_code"]: row["reason"] for row in reasons} == {
        "private": "sponsor_out_of_scope",
        "point": "teaching_point",
    }
    verdicts = build.query(marts, "select distinct verdict from marts.fct_school_verdict where ruleset_id = 'national-2012'")
    assert verdicts == [{"verdict": None}]


def test_2012_waits_for_a_school_without_a_sponsor(marts: Path) -> None:
    rows = build.query(
        marts,
        "from marts.fct_county_indicator where ruleset_id = 'national-2012' and county_code = '210102' order by indicator_code",
    )
    assert [row["indicator_code"] for row in rows] == [*(f"B{n}" for n in range(1, 9)), "composite"]
    assert {(row["waiting_for"], row["school_count"], row["known_school_count"]) for row in rows} == {("d校", 2, 1)}
    assert [row["verdict"] for row in rows] == [None] * 8 + ["undecided"]
    assert {row["difference_coefficient"] for row in rows} == {None}
    whole = build.query(marts, "from marts.fct_county_indicator where ruleset_id = 'national-2017' and county_code = '210102'")
    assert {row["waiting_for"] for row in whole} == {None}, "2017 asks for no sponsor"


def test_the_composite_is_the_plain_mean(marts: Path) -> None:
    rows = build.query(marts, "from marts.fct_county_indicator where county_code = '990101'")
    # the two small schools have far more of everything for each pupil
    for ruleset, parts, verdict in (("national-2017", 7, None), ("national-2012", 8, "unmet"), ("example-province", 7, None)):
        own = {row["indicator_code"]: row for row in rows if row["ruleset_id"] == ruleset}
        composite = own.pop("composite")
        assert len(own) == parts
        mean = sum(row["difference_coefficient"] for row in own.values()) / parts
        assert composite["difference_coefficient"] == pytest.approx(mean, abs=Decimal("1e-11"))
        assert composite["verdict"] == verdict
        assert (composite["waiting_for"], composite["school_count"]) == (None, own[min(own)]["school_count"])
        assert (composite["county_mean"], composite["standard_deviation"], composite["schools_met"]) == (None, None, None)


def test_relaxed_and_strict_verdicts_stand_side_by_side(marts: Path) -> None:
    rows = build.query(
        marts, "from marts.fct_school_indicator where indicator_code = 'L3' and school_code in ('rural', 'town') order by all"
    )
    found = {(row["ruleset_id"], row["school_code"]): row for row in rows}
    rural, town = found["national-2017", "rural"], found["national-2017", "town"]
    assert (rural["verdict"], rural["verdict_strict"], rural["relaxation_code"]) == ("met", "unmet", "L3_small_rural")
    assert (town["verdict"], town["verdict_strict"], town["relaxation_code"]) == ("unmet", "unmet", None)
    assert rural["value"] == town["value"] == 0
    assert rural["value_relaxed"] > 1
    assert town["value_relaxed"] is None
    assert found["example-province", "rural"]["verdict"] == "met", "an overlay inherits relaxations"
    verdicts = build.query(marts, "from marts.fct_school_verdict where ruleset_id = 'national-2017' and school_code = 'rural'")
    assert [(row["verdict"], row["verdict_strict"], row["n_met"]) for row in verdicts] == [("met", "unmet", 7)]
    lacking = build.query(marts, "from marts.fct_school_shortfall where school_code = 'rural' and ruleset_id = 'national-2017'")
    assert [(row["indicator_code"], row["school_shortfall"], row["school_relaxed_shortfall"]) for row in lacking] == [
        ("L3", 1, 0)
    ]


def test_terms_sum_to_the_square_of_the_coefficient(marts: Path) -> None:
    apart = build.query(
        marts,
        """
        select county_code, indicator_code, ruleset_id, sum(term) as terms, max(difference_coefficient) as coefficient
        from marts.fct_county_contribution
        join marts.fct_county_indicator using (county_code, school_year, stage, indicator_code, ruleset_id)
        where not is_provisional
        group by all
        having abs(terms - coefficient * coefficient) > 1e-9
        """,
    )
    assert apart == []
    assert build.query(marts, "select 1 from marts.fct_county_contribution where is_provisional limit 1")


def test_what_a_release_was_computed_with(marts: Path) -> None:
    rows = build.query(marts, "select ruleset_id, base_ruleset_id from marts.dim_ruleset where is_selected")
    assert {row["ruleset_id"]: row["base_ruleset_id"] for row in rows} == {
        "national-2017": None,
        "national-2012": None,
        "example-province": "national-2017",
    }
    settings = build.query(
        marts, "select * exclude (ruleset_id) from marts.dim_rule_setting where ruleset_id = 'example-province'"
    )
    base = build.query(marts, "select * exclude (ruleset_id) from marts.dim_rule_setting where ruleset_id = 'national-2017'")
    assert sorted(settings, key=str) == sorted(base, key=str)
