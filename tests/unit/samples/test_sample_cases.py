"""Every planted case of the sample county is really there, by a computation of its own."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from samples import plan
from samples.county import County, generate
from tests.unit.samples import sample_oracle as oracle

INDICATORS = ("L1", "L2", "L3", "L4", "L5", "L6", "L7")
CHECKED = {
    "in_scope", "folds_into", "pupils", "indicator", "value", "verdict", "verdict_strict", "rounded_verdict_differs",
    "shortfall", "school_shortfall", "school_verdict", "n_met", "n_floor_met", "n_unmet", "n_undecided",
    "coefficient", "limit", "requirement", "composite_2012_limit", "name", "name_before", "successor",
}  # fmt: skip


@pytest.fixture(scope="module")
def county() -> County:
    return generate()


def members(county: County, case: dict[str, Any]) -> list[oracle.Row]:
    return oracle.fold(county.census[case["school_year"]])[case["school_code"]]


def test_cases_are_named_once_and_say_only_what_is_checked() -> None:
    cases = plan.cases()
    assert len(cases) > 50
    assert len({case["id"] for case in cases}) == len(cases)
    assert {key for case in cases for key in case["expect"]} == CHECKED


def of_group(name: str) -> list[Any]:
    found = [pytest.param(case, id=case["id"]) for case in plan.cases() if case["group"] == name]
    assert found
    return found


@pytest.mark.parametrize("case", of_group("scope"))
def test_scope(county: County, case: dict[str, Any]) -> None:
    expect = case["expect"]
    rows = county.census[case["school_year"]]
    units = oracle.fold(rows)
    if "folds_into" in expect:
        assert case["school_code"] not in units
        assert case["school_code"] in [m["school_code"] for m in units[expect["folds_into"]]]
        if "in_scope" in expect:
            assert oracle.in_scope(units[expect["folds_into"]]) is expect["in_scope"]
        return
    found = units[case["school_code"]]
    stages = ["primary", "junior"] if case["stage"] == "all" else [case["stage"]]
    assert any(case["school_code"] in oracle.judged(rows, stage) for stage in stages) is expect["in_scope"]
    if "pupils" in expect:
        assert oracle.pupils(found, case["stage"]) == expect["pupils"]


@pytest.mark.parametrize("case", of_group("size"))
def test_size(county: County, case: dict[str, Any]) -> None:
    expect = case["expect"]
    unit = members(county, case)
    if "pupils" in expect:
        assert sum(oracle.pupils(unit, s) for s in ("primary", "junior")) == expect["pupils"]
    found = {
        "G3": lambda: oracle.room_verdicts(unit[0]),
        "G4": lambda: oracle.size_verdicts(unit),
        "G5": lambda: (oracle.class_verdict(unit[0], case["stage"]),) * 2,
    }[expect["requirement"]]()
    assert found == (expect["verdict"], expect["verdict_strict"])


@pytest.mark.parametrize("case", [c for c in of_group("resource") if "school_code" in c.values[0]])
def test_school_verdicts(county: County, case: dict[str, Any]) -> None:
    expect, stage = case["expect"], case["stage"]
    unit = members(county, case)
    if "indicator" in expect:
        indicator = expect["indicator"]
        value = oracle.value(unit, indicator, stage)
        assert value == (Fraction(expect["value"]) if "value" in expect else None)
        relaxed = oracle.value(unit, indicator, stage, relaxed=True)
        assert oracle.verdict(relaxed, indicator, stage) == expect["verdict"]
        if "verdict_strict" in expect:
            assert oracle.verdict(value, indicator, stage) == expect["verdict_strict"]
        if "rounded_verdict_differs" in expect:
            assert value is not None
            rounded = oracle.verdict(oracle.half_up(value, 2), indicator, stage)
            assert (rounded != expect["verdict"]) is expect["rounded_verdict_differs"]
        if "shortfall" in expect:
            amount, people = oracle.numerator(unit, indicator, stage), oracle.pupils(unit, stage)
            whole = oracle.whole(unit, indicator)
            assert amount is not None
            assert whole is not None
            missing = Fraction(oracle.STANDARDS[stage][indicator]) * people - amount
            assert missing == Fraction(expect["shortfall"])
            assert round(float(missing / (amount / whole)), 2) == expect["school_shortfall"]
    if "school_verdict" in expect:
        verdicts = [oracle.verdict(oracle.value(unit, i, stage), i, stage) for i in INDICATORS]
        counts = {f"n_{v}": verdicts.count(v) for v in ("met", "floor_met", "unmet", "undecided")}
        assert counts == {key: expect[key] for key in counts}
        below = counts["n_floor_met"] + counts["n_unmet"]
        if counts["n_unmet"] or below > 1:
            assert expect["school_verdict"] == "unmet"
        else:
            assert expect["school_verdict"] == ("undecided" if counts["n_undecided"] else "met")


@pytest.mark.parametrize(
    "case",
    [c for g in ("resource", "between_years") for c in of_group(g) if "school_code" not in c.values[0]],
)
def test_county_coefficients(county: County, case: dict[str, Any]) -> None:
    expect, stage = case["expect"], case["stage"]
    rows = county.census[case["school_year"]]
    found = oracle.county(rows, expect["indicator"], stage)
    if expect["verdict"] == "undecided":
        assert found is None
        return
    assert found is not None
    _, coefficient = found
    low, high = expect["coefficient"]
    assert low <= coefficient <= high
    assert expect["limit"] == float(oracle.LIMITS[stage])
    assert ("met" if coefficient <= expect["limit"] else "unmet") == expect["verdict"]
    if "rounded_verdict_differs" in expect:
        rounded = "met" if oracle.half_up(Fraction(coefficient), 3) <= oracle.LIMITS[stage] else "unmet"
        assert (rounded != expect["verdict"]) is expect["rounded_verdict_differs"]
    if "composite_2012_limit" in expect:
        assert oracle.composite_2012(rows, stage) <= expect["composite_2012_limit"]


@pytest.mark.parametrize("case", [c for c in of_group("between_years") if "school_code" in c.values[0]])
def test_between_the_years(county: County, case: dict[str, Any]) -> None:
    expect, code = case["expect"], case["school_code"]
    before = {row["school_code"]: row for row in county.census[2024]}
    now = {row["school_code"]: row for row in county.census[2025]}
    if "name" in expect:
        assert (before[code]["school_name"], now[code]["school_name"]) == (expect["name_before"], expect["name"])
    else:
        assert code in before
        assert code not in now
        assert expect["successor"] in now
        assert now[expect["successor"]]["township"] == before[code]["township"]


def test_the_other_coefficients_are_met_and_one_is_undecided(county: County) -> None:
    over = []
    for stage, limit in oracle.LIMITS.items():
        for indicator in INDICATORS:
            found = oracle.county(county.census[2025], indicator, stage)
            if found is None or found[1] > limit:
                over.append((indicator, stage))
    assert sorted(over) == [("L5", "primary"), ("L6", "junior"), ("L7", "junior")]
