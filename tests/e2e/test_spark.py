"""The models on Spark: the marts of the sample county are those of DuckDB, hash by hash."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from junheng.core.settings import BUILD_DB
from publish.release import due
from tests import spark
from tests.e2e.nights import Night


@pytest.fixture(scope="module")
def kept(sample_night: Night) -> Path:
    """The build file of the sample night, made by DuckDB."""
    spark.make_environment()
    return due.kept(sample_night.home) / BUILD_DB


@pytest.mark.timeout(1800)
def test_the_marts_of_the_sample_are_those_of_duckdb(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = spark.emptied(kept, tmp_path / "build")
    before = set(spark.marts(path))
    spark.built(path, monkeypatch)
    expected, found = spark.hashes(kept, tmp_path), spark.hashes(path, tmp_path)
    assert {name: found.get(name) for name in expected} == expected
    assert len(expected.keys() - before) > 50  # Spark made them

    # a digit that another engine would give is noticed
    with duckdb.connect(str(path)) as connection:
        connection.execute("update marts.fct_county_indicator set difference_coefficient = difference_coefficient + 1e-12")
    assert spark.hashes(path, tmp_path)["fct_county_indicator"] != expected["fct_county_indicator"]
