"""Units that are not counted as schools (不计校数), folded by other rules than the default ones: the kinds say which."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from tests.oracle import build, oracle
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
    folder = tmp_path_factory.mktemp("folding")
    project = shutil.copytree(build.PROJECT, folder / "project", symlinks=True, ignore=shutil.ignore_patterns("target", "logs"))
    seed = project / "seeds" / "codes" / "school_kinds.csv"
    with open(seed, encoding="utf-8", newline="") as handle:
        kinds = list(csv.DictReader(handle))
    for kind in kinds:
        kind["never_folds"] = str(int(kind["kind_code"] in OTHERWISE.never))
        kind["always_folds"] = str(int(kind["kind_code"] in OTHERWISE.always))
    with open(seed, "w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(kinds[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kinds)
    path = build.make_build_db(folder, census)
    tests = ("resource_type:unit_test", "resource_type:test")
    build.run_dbt(path, "build", "--select", "+fct_school_indicator", "--exclude", *tests, project=project)
    return path


def test_school_indicator(marts, census):
    expected = oracle.assess(census, folding=OTHERWISE)
    assert expected.school_indicator != oracle.assess(census).school_indicator
    attached = {row["school_code"] for row in census if row["school_kind_code"] == "219"}
    assert attached & {key[2] for key in expected.school_indicator}
    SCHOOL_INDICATOR.agrees(marts, expected.school_indicator)
