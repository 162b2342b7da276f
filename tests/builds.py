"""Builds of a home, step by step as the DAG makes them, with dbt kept ready."""

from __future__ import annotations

from pathlib import Path

from junheng.core.home import Home
from junheng.core.settings import BUILD_DB
from publish import steps
from publish.build import dbt
from publish.release import due
from tests.oracle.build import run_dbt


def plan(home: Home) -> tuple[Path, Path]:
    """Folder and database of a planned build."""
    folder = home.warehouse / "build-test"
    assert steps.plan(home, folder, folder / BUILD_DB, [])
    return folder, folder / BUILD_DB


def build(home: Home) -> tuple[Path, Path]:
    """Folder and database of a build, before its audit: what dbt builds for it in a night."""
    folder, database = plan(home)
    selected = due.selected(folder)
    run_dbt(database, *dbt.BUILD, *(["--select", *selected.split()] if selected else []), artefacts=True)
    return folder, database


def publish(home: Home) -> str:
    """Build, audit, publish. Returns the id of the release in force."""
    folder, database = build(home)
    steps.audit_build(home, folder, database)
    return steps.publish_build(home, folder, database, [], "2026-01-15T01:00:00+08:00")
