"""The project's own models below a release: which rows are in force, what folds into a school, what enters an amount.

They stand in the database of the build that the release came of, while that is kept and the chain knows it; else (or when asked
to) they are built anew in a temporary one, over the nights the release was made of.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from junheng.core.home import Home
from junheng.core.settings import BUILD_DB
from publish.build import build, dbt
from publish.release import due
from publish.release.release import Release

_MODELS = ("+int_balance__school", "+int_rules__term", "+int_rules__split_weight")


class CannotDerive(RuntimeError):
    """The rows in force could not be found again; the message says what stood in the way, in the words of dbt or DuckDB."""


def nights_of(release: Release) -> list[int]:
    """The nights a release was made of."""
    return list(json.loads((release.path / "manifest.json").read_text(encoding="utf-8"))["nights"])


@contextmanager
def in_force(
    home: Home, release: Release, selected: tuple[str, ...] | None = None, *, recompute: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The models of the build that a release came of; or those ``selected`` built anew."""
    kept = None if recompute else due.database_of(home, release.release_id)
    if kept is not None:
        with duckdb.connect(str(kept), read_only=True) as connection:
            yield connection
        return
    with models(home, nights_of(release), *([selected] if selected else [])) as connection:
        yield connection


@contextmanager
def models(home: Home, nights: list[int], selected: tuple[str, ...] = _MODELS) -> Iterator[duckdb.DuckDBPyConnection]:
    """The models up to the school, or up to those ``selected``, built in a temporary database over the nights of the release."""
    with tempfile.TemporaryDirectory(prefix="junheng-explain-") as name:
        folder = Path(name)
        database = folder / BUILD_DB
        dbt.make_target(folder)
        try:
            build.prepare(home, database, [], nights)
        except duckdb.Error as error:
            raise CannotDerive(str(error)) from error
        words = ["--quiet", "build", "--select", *selected, "--exclude-resource-type", "test", "unit_test"]
        done = dbt.run(words, folder, database)
        if done.returncode:
            raise CannotDerive((done.stdout + done.stderr).strip()[-1000:])
        with duckdb.connect(str(database), read_only=True) as connection:
            yield connection
