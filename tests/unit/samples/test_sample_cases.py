"""Every planted case of the sample county is really there, by a computation of its own."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ingest.landing.bronze import bronze_schema
from ingest.schema.source import load_source
from samples import plan
from samples.county import County, generate
from tests.oracle import build
from tests.oracle.compiled import compiled
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


@pytest.fixture(scope="module")
def marts(county: County, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Marts of the census and the items of all its years."""
    given = {"school_census": county.census, "county_items": county.county_items}
    rows = {source: [row for year in sorted(years) for row in years[year]] for source, years in given.items()}
    submissions, delivered = [], {}
    for number, source in enumerate(rows, 1):
        known = build.CENSUS if source == "school_census" else bronze_schema(load_source(source))
        submission_id = f"{number:016d}"
        submissions.append(build.submission(submission_id, source=source, contract=f"{source}.template"))
        delivered[source] = [
            {"_submission_id": submission_id, "_row": line}
            | {name: typed(value, known.field(name).type) for name, value in row.items() if name in known.names}
            for line, row in enumerate(rows[source], 2)
        ]
    coverage = build.coverage_of(submissions, [row for found in delivered.values() for row in found])
    census = delivered.pop("school_census")
    folder = tmp_path_factory.mktemp("sample")
    return compiled(tmp_path_factory).build(build.make_build_db(folder, census, submissions, coverage=coverage, others=delivered))


def typed(value: Any, data_type: pa.DataType) -> Any:
    return Decimal(str(value)) if value is not None and pa.types.is_decimal(data_type) else value


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


@pytest.mark.parametrize("case", of_group("size"))
def test_size_in_the_marts(marts: Path, case: dict[str, Any]) -> None:
    """The requirement's rows of the school say the same, with relaxations and without."""
    expect = case["expect"]
    found = build.query(
        marts,
        f"""
        select part, verdict, verdict_strict from marts.fct_school_requirement
        where school_code = '{case["school_code"]}' and school_year = {case["school_year"]}
            and requirement_code = '{expect["requirement"]}' and ruleset_id = 'national-2017'
        """,
    )
    assert {row["part"] for row in found} == {"G3": {"a", "b"}, "G4": {"all"}, "G5": {case["stage"]}}[expect["requirement"]]
    for column in ("verdict", "verdict_strict"):
        verdicts = {row[column] for row in found}
        assert ("unmet" if "unmet" in verdicts else "met" if verdicts == {"met"} else "undecided") == expect[column]


PLANTED = {
    # requirement and part of 2025: verdict, and what its sentence must name
    ("P1", "all"): ("met", "10 年"),
    ("G6", "all"): ("undecided", "公用经费定额"),
    ("G7", "all"): ("met", "9000 元"),
    ("G11", "b"): ("unmet", "32/165"),
    ("G14", "a"): ("unmet", "49.96%"),
    ("G14", "b"): (None, "42%"),
    ("G15", "b"): ("undecided", "佐证"),
    ("Q1", "all"): ("unmet", "94.97%"),
    ("Q8", "all"): ("undecided", "没有佐证"),
    ("S1", "all"): ("undecided", "满意问卷"),
    ("V4", "all"): ("met", "未发现该情形"),
    ("V5", "all"): ("undecided", "自评结论"),
}


@pytest.mark.parametrize("key", PLANTED, ids="-".join)
def test_requirements_of_the_county(marts: Path, key: tuple[str, str]) -> None:
    verdict, names = PLANTED[key]
    (row,) = build.query(
        marts,
        f"""
        select verdict, conclusion_zh from marts.fct_county_requirement
        where school_year = 2025 and requirement_code = '{key[0]}' and part = '{key[1]}' and ruleset_id = 'national-2017'
        """,
    )
    assert row["verdict"] == verdict
    assert names in row["conclusion_zh"]


def test_every_requirement_has_a_row_in_both_years_and_32_indicators_are_counted(marts: Path) -> None:
    asked = build.query(marts, "select count(*) n from marts.dim_requirement where ruleset_id = 'national-2017'")[0]["n"]
    rows = "select school_year, count(*) n from marts.fct_county_requirement where ruleset_id = 'national-2017' group by all"
    assert {row["school_year"]: row["n"] for row in build.query(marts, rows)} == {2024: asked, 2025: asked}
    verdicts = build.query(marts, "select * from marts.fct_county_verdict where ruleset_id = 'national-2017'")
    assert [row["n_met"] + row["n_unmet"] + row["n_undecided"] for row in verdicts] == [32, 32]
    assert {row["verdict"] for row in verdicts} == {"unmet"}


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
