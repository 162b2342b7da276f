"""Every module has its turn, every line of the lists names something, and what starts a large library is slow."""

from __future__ import annotations

import re

import pytest

from tests.conftest import LONGEST_FIRST, SLOW, TESTS, is_slow, rank

STARTS = re.compile(r"\b(run_dbt|compile_models|compiled\(|gx_suite|great_expectations|inprocess|run_bouncer)")
"""Words of a module that starts dbt, Great Expectations or Airflow, or holds the whole parsed project."""
NAMES_THEM_ONLY = {"unit/junheng/cli/test_loaded.py", "unit/tests/test_order.py"}
UNIT = sorted((TESTS / "unit").rglob("test_*.py"))


def test_every_module_has_a_turn_and_every_line_a_module() -> None:
    modules = sorted(TESTS.rglob("test_*.py"))
    assert {rank(path) for path in modules} == set(range(len(LONGEST_FIRST)))
    assert (
        rank(TESTS / "e2e" / "test_killed.py") < rank(TESTS / "e2e" / "test_pages.py") < rank(TESTS / "unit" / "x" / "test_y.py")
    )


@pytest.mark.parametrize("name", SLOW)
def test_what_is_slow_exists_and_is_a_part_of_the_unit_tests(name: str) -> None:
    assert (TESTS / name).exists()
    assert 0 < sum(path.relative_to(TESTS).is_relative_to(name) for path in UNIT) < len(UNIT) / 2


def test_what_starts_a_large_library_is_slow() -> None:
    starting = {path for path in UNIT if STARTS.search(path.read_text(encoding="utf-8"))}
    assert {str(path.relative_to(TESTS)) for path in starting if not is_slow(path)} == NAMES_THEM_ONLY
