"""The census of Alagoas, read from a trimmed extract of the published files (see its ATTRIBUTION.md)."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from pathlib import Path

import pytest

REAL = Path(__file__).resolve().parents[2] / "fixtures" / "real" / "alagoas"
REFERENCE = json.loads((REAL / "reference.json").read_text(encoding="utf-8"))["years"]


def _file(year: int) -> Path:
    return next(path for path in REAL.iterdir() if str(year) in path.name)


@pytest.mark.parametrize(("year", "rows"), [(2019, 3574), (2020, 3463), (2021, 3435)])
def test_bronze_reproduces_the_reference(desk, year: int, rows: int) -> None:
    result = desk.deliver(_file(year).read_bytes(), area="27", year=year, name=_file(year).name)
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
    assert set(schools) == set(REFERENCE[str(year)])
    for county, expected in REFERENCE[str(year)].items():
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
    result = desk.deliver(_file(2022).read_bytes(), area="27", year=2022)
    assert not result.refused
    assert [(c.county_code, c.rows) for c in result.covered] == [("2704302", 843)]
    closed = [row for row in desk.bronze(result) if row["operating_status_code"] != "1"]
    assert closed
    for row in closed:
        assert row["pupils_primary"] is None
        assert row["teachers_primary"] == 0
        assert row["teachers_junior"] is None


def test_latin_1_is_not_taken_for_chinese(desk) -> None:
    data = _file(2021).read_bytes()
    name = next(line for line in data.splitlines() if max(line) > 127).split(b";")[3].decode("latin-1")
    result = desk.deliver(data, area="27", year=2021)
    assert name in {row["school_name"] for row in desk.bronze(result)}


def test_the_mark_for_not_counted_is_a_fault(desk, rules_of) -> None:
    lines = _file(2021).read_bytes().splitlines(keepends=True)
    cells = lines[1].split(b";")
    cells[lines[0].strip().split(b";").index(b"QT_DOC_FUND_AI")] = b"88888"
    result = desk.deliver(b"".join([lines[0], b";".join(cells), *lines[2:4]]), area="27", year=2021)
    assert result.refused
    assert rules_of(result) == {"sentinel"}


def test_a_missing_column_is_named_as_in_the_file(desk, rules_of) -> None:
    data = _file(2021).read_bytes().replace(b"QT_DOC_FUND_AI", b"OUTRA", 1)
    result = desk.deliver(data, area="27", year=2021)
    assert rules_of(result) == {"missing_column"}
    assert "QT_DOC_FUND_AI" in result.reason


def test_the_folder_is_a_prefix(desk, rules_of) -> None:
    data = _file(2022).read_bytes()
    assert not desk.deliver(data, area="2704302", year=2022).refused
    assert rules_of(desk.deliver(data, area="26", year=2022)) == {"folder_disagrees"}
