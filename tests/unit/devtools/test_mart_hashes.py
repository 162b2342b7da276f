"""Which marts differ, and whether the reasons given are those of what differs."""

import pytest

from devtools.mart_hashes import compared

BEFORE = {"dim_area": "a", "dim_school": "b", "fct_old": "c"}
AFTER = {"dim_area": "a", "dim_school": "x", "fct_new": "d"}
REASONS = {"dim_school": "a column more", "fct_old": "replaced", "fct_new": "replaces fct_old"}


def test_what_differs_is_told_with_its_reason() -> None:
    lines, is_explained = compared(BEFORE, AFTER, REASONS)
    assert lines == [
        "1 marts have the same hash",
        "dim_school: differs: a column more",
        "fct_new: new: replaces fct_old",
        "fct_old: gone: replaced",
    ]
    assert is_explained


@pytest.mark.parametrize("left_out", REASONS)
def test_a_mart_that_differs_wants_a_reason(left_out: str) -> None:
    lines, is_explained = compared(BEFORE, AFTER, {name: why for name, why in REASONS.items() if name != left_out})
    assert not is_explained
    assert [line for line in lines if "NO REASON GIVEN" in line] == [line for line in lines if line.startswith(left_out)]


def test_a_reason_for_what_does_not_differ_is_told() -> None:
    lines, is_explained = compared(BEFORE, AFTER, REASONS | {"dim_area": "nothing"})
    assert not is_explained
    assert "dim_area: the same: nothing" in lines
