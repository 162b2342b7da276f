"""One province: hints on clean and on fraudulent counties, and a county that declares figures with known mistakes and delivers a
class list that differs in known places. The marts say exactly that (rates of the hints: docs/data_quality.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from samples.frauds import YEAR, Fraud, counties, planted
from tests.oracle.build import coverage_of, make_build_db, query, submission
from tests.oracle.compiled import compiled

SCHOOLS, COUNTIES, EACH = 100, 12, 2
SEED = 20250901
COUNTY = "990150"
"""The county that declares."""
WEIGHTS = {"primary": Fraction(1), "junior": Fraction(11, 10), "senior": Fraction(132, 100)}
COLUMNS = {"L1": "declared_qualified", "L4": "declared_teaching_area", "L6": "declared_equipment"}
SPLIT = {"L4", "L6"}
Row = dict[str, Any]


def amount(row: Row, stage: str, indicator: str) -> Fraction:
    if indicator == "L1":
        return Fraction(100 * row[f"qualified_{stage}"])
    if indicator == "L4":
        return Fraction(row["teaching_area_m2"]) - Fraction(row["indoor_sports_area_m2"])
    return Fraction(row["equipment_value_wan_yuan"]) * 10000


def value(row: Row, stage: str, indicator: str) -> Fraction:
    base = Fraction(row[f"pupils_{stage}"])
    if indicator in SPLIT:
        base = sum((WEIGHTS[s] * (row[f"pupils_{s}"] or 0) for s in WEIGHTS), Fraction(0)) / WEIGHTS[stage]
    return amount(row, stage, indicator) / base


def printed(figure: Fraction, places: int = 2, rounding: str = ROUND_HALF_UP) -> Decimal:
    exact = Decimal(figure.numerator) / Decimal(figure.denominator)
    return exact.quantize(Decimal(1).scaleb(-places), rounding)


def unsplit(row: Row, stage: str, indicator: str) -> Decimal:
    return printed(amount(row, stage, indicator) / row[f"pupils_{stage}"])


def cut_off(row: Row, stage: str, indicator: str) -> Decimal:
    return printed(value(row, stage, indicator), rounding=ROUND_DOWN)


def in_wan_yuan(row: Row, stage: str, indicator: str) -> Decimal:
    return printed(value(row, stage, indicator) / 10000)


def with_indoor(row: Row, stage: str, indicator: str) -> Decimal:
    whole = row | {"indoor_sports_area_m2": Decimal(0)}
    return printed(value(whole, stage, indicator))


def made_up(_row: Row, _stage: str, _indicator: str) -> Decimal:
    return Decimal("77777.77")


MISTAKES: dict[str, tuple[str, Callable[[Row, str, str], Decimal]]] = {
    "unsplit": ("L4", unsplit),
    "rounding": ("L1", cut_off),
    "unit": ("L6", in_wan_yuan),
    "indoor": ("L4", with_indoor),
    "unknown": ("L6", made_up),
}


@pytest.fixture(scope="module")
def county() -> list[Row]:
    (rows,) = counties(1, 60, 11).values()
    return [{**row, "county_code": COUNTY} for row in rows if row["school_year"] == YEAR]


def assessed(rows: list[Row]) -> list[tuple[Row, str]]:
    """Schools and stages of the resource block: no teaching point of fewer than 50 pupils."""
    return [
        (row, stage)
        for row in rows
        for stage in ("primary", "junior")
        if row[f"pupils_{stage}"] and not (row["school_kind_code"] == "218" and row["pupils_primary"] < 50)
    ]


def coefficient(rows: list[Row], stage: str, indicator: str, weighted: bool) -> Decimal:
    here = [row for row, of in assessed(rows) if of == stage]
    values = [value(row, stage, indicator) for row in here]
    weights = [Fraction(row[f"pupils_{stage}"]) if weighted else Fraction(1) for row in here]
    mean = sum((w * v for w, v in zip(weights, values, strict=True)), Fraction(0)) / sum(weights)
    variance = sum((w * (v / mean - 1) ** 2 for w, v in zip(weights, values, strict=True)), Fraction(0)) / sum(weights)
    return (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt().quantize(Decimal("0.001"), ROUND_HALF_UP)


@dataclass
class World:
    """The build, and what was planted in it."""

    path: Path
    frauds: list[Fraud]
    mistakes: dict[tuple[str, str, str], str]
    """The mistake of each declared figure by school, stage and indicator."""
    changed: set[str]
    """Schools of whose classes one has a pupil too many."""

    def hints(self) -> list[Row]:
        """Hints of the newer year of the counties that do not declare."""
        where = f"school_year = {YEAR} and county_code <> '{COUNTY}'"
        return query(self.path, f"select * from marts.rpt_authenticity_hint where {where}")


@pytest.fixture(scope="module")
def world(county: list[Row], tmp_path_factory: pytest.TempPathFactory) -> World:
    mistakes: dict[tuple[str, str, str], str] = {}
    declared, combined = [], [r for r in county if r["school_kind_code"] == "312"]
    waiting = dict(MISTAKES)
    for row, stage in assessed(county):
        line = {"county_code": COUNTY, "school_year": YEAR, "school_code": row["school_code"], "stage": stage}
        line |= {column: printed(value(row, stage, indicator)) for indicator, column in COLUMNS.items()}
        for mistake, (indicator, told) in list(waiting.items()):
            wrong = told(row, stage, indicator)
            taken = any(key[:2] == (row["school_code"], stage) for key in mistakes)
            if not taken and wrong != line[COLUMNS[indicator]] and (mistake != "unsplit" or row in combined):
                mistakes[row["school_code"], stage, indicator] = mistake
                line[COLUMNS[indicator]] = wrong
                del waiting[mistake]
        declared.append(line | {"declared_pupils": row[f"pupils_{stage}"]})
    assert not waiting
    of_county = [
        {"county_code": COUNTY, "school_year": YEAR, "stage": stage, "measure": "coefficient"}
        | {COLUMNS["L4"]: coefficient(county, stage, "L4", weighted=stage == "primary")}
        for stage in ("primary", "junior")
    ]
    classes, changed = [], set()
    for row in (r for r in county if r["school_kind_code"] == "211"):
        pupils, number = row["pupils_primary"], row["classes_primary"]
        sizes = [pupils // number + (n < pupils % number) for n in range(number)]
        if len(changed) < 3:
            changed.add(row["school_code"])
            sizes[0] += 1
        classes += [
            {"county_code": COUNTY, "school_year": YEAR, "school_code": row["school_code"], "stage": "primary", "grade": "1"}
            | {"class_name": f"{n}班", "pupils": size}
            for n, size in enumerate(sizes, 1)
        ]
    others = counties(COUNTIES, SCHOOLS, SEED)
    frauds = planted(others, EACH, SEED)
    given = {
        "school_census": [*county, *(row for rows in others.values() for row in rows)],
        "declared_forms_school": declared,
        "declared_forms_county": of_county,
        "class_list": classes,
    }
    numbered = {
        source: [{"_submission_id": f"{n:016d}", "_sheet": "s", "_row": at, **row} for at, row in enumerate(rows, 2)]
        for n, (source, rows) in enumerate(given.items(), 1)
    }
    submissions = [submission(f"{n:016d}", source=source) for n, source in enumerate(given, 1)]
    coverage = [row for judged in submissions for row in coverage_of([judged], numbered[judged["source"]])]
    census = numbered.pop("school_census")
    folder = tmp_path_factory.mktemp("quality")
    path = make_build_db(folder, census, submissions, coverage=coverage, others=numbered)
    compiled(tmp_path_factory).build(path, "fct_declared_difference", "fct_joint_review", "rpt_authenticity_hint", data_tests=())
    return World(path, frauds, mistakes, changed)


def test_every_difference_is_a_planted_one_and_names_its_bridge(world: World) -> None:
    rows = query(world.path, "select * from marts.fct_declared_difference where form = 'II-2' and ruleset_id = 'national-2017'")
    assert len(rows) > 200
    found = {(r["school_code"], r["stage"], r["indicator_code"]): r for r in rows if r["state"] != "same"}
    assert found.keys() == world.mistakes.keys()
    for key, mistake in world.mistakes.items():
        if mistake == "unknown":
            assert (found[key]["state"], found[key]["bridges"]) == ("unexplained", None)
        else:
            assert mistake in found[key]["bridges"].split(";"), (key, mistake, found[key])


def test_the_unweighted_coefficient_is_named_and_the_right_one_is_the_same(world: World) -> None:
    rows = query(world.path, "select stage, state, bridges from marts.fct_declared_difference where form = 'III'")
    found = {row["stage"]: (row["state"], row["bridges"]) for row in rows}
    assert found == {"primary": ("same", None), "junior": ("explained", "unweighted")}


def test_the_review_disagrees_where_a_class_was_changed_and_nowhere_else(world: World) -> None:
    where = f"item_code = 'census_classes_pupils' and county_code = '{COUNTY}'"
    rows = query(world.path, f"select * from marts.fct_joint_review where {where}")
    assert {row["school_code"] for row in rows if row["state"] == "disagree"} == world.changed
    agreeing = [row for row in rows if row["state"] == "agree"]
    assert len(agreeing) > 20
    assert all(row["left_value"] == row["right_value"] for row in agreeing)
    assert {(row["left_files"], row["right_files"]) for row in agreeing} == {("0000000000000001.csv", "0000000000000004.csv")}
    undecided = [row for row in rows if row["state"] == "undecided"]
    assert {row["reason"] for row in undecided} <= {"right_missing"}


def test_a_source_that_nobody_delivered_is_told_once_and_never_agrees(world: World) -> None:
    rows = query(
        world.path, "select * from marts.fct_joint_review where item_code = 'census_roster_teachers' and school_year = 2025"
    )
    assert {row["county_code"] for row in rows} == {COUNTY, *(f"9901{n:02d}" for n in range(1, COUNTIES + 1))}
    assert len(rows) == COUNTIES + 1
    assert {(row["school_code"], row["state"], row["reason"]) for row in rows} == {(None, "undecided", "right_not_delivered")}


def test_clean_counties_give_few_hints(world: World) -> None:
    dirty = {fraud.county_code for fraud in world.frauds}
    assert len(dirty) == COUNTIES // 2
    false = [row for row in world.hints() if row["county_code"] not in dirty]
    schools = SCHOOLS * (COUNTIES - len(dirty))
    rate = len(false) / schools
    kinds = Counter(row["rule_code"] for row in false)
    print(f"clean: {len(false)} hints for {schools} schools ({rate:.2%}): {dict(kinds)}")
    assert rate <= 0.01


def test_planted_frauds_are_found(world: World) -> None:
    sides = ("school_code", "other_school_code")
    named = {(row["rule_code"], row["county_code"], row[side]) for row in world.hints() for side in sides}
    kinds = Counter(fraud.rule_code for fraud in world.frauds)
    missed = Counter(f.rule_code for f in world.frauds if (f.rule_code, f.county_code, f.school_code) not in named)
    share = 1 - sum(missed.values()) / len(world.frauds)
    print(f"planted: {len(world.frauds)} {dict(kinds)}; found {share:.1%}, missed {dict(missed)}")
    assert len(kinds) == 8
    assert share >= 0.95


def test_the_strongest_hints_name_what_was_planted(world: World) -> None:
    guilty = {(fraud.county_code, fraud.school_code) for fraud in world.frauds}
    dirty = {county for county, _ in guilty}
    top = [row for row in world.hints() if row["hint_rank"] <= 5 and row["county_code"] in dirty]
    assert len(top) == 5 * len(dirty)
    hit = sum(any((row["county_code"], row[side]) in guilty for side in ("school_code", "other_school_code")) for row in top)
    print(f"of the five strongest hints of each county {hit} of {len(top)} name a planted fraud")
    assert hit >= 0.9 * len(top)
