"""Every unit test of the dbt project passes: that of each formula, on the project as it is."""

from __future__ import annotations

import pytest

from junheng.core.data import read_yaml
from tests.integration.mutations import open_workshop
from tests.oracle.build import PROJECT


def declared() -> set[tuple[str, str]]:
    """Model and name of the unit tests that the project declares."""
    files = [read_yaml(path) for path in (PROJECT / "models").rglob("*.yml")]
    return {(test["model"], test["name"]) for file in files for test in file.get("unit_tests", ())}


def test_all_unit_tests_pass(tmp_path_factory: pytest.TempPathFactory) -> None:
    outcomes = open_workshop(tmp_path_factory).unit_tests("test_type:unit")
    assert {test for test, outcome in outcomes.items() if outcome != "PASS"} == set()
    assert outcomes.keys() == declared() != set()
