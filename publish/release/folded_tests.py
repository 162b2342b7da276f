"""Tests that one node of dbt asked together (macro ``grains_of``): the outcome of each, by its own name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from publish.tables.artifacts import Manifest, NodeResult

_FAILED = "fail"


def unfolded(results: Mapping[str, NodeResult], manifest: Manifest, build_db: Path) -> dict[str, NodeResult]:
    """The outcomes of a run, with those of the tests that were asked together in the place of the one that asked them.

    A test that ran by itself as well keeps its own outcome. One that found something is asked again in the built file which
    of them it was; where that is not to be had, none of them counts as run well.
    """
    single = {uid: result for uid, result in results.items() if uid not in manifest.folds}
    of_members: dict[str, NodeResult] = {}
    for uid, members in manifest.folds.items():
        if uid in results:
            of_members |= _of_members(results[uid], {member: manifest.tests[member].name for member in members}, build_db)
    return of_members | single


def _of_members(together: NodeResult, names: Mapping[str, str], build_db: Path) -> dict[str, NodeResult]:
    """The outcome of each test, by id; ``names`` has their names."""
    if together.status != _FAILED:
        return {uid: replace(together, unique_id=uid) for uid in names}
    rows = _rows(together, build_db)
    if not rows.keys() & set(names.values()):
        return {uid: NodeResult(uid, "error", None) for uid in names}
    return {
        uid: NodeResult(uid, _FAILED, rows[name]) if name in rows else NodeResult(uid, "pass", 0) for uid, name in names.items()
    }


def _rows(together: NodeResult, build_db: Path) -> dict[str, int]:
    """How many rows each test finds that finds any, by name."""
    try:
        with duckdb.connect(str(build_db), read_only=True) as connection:
            return dict(connection.execute(str(together.sql)).fetchall())
    except duckdb.Error:
        return {}
