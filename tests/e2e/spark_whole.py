"""`make test-spark` beside test_spark.py: hard and random counties on a cluster that loses a worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from devtools.spark_cluster import cluster
from publish.build import ground
from tests import spark
from tests.integration.test_postgres_models import world
from tests.oracle import build
from tests.oracle.compiled import compiled

ACROSS = "spark.executor.memory=640m spark.sql.shuffle.partitions=2 spark.sql.leafNodeDefaultParallelism=2"
"""Work for both workers in every shuffle."""
ABOVE = (*spark.NO_TEST, "--select", ground.ABOVE)


@pytest.fixture(scope="module")
def counties(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hard and random counties, and arbitrary rows of every other source, built by DuckDB; nobody changes the file."""
    path = build.make_build_db(tmp_path_factory.mktemp("counties"), **world())
    return compiled(tmp_path_factory).build(path, data_tests=())  # arbitrary rows break grains


@pytest.mark.timeout(1800)
def test_a_cluster_that_loses_a_worker_builds_the_same_marts(
    counties: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spark.make_environment()
    path = spark.emptied(counties, tmp_path / "build")
    with cluster(tmp_path / "cluster") as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        with spark.killing_a_worker(running, path.parent / "spark" / "warehouse"):
            spark.built(path, monkeypatch, ABOVE, running.master, ACROSS)
    assert spark.differing(counties, path, tmp_path) == set()
