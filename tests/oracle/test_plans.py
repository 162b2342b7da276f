"""How the engine goes about a model: schools are found by their keys, never by a look at every pair of rows.

An outer join whose condition speaks of one side alone, or of both in an expression, loses its keys. With the schools of a county
nobody notices; with those of a nation it takes most of the build.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.oracle.compiled import compiled

_KEY = re.compile(r"(?<!OR )\(\w*school_code = \w*school_code\)")


def pairwise(connection: duckdb.DuckDBPyConnection, select: str) -> list[str]:
    """Conditions of the joins of a query that compare every pair of rows though a school is among their keys."""
    (plan,) = (text for kind, text in connection.execute(f"explain (format json) {select}").fetchall() if kind == "physical_plan")
    return [
        condition
        for node in _nodes(json.loads(plan))
        if node["name"] == "BLOCKWISE_NL_JOIN" and _KEY.search(condition := str(node["extra_info"]["Condition"]))
    ]


def _nodes(plans: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in plans:
        yield node
        yield from _nodes(node["children"])


def test_schools_are_found_by_their_keys(tmp_path_factory: pytest.TempPathFactory) -> None:
    project = compiled(tmp_path_factory)
    with duckdb.connect(str(project.database), read_only=True) as connection:
        found = {each.name: pairwise(connection, each.select) for each in project.statements if each.select}
    assert len(found) > 100
    assert {name: conditions for name, conditions in found.items() if conditions} == {}


def test_a_condition_on_one_side_of_an_outer_join_is_seen() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table schools (school_code varchar, kind varchar)")
        join = "select * from schools as a left join schools as b on a.school_code = b.school_code"
        assert pairwise(connection, join) == []
        assert len(pairwise(connection, f"{join} and a.kind = 'x'")) == 1
        assert len(pairwise(connection, f"{join} and a.kind in (b.kind, 'all')")) == 1
