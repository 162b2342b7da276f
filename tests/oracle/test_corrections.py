"""A build with corrections is the build of a census in which the corrected figures were delivered."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from junheng.core.home import Home
from publish.build.corrections import correction_table
from tests.oracle import build
from tests.oracle.compiled import compiled
from tests.oracle.counties import hard_census

GOOD = (
    ("990121", 1, "multimedia_rooms", 23, 22),
    ("990121", 1, "backbone_primary", 10, None),
    ("990121", 2, "teaching_area_m2", 3825, Decimal("3824.6")),
    ("990122", 5, "multimedia_rooms", 10, 30),
    ("990123", 7, "equipment_value_wan_yuan", 1000000000000, 200),
    ("990123", 8, "backbone_primary", 0, 1),
    ("990124", 11, "pupils_primary", None, 900),
    ("990124", 12, "outdoor_sports_area_m2", None, 0),
    ("990125", 13, "pupils_junior", 400, 0),
)
"""County, school, field, what is there, what is put there."""
BAD = (
    ("990121", 3, "multimedia_rooms", 99, 22, "other_value_found"),
    ("990121", 4, "multimedia_rooms", None, 22, "other_value_found"),
    ("990122", 6, "multimedia_rooms", 29, 30, "already_correct"),
    ("990122", 7, "multimedia_rooms", 23, 22, "unknown_school"),
    ("990121", 3, "built_year", None, 2015, "field_not_used"),
    ("990121", 3, "no_such_item", None, 22, "unknown_field"),
    ("990121", 3, "backbone_primary", 10, 9, "corrected_twice"),
    ("990121", 3, "backbone_primary", 10, 8, "corrected_twice"),
)


def code(number: int) -> str:
    return f"2199{number:06d}"


def entry(county: str, number: int, field: str, expected: Any, value: Any) -> str:
    shown = ["null" if figure is None else str(figure) for figure in (expected, value)]
    return (
        f"- {{county_code: {county}, school_year: 2025, school_code: {code(number)}, field: {field}, expected: {shown[0]}, "
        f"value: {shown[1]}, reason: 核实, document: 示教函〔2026〕3号, by: 统计股, date: 2026-01-15}}\n"
    )


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corrected")
    home = Home(folder / "home").create()
    (home.corrections / "a.yml").write_text("".join(entry(*given) for given in GOOD), encoding="utf-8")
    (home.corrections / "b.yml").write_text("".join(entry(*given[:5]) for given in BAD), encoding="utf-8")
    corrections = correction_table(home).to_pylist()
    return compiled(tmp_path_factory).build(build.make_build_db(folder, hard_census(), corrections=corrections))


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    census = hard_census()
    by_school = {(row["county_code"], row["school_code"]): row for row in census}
    for county, number, field, expected, value in GOOD:
        row = by_school[county, code(number)]
        assert row.get(field) == expected
        row[field] = value
    return compiled(tmp_path_factory).build(build.make_build_db(tmp_path_factory.mktemp("delivered"), census))


def marts(path: Path) -> dict[str, list[build.Row]]:
    names = build.query(path, "select table_name from duckdb_tables() where schema_name = 'marts' order by 1")
    kept = [row["table_name"] for row in names if not row["table_name"].startswith("aud_")]
    return {name: build.query(path, f"from marts.{name} order by all") for name in kept}


def test_a_correction_is_worth_a_delivery_and_one_that_fails_changes_nothing(corrected: Path, delivered: Path) -> None:
    found, wanted = marts(corrected), marts(delivered)
    assert {"fct_school_indicator", "fct_county_indicator", "dim_school"} <= {name for name, rows in found.items() if rows}
    as_delivered = {"rpt_school_source"}
    assert {name for name in wanted if found[name] != wanted[name]} == as_delivered


def test_bronze_stays_raw(corrected: Path) -> None:
    row = build.query(corrected, f"select multimedia_rooms from bronze.school_census where school_code = '{code(1)}'")
    assert row == [{"multimedia_rooms": 23}]


def test_every_correction_is_in_the_audit_table_with_what_became_of_it(corrected: Path) -> None:
    rows = build.query(corrected, "from marts.aud_correction order by correction_file, entry_number")
    applied = [
        (r["county_code"], int(r["school_code"]) - 2199000000, r["field"], r["raw_value"], r["corrected_value"])
        for r in rows
        if r["state"] == "applied"
    ]
    assert applied == list(GOOD)
    assert [r["failure"] for r in rows if r["state"] == "failed"] == [given[5] for given in BAD]
    labels = build.query(corrected, "from marts.dim_code where list in ('correction_state', 'correction_failure')")
    assert {r["state"] for r in rows} | {given[5] for given in BAD} == {row["code"] for row in labels}
