"""The marts depend neither on row order nor on threads; scaling amounts and merging equal schools leave coefficients."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import build
from tests.oracle.counties import random_census

MARTS = (
    *("dim_county", "dim_code", "dim_indicator", "dim_school", "dim_school_scope"),
    *("fct_school_indicator", "fct_school_verdict", "fct_county_indicator"),
    *("aud_submission", "aud_check_result", "aud_quarantined_row"),
)
PREMISES = (
    *("teaching_area_m2", "indoor_sports_area_m2", "outdoor_sports_area_m2"),
    *("equipment_value_wan_yuan", "multimedia_rooms"),
)


@pytest.fixture(scope="module")
def census() -> list[build.Row]:
    rows = random_census(seed=7)
    return [{**row, "_submission_id": f"{row['county_code']}0000000000", "_row": n} for n, row in enumerate(rows, 2)]


def marts_of(folder: Path, census: list[build.Row], *arguments: str) -> Path:
    submissions = [build.submission(f"{county}0000000000") for county in sorted({row["county_code"] for row in census})]
    path = build.make_build_db(folder / "build.duckdb", census, submissions)
    build.run_dbt(path, "build", "--exclude-resource-type", "unit_test", *arguments)
    return path


@pytest.fixture(scope="module")
def once(census, tmp_path_factory) -> Path:
    return marts_of(tmp_path_factory.mktemp("once"), census)


def content(path: Path) -> dict[str, list[Any]]:
    return {name: build.query(path, f"select * from marts.{name} order by all") for name in MARTS}


def test_row_order_and_threads_do_not_matter(once, census, tmp_path):
    shuffled = random.Random(1).sample(census, k=len(census))
    again = marts_of(tmp_path, shuffled, "--threads", "1")
    assert content(again) == content(once)
    assert all(content(once)[name] for name in MARTS if name not in ("aud_check_result", "aud_quarantined_row"))


def coefficients(path: Path, codes: str) -> dict[tuple[Any, ...], Any]:
    rows = build.query(
        path,
        "select county_code, school_year, stage, indicator_code, difference_coefficient as coefficient"
        f" from marts.fct_county_indicator where indicator_code in ({codes})",
    )
    return {tuple(row.values())[:4]: row["coefficient"] for row in rows}


def test_scaling_amounts_leaves_the_coefficient(once, census, tmp_path):
    """All premises threefold."""
    scaled = [{**row, **{name: row[name] * 3 for name in PREMISES if row.get(name) is not None}} for row in census]
    path = marts_of(tmp_path, scaled)
    before, after = coefficients(once, "'L4', 'L5', 'L6', 'L7'"), coefficients(path, "'L4', 'L5', 'L6', 'L7'")
    assert before.keys() == after.keys()
    for key, value in before.items():
        assert (value is None) == (after[key] is None)
        assert value is None or abs(value - after[key]) <= Decimal("2e-12") + value / 10**11


def test_merging_two_schools_of_equal_ratio_leaves_the_coefficient(tmp_path):
    def school(county: str, code: int, pupils: int, rooms: int) -> build.Row:
        return {
            "county_code": county,
            "school_year": 2025,
            "school_code": f"2199{code:06d}",
            "school_name": "校",
            "school_kind_code": "211",
            "pupils_primary": pupils,
            "multimedia_rooms": rooms,
        }

    apart = [school("990101", 1, 100, 2), school("990101", 2, 300, 6), school("990101", 3, 150, 9)]
    merged = [school("990102", 4, 400, 8), school("990102", 5, 150, 9)]
    path = build.build(build.make_build_db(tmp_path / "build.duckdb", apart + merged))
    found = coefficients(path, "'L7'")
    assert found["990101", 2025, "primary", "L7"] == found["990102", 2025, "primary", "L7"] > 0
