"""A state's census in the layout of the Brazilian files (tests/inep.py), every municipality against what was drawn."""

from __future__ import annotations

import math
from collections import defaultdict

import pytest

from tests import inep


@pytest.mark.parametrize("year", inep.WHOLE_YEARS)
def test_bronze_reproduces_the_reference(desk, year: int) -> None:
    result = desk.deliver(inep.file_of(year), area=inep.STATE, year=year, name=inep.file_name(year))
    rows, reference = len(inep.of_year(year)), inep.reference(year)
    assert not result.refused, result.reason
    assert (result.contract, result.covers) == ("school_census.inep", "area")
    assert (result.rows_read, result.rows_parsed) == (rows, rows)
    assert len(result.covered) == 102
    assert sum(c.rows for c in result.covered) == rows

    schools: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in desk.bronze(result):
        assert row["school_kind_code"] == "EB"
        if row["operating_status_code"] == "1" and row["sponsor_code"] in ("2", "3") and row["pupils_primary"]:
            schools[row["county_code"]].append((row["pupils_primary"], row["teachers_primary"]))
    assert set(schools) == set(reference)
    for county, expected in reference.items():
        pupils = sum(p for p, _ in schools[county])
        teachers = sum(t for _, t in schools[county])
        mean = teachers / pupils
        deviation = math.sqrt(sum(p / pupils * (t / p - mean) ** 2 for p, t in schools[county]))
        assert (len(schools[county]), pupils, teachers) == (
            expected["schools"],
            expected["pupils"],
            expected["resource"],
        )
        assert 100 * mean == pytest.approx(expected["per100"], abs=1e-6)
        assert deviation / mean == pytest.approx(expected["cv_weighted"], abs=1e-6)


def test_another_column_order_floats_and_blanks(desk) -> None:
    result = desk.deliver(inep.file_of(2022), area=inep.STATE, year=2022)
    assert not result.refused
    assert [(c.county_code, c.rows) for c in result.covered] == [(inep.CAPITAL, len(inep.of_year(2022)))]
    closed = [row for row in desk.bronze(result) if row["operating_status_code"] != "1"]
    assert len(closed) == sum(school.years[2022].status != "1" for school in inep.of_year(2022)) > 0
    for row in closed:
        assert row["pupils_primary"] is None
        assert row["teachers_primary"] == 0
        assert row["teachers_junior"] is None


def test_latin_1_is_not_taken_for_chinese(desk) -> None:
    data = inep.file_of(2021)
    result = desk.deliver(data, area=inep.STATE, year=2021)
    assert {row["school_name"] for row in desk.bronze(result)} == {school.name for school in inep.of_year(2021)}


def test_the_mark_for_not_counted_is_a_fault(desk, rules_of) -> None:
    lines = inep.file_of(2021).splitlines(keepends=True)
    cells = lines[1].split(b";")
    cells[lines[0].strip().split(b";").index(b"QT_DOC_FUND_AI")] = b"88888"
    result = desk.deliver(b"".join([lines[0], b";".join(cells), *lines[2:4]]), area=inep.STATE, year=2021)
    assert result.refused
    assert rules_of(result) == {"sentinel"}


def test_a_missing_column_is_named_as_in_the_file(desk, rules_of) -> None:
    data = inep.file_of(2021).replace(b"QT_DOC_FUND_AI", b"OUTRA", 1)
    result = desk.deliver(data, area=inep.STATE, year=2021)
    assert rules_of(result) == {"missing_column"}
    assert "QT_DOC_FUND_AI" in result.reason


def test_the_folder_is_a_prefix(desk, rules_of) -> None:
    data = inep.file_of(2022)
    assert not desk.deliver(data, area=inep.CAPITAL, year=2022).refused
    assert rules_of(desk.deliver(data, area="26", year=2022)) == {"folder_disagrees"}
