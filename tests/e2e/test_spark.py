"""A night whose marts are built on Spark publishes the release of DuckDB, hash by hash.

What takes longer, a cluster that loses a worker too, runs in `make test-spark` alone (spark_whole.py).
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from junheng.core.settings import BUILD_DB
from publish.release import due
from tests import spark
from tests.e2e.nights import Night, run


@pytest.mark.timeout(1800)
def test_a_night_on_spark_is_the_release_of_duckdb(sample_landing: Path, sample_night: Night, tmp_path: Path) -> None:
    spark.make_environment()
    night = run(tmp_path / "home", sample_landing, "--engine", "spark", offline=False, timeout=1500)
    assert (night.code, sample_night.code) == (3, 3), night.output
    assert night.release is not None
    assert sample_night.release is not None
    results = json.loads((due.kept(night.home) / "run_results.json").read_text(encoding="utf-8"))
    assert results["args"]["target"] == "spark"

    assert spark.published(night.release) == spark.published(sample_night.release)
    assert night.release.release_id == sample_night.release.release_id

    # a digit that another engine would give is noticed
    path = due.kept(night.home) / BUILD_DB
    before = spark.hashes(path, tmp_path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update marts.fct_county_indicator set difference_coefficient = difference_coefficient + 1e-12")
    after = spark.hashes(path, tmp_path)
    assert {name for name in before if after[name] != before[name]} == {"fct_county_indicator"}
