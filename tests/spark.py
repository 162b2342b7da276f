"""Builds on Spark for tests: the environment that they need, a build file without what a night brought, its hashes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from junheng.core.settings import BUILD_DB, DBT_PROJECT, PROJECT_ROOT, Settings
from junheng.core.sql import tables
from publish.build import dbt, ground, spark
from publish.release.due import below
from publish.tables.hashing import content_hash

MANIFEST = DBT_PROJECT / "target" / "manifest.json"
WORDS = ("--quiet", "--no-use-colors", "build", "--exclude-resource-type", "test", "unit_test")


def make_environment() -> None:
    """Install Spark where it is not installed yet."""
    subprocess.run(["make", "--no-print-directory", "setup-spark"], cwd=PROJECT_ROOT, check=True, timeout=600)


def emptied(source: Path, folder: Path) -> Path:
    """A copy of a build file without any table that is made of what a night brought, ready for dbt in ``folder``."""
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


def built(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make in a build file the models that a build of a night makes, on Spark."""
    monkeypatch.setenv(Settings.spark_master.name, "local[2]")
    assert spark.build(path.parent, path, [*WORDS, "--select", ground.ABOVE]) == 0


def marts(path: Path) -> list[str]:
    """Names of the marts in a build file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return tables(connection, path.stem, "marts")


def hashes(path: Path, folder: Path) -> dict[str, str]:
    """Hash of each mart of a build file, without what the audit adds to it; ``folder``: for a copy."""
    copy = folder / "hashed.duckdb"
    shutil.copyfile(path, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("delete from marts.aud_check_result where engine in ('dbt', 'audit')")
    return content_hash(copy, MANIFEST).tables
