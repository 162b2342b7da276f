"""Builds on Spark for tests: the environment that they need, counties to build, and the hashes of what was made."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from devtools.spark_cluster import Cluster
from junheng.core.settings import BUILD_DB, DBT_PROJECT, PROJECT_ROOT, Settings
from publish.build import dbt, spark
from publish.release.due import below
from publish.release.release import Release, read_manifest_of
from publish.tables.hashing import content_hash

MANIFEST = DBT_PROJECT / "target" / "manifest.json"
NO_TEST = ("--exclude-resource-type", "test", "unit_test")


def make_environment() -> None:
    """Install Spark where it is not installed yet."""
    subprocess.run(["make", "--no-print-directory", "setup-spark"], cwd=PROJECT_ROOT, check=True, timeout=600)


@contextmanager
def killing_a_worker(cluster: Cluster, warehouse: Path, tables: int = 10) -> Iterator[None]:
    """Kill a worker as soon as so many marts lie in the warehouse. Raises AssertionError when that never came to be."""
    ended, is_killed = threading.Event(), threading.Event()

    def watch() -> None:
        while not ended.wait(0.2):
            if len(list(warehouse.glob("marts.db/*"))) >= tables:
                cluster.kill(1)
                is_killed.set()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
    assert is_killed.is_set()


def published(release: Release) -> dict[str, str]:
    """Hash of each mart of a release."""
    return {name: table["sha256"] for name, table in read_manifest_of(release.path)["tables"].items()}


def emptied(source: Path, folder: Path) -> Path:
    """A copy of a build file without what is made of the deliveries, ready for dbt in ``folder``."""
    folder.mkdir(parents=True)
    dbt.make_target(folder)
    path = folder / BUILD_DB
    shutil.copyfile(source, path)
    nodes = {node.rsplit(".", 1)[-1] for node in below(MANIFEST) if node.startswith("model.")}
    with duckdb.connect(str(path)) as connection:
        query = "select table_schema, table_name, table_type from information_schema.tables"
        for schema, name, kind in connection.execute(query).fetchall():
            if name in nodes:
                connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {schema}.{name}")
    return path


def built(path: Path, monkeypatch: pytest.MonkeyPatch, words: Sequence[str], master: str, conf: str = "") -> Path:
    """Let Spark build in a build file; ``words``: for dbt after ``build``."""
    monkeypatch.setenv(Settings.spark_master.name, master)
    monkeypatch.setenv(Settings.spark_conf.name, conf)
    assert spark.build(path.parent, path, ["--quiet", "--no-use-colors", "build", *words]) == 0
    return path


def hashes(path: Path, folder: Path) -> dict[str, str]:
    """Hash of each mart of a build file, without what the audit adds to it; ``folder``: for a copy."""
    copy = folder / "hashed.duckdb"
    shutil.copyfile(path, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("delete from marts.aud_check_result where engine in ('dbt', 'audit')")
    return content_hash(copy, MANIFEST).tables


def differing(one: Path, other: Path, folder: Path) -> set[str]:
    """Names of the marts whose hash is not the same in two build files."""
    expected, compared = hashes(one, folder), hashes(other, folder)
    return {name for name in expected.keys() | compared.keys() if expected.get(name) != compared.get(name)}
