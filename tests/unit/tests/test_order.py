"""Every module has its turn, and every line of the order names something."""

from __future__ import annotations

from tests.conftest import LONGEST_FIRST, TESTS, rank


def test_every_module_has_a_turn_and_every_line_a_module() -> None:
    modules = sorted(TESTS.rglob("test_*.py"))
    assert {rank(path) for path in modules} == set(range(len(LONGEST_FIRST)))
    assert (
        rank(TESTS / "e2e" / "test_killed.py") < rank(TESTS / "e2e" / "test_pages.py") < rank(TESTS / "unit" / "x" / "test_y.py")
    )
