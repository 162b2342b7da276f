"""Units that are not counted as schools (不计校数), folded by other rules than the default ones: the kinds say which."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.oracle import build, oracle
from tests.oracle.compiled import compiled
from tests.oracle.counties import random_census
from tests.oracle.schools import ATTACHED, Folding
from tests.oracle.test_oracle import SCHOOL_INDICATOR

OTHERWISE = Folding(never=frozenset({"219"}), always=frozenset({"218"}))
"""Attached primary classes are schools of their own, teaching points belong to their main school, other attached classes only
where the census does not count them."""


@pytest.fixture(scope="module")
def census() -> list[build.Row]:
    """Half of the attached classes are counted as schools."""
    rows = random_census(seed=11)
    for row in rows:
        if row["school_kind_code"] in ATTACHED and int(row["school_code"]) % 2:
            row["counts_as_school"] = 1
    return rows


@pytest.fixture(scope="module")
def marts(census: list[build.Row], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = build.make_build_db(tmp_path_factory.mktemp("folding"), census)
    return compiled(tmp_path_factory).build(path, "fct_school_indicator", data_tests=(), change_seeds=fold_otherwise)


def fold_otherwise(connection: duckdb.DuckDBPyConnection) -> None:
    """The kinds of schools as they would be for these foldings."""
    for column, kinds in (("never_folds", OTHERWISE.never), ("always_folds", OTHERWISE.always)):
        connection.execute(f"update seeds.school_kinds set {column} = list_contains(?, kind_code)", [sorted(kinds)])


def test_school_indicator(marts, census):
    expected = oracle.assess(census, folding=OTHERWISE)
    assert expected.school_indicator != oracle.assess(census).school_indicator
    attached = {row["school_code"] for row in census if row["school_kind_code"] == "219"}
    assert attached & {key[2] for key in expected.school_indicator}
    SCHOOL_INDICATOR.agrees(marts, expected.school_indicator)
