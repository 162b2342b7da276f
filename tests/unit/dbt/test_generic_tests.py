"""The generic tests of the project find exactly the planted rows. One dbt call shows them all."""

from __future__ import annotations

import json

import pytest

from tests.oracle import build

GRAIN = "(select * from (values (1, 'a'), (1, 'a'), (1, 'b'), (2, null)) as rows_given (number, letter))"
PARENTS = "(select * from (values (1, 2024), (2, 2025)) as parents (code, school_year))"
CHILDREN = "(select * from (values (1, 2024), (1, 2025), (2, 2025), (null, 2025)) as children (code, school_year))"

CASES = {
    "unique_grain": f'{{{{ test_unique_grain("{GRAIN}", columns=["number", "letter"]) }}}}',
    "unique_grain_may_be_empty": f'{{{{ test_unique_grain("{GRAIN}", columns=["number", "letter"], may_be_empty=["letter"]) }}}}',
    "expect_parent_row": f'{{{{ test_expect_parent_row("{CHILDREN}", to="{PARENTS}", columns=["code", "school_year"]) }}}}',
}
FOUND = {
    "unique_grain": {(1, "a", 2), (2, None, 1)},
    "unique_grain_may_be_empty": {(1, "a", 2)},
    "expect_parent_row": {(1, 2025, 1), (None, 2025, 1)},
}


@pytest.mark.parametrize("name", CASES)
def test_generic_test_finds_the_planted_rows(name, tmp_path):
    path = build.make_build_db(tmp_path, [])
    result = build.run_dbt(path, "--quiet", "show", "--inline", CASES[name], "--output", "json")
    rows = json.loads(result.stdout)["show"]
    assert {tuple(row.values()) for row in rows} == FOUND[name]
