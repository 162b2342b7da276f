"""Builds on Spark for tests: the environment that they need, and the hashes of what they made."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import duckdb

from junheng.core.settings import DBT_PROJECT, PROJECT_ROOT
from publish.release.release import Release, read_manifest_of
from publish.tables.hashing import content_hash

MANIFEST = DBT_PROJECT / "target" / "manifest.json"


def make_environment() -> None:
    """Install Spark where it is not installed yet."""
    subprocess.run(["make", "--no-print-directory", "setup-spark"], cwd=PROJECT_ROOT, check=True, timeout=600)


def published(release: Release) -> dict[str, str]:
    """Hash of each mart of a release."""
    return {name: table["sha256"] for name, table in read_manifest_of(release.path)["tables"].items()}


def hashes(path: Path, folder: Path) -> dict[str, str]:
    """Hash of each mart of a build file, without what the audit adds to it; ``folder``: for a copy."""
    copy = folder / "hashed.duckdb"
    shutil.copyfile(path, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("delete from marts.aud_check_result where engine in ('dbt', 'audit')")
    return content_hash(copy, MANIFEST).tables
