"""The marts depend neither on row order nor on threads."""

from __future__ import annotations

import random
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
