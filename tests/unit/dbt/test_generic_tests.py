"""The generic tests of the project find exactly the planted rows. One dbt call shows them all."""

from __future__ import annotations

import json

import pytest

from tests.oracle import build

GRAIN = "(select * from (values (1, 'a'), (1, 'a'), (1, 'b'), (2, null)) as rows_given (number, letter))"
PARENTS = "(select * from (values (1, 2024), (2, 2025)) as parents (code, school_year))"
CHILDREN = "(select * from (values (1, 2024), (1, 2025), (2, 2025), (null, 2025)) as children (code, school_year))"

CODED = (
    "(select * from (values (1, 2024, 'met', null, '达标'), (2, 2025, 'gone', 'shut', '达'), (3, 2025, null, 'shut', null),"
    " (1, 2024, null, null, null)) as coded (code, school_year, verdict, state, verdict_zh))"
)
CODES = {"verdict": ["verdict"], "issue_state": ["state"]}
WORDS = {"verdict": ["verdict_zh"]}
PARENT = {"to": PARENTS, "columns": ["code", "school_year"]}

CASES = {
    "unique_grain": f'{{{{ test_unique_grain("{GRAIN}", columns=["number", "letter"]) }}}}',
    "unique_grain_may_be_empty": f'{{{{ test_unique_grain("{GRAIN}", columns=["number", "letter"], may_be_empty=["letter"]) }}}}',
    "expect_parent_row": f'{{{{ test_expect_parent_row("{CHILDREN}", to="{PARENTS}", columns=["code", "school_year"]) }}}}',
    "sound_rows": f'{{{{ test_sound_rows("{CODED}", columns=["code"], codes={CODES}, words={WORDS}, parents=[{PARENT}]) }}}}',
}
FOUND = {
    "unique_grain": {(1, "a", 2), (2, None, 1)},
    "unique_grain_may_be_empty": {(1, "a", 2)},
    "expect_parent_row": {(1, 2025, 1), (None, 2025, 1)},
    "sound_rows": {
        ("code", "1", 2),
        ("verdict", "gone", 1),
        ("state", "shut", 2),
        ("verdict_zh", "达", 1),
        ("code, school_year", "3, 2025", 1),
    },
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = build.make_build_db(tmp_path_factory.mktemp("generic"), [])
    build.run_dbt(path, "--quiet", "seed", "--select", "code_labels")
    each = [
        f"select '{name}' as name, cast(to_json(found) as varchar) as row from ({sql}) as found" for name, sql in CASES.items()
    ]
    words = ("--inline", " union all ".join(each), "--limit", "-1", "--output", "json")
    result = build.run_dbt(path, "--quiet", "show", *words)
    return [(row["name"], tuple(json.loads(row["row"]).values())) for row in json.loads(result.stdout)["show"]]


@pytest.mark.parametrize("name", CASES)
def test_generic_test_finds_the_planted_rows(name, found):
    assert sorted((row for of, row in found if of == name), key=str) == sorted(FOUND[name], key=str)
