"""The golden cases hold for the oracle, and the dbt unit tests are about the same figures."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import yaml

from ingest.shapes.lines import Totals
from tests.oracle.build import PROJECT
from tests.oracle.oracle import FLOOR_SHARE, INDICATORS, LIMITS, county_row, school_rows
from tests.oracle.schools import BY_STAGE, OF_SCHOOL, School, half_up
from tests.oracle.settings import SETTINGS

GOLDEN = PROJECT.parent / "tests" / "golden"


def golden(name: str) -> dict[str, Any]:
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def unit_test(model: str, name: str) -> dict[str, Any]:
    """A dbt unit test of a model: its given rows by input, and what it expects."""
    path = next((PROJECT / "models").rglob(f"{model}.yml"))
    found = {test["name"]: test for test in yaml.safe_load(path.read_text(encoding="utf-8"))["unit_tests"]}[name]
    given = {item["input"].split("'")[1]: item.get("rows") for item in found["given"]}
    return {"given": given, "expect": found["expect"]["rows"]}


def combined_school(pupils: dict[str, int], **premises: Any) -> School:
    school = School({"county_code": "990101", "school_year": 2025, "school_code": "1"})
    school.pupils = {stage: Fraction(pupils.get(stage, 0)) for stage in ("primary", "junior", "senior")}
    school.by_stage = {(item, s): None for item in BY_STAGE for s in ("primary", "junior")}
    school.of_school = dict.fromkeys(OF_SCHOOL) | {name: Fraction(value) for name, value in premises.items()}
    return school


def test_case_a_oracle():
    case = golden("case_a")
    rows = [
        {"school_code": str(k), "pupils": Fraction(p), "numerator": Fraction(x), "value": Fraction(x, p), "verdict": "met"}
        for k, (p, x) in enumerate(zip(case["pupils"], case["amount"], strict=True))
    ]
    found = county_row(rows, 1, LIMITS["primary"], SETTINGS)
    expect = case["expect"]
    assert float(found["county_mean"]) == pytest.approx(expect["mean"], abs=5e-7)
    assert float(found["standard_deviation"]) == pytest.approx(expect["standard_deviation"], abs=5e-7)
    assert float(found["difference_coefficient"]) == pytest.approx(expect["difference_coefficient"], abs=5e-7)
    assert float(found["difference_coefficient_rounded"]) == expect["difference_coefficient_rounded"]


def test_case_a_unit_test():
    case, test = golden("case_a"), unit_test("fct_county_indicator", "case_a_five_schools")
    rows = test["given"]["fct_school_indicator"]
    assert [row["pupils"] for row in rows] == case["pupils"]
    assert [row["numerator"] for row in rows] == case["amount"]
    (expect,) = test["expect"]
    assert expect["county_mean"] == pytest.approx(case["expect"]["mean"], abs=5e-7)
    assert expect["standard_deviation"] == pytest.approx(case["expect"]["standard_deviation"], abs=5e-7)
    assert expect["difference_coefficient"] == pytest.approx(case["expect"]["difference_coefficient"], abs=5e-7)
    assert all(abs(expect["difference_coefficient"] - wrong) > 1e-3 for wrong in case["wrong"].values())


def test_case_b():
    case = golden("case_b")
    school = combined_school(case["pupils"], teaching_area_m2=case["amount"], indoor_sports_area_m2=0)
    oracle = {row["stage"]: row for row in school_rows(school, SETTINGS) if row["indicator_code"] == "L4"}
    expected = {row["stage"]: row for row in unit_test("fct_school_indicator", "case_b_split_of_a_nine_year_school")["expect"]}
    for stage, numerator in case["expect"]["numerator"].items():
        for rows in (oracle, expected):
            assert float(rows[stage]["numerator"]) == pytest.approx(numerator, abs=5e-4)
            assert float(rows[stage]["value"]) == pytest.approx(case["expect"]["value"][stage], abs=5e-7)
    weighted = unit_test("int_balance__stage_amounts", "case_b_weighted_pupils")
    assert {row["weighted_pupils"] for row in weighted["expect"]} == {case["expect"]["weighted_pupils"]}
    assert {row["amount"] for row in weighted["expect"]} == {case["amount"]}


def test_case_f():
    """Printed floors, the seed, 85 % of the oracle's standards and the dbt unit test are the same fourteen numbers."""
    printed = {
        (code, stage): Decimal(floor)
        for stage, floors in golden("case_f")["floors"].items()
        for code, floor in zip(INDICATORS, floors, strict=True)
    }
    with open(PROJECT / "seeds" / "rules" / "rule_indicators.csv", encoding="utf-8", newline="") as handle:
        rules = [row for row in csv.DictReader(handle) if row["ruleset_id"] == "national-2017" and row["floor"]]
    assert {(row["indicator_code"], row["stage"]): Decimal(row["floor"]) for row in rules} == printed
    for (code, stage), floor in printed.items():
        assert Fraction(INDICATORS[code][0][stage]) * FLOOR_SHARE == Fraction(floor)
    scale = {row["indicator_code"]: int(row["scale"]) for row in rules}
    tested = unit_test("fct_school_indicator", "case_f_exactly_at_the_floor")["given"]["int_balance__stage_amounts"]
    values = {
        (row["indicator_code"], row["stage"]): Decimal(str(row["amount"])) * scale[row["indicator_code"]] / row["pupils"]
        for row in tested
    }
    assert values == printed


def test_case_g():
    case = golden("case_g")
    school = combined_school(
        {"primary": case["pupils"]},
        teaching_area_m2=case["teaching_area_without_indoor_sports_m2"],
        indoor_sports_area_m2=0,
        equipment_value_wan_yuan=case["equipment_value_wan_yuan"],
    )
    oracle = {row["indicator_code"]: row for row in school_rows(school, SETTINGS)}
    expected = {row["indicator_code"]: row for row in unit_test("fct_school_indicator", "case_g_units")["expect"]}
    for code, expect in case["expect"].items():
        for rows in (oracle, expected):
            assert float(rows[code]["value"]) == pytest.approx(expect["value"], abs=5e-4)
            assert Decimal(str(rows[code]["value_rounded"])) == Decimal(expect["value_rounded"])


def test_rule_16():
    """What a combined school must build is not what a stage lacks; built, it just reaches the standard."""
    case = golden("rule_16")
    area, expect = case["teaching_area_without_indoor_sports_m2"], case["expect"]

    def rooms(teaching_area: Any) -> dict[str, dict[str, Any]]:
        school = combined_school(case["pupils"], teaching_area_m2=teaching_area, indoor_sports_area_m2=0)
        return {row["stage"]: row for row in school_rows(school, SETTINGS) if row["indicator_code"] == "L4"}

    oracle = rooms(area)
    tested = unit_test("fct_school_indicator", "what_a_combined_school_must_build")["expect"]
    for stage, shortfall in expect["shortfall"].items():
        assert oracle[stage]["shortfall"] == Fraction(shortfall)
        assert half_up(oracle[stage]["school_shortfall"], 1) == Decimal(expect["school_shortfall"])
        (row,) = (row for row in tested if (row["stage"], row["indicator_code"]) == (stage, "L4"))
        assert row["shortfall"] == Decimal(shortfall)
        assert half_up(Fraction(str(row["school_shortfall"])), 1) == Decimal(expect["school_shortfall"])
    built = oracle["junior"]["school_shortfall"]
    assert {row["shortfall"] for row in rooms(Fraction(area) + built).values()} == {0}
    assert rooms(Fraction(area) + Fraction(case["wrong"]["stage_shortfall_as_school_shortfall"]))["junior"]["shortfall"] > 0


@pytest.mark.parametrize("printed", golden("case_h")["sums"], ids=lambda printed: f"{printed['year']}-{printed['total']}")
def test_case_h(printed):
    """Printed totals agree with their parts as the ingest compares them; a square metre too many does not."""
    difference = sum(map(Decimal, printed["parts"].values())) - Decimal(printed["value"])
    assert difference == Decimal(printed["difference"]) <= Decimal(golden("case_h")["tolerance"])
    for stated, agrees in ((printed["value"], True), (str(Decimal(printed["value"]) + 1), False)):
        totals = Totals()
        for value in printed["parts"].values():
            totals.record({"area": value})
        totals.total(1, {"area": stated})
        assert (totals.wrong(lambda _: True) == {}) is agrees


def test_case_h_indoor_sports():
    """Indoor sports rooms are 4 % of what an indicator with them would be."""
    sums = {entry["total"]: entry for entry in golden("case_h")["sums"] if entry["year"] == "later"}
    indoor, teaching = sums["公共教学用房"]["parts"]["室内体育用房"], sums["教学及辅助用房"]["value"]
    assert half_up(Fraction(indoor) * 100 / Fraction(teaching), 2) == Decimal(
        golden("case_h")["indoor_sports_share_of_teaching_area"]
    )
