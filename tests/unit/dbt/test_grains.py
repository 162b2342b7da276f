"""Tests of grains that are asked together: none is left out, none stands twice, and what is broken is named as before."""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from devtools import grains
from publish.tables.artifacts import read_manifest

MANIFEST = grains.MANIFEST


@lru_cache(maxsize=1)
def nodes() -> dict[str, dict[str, Any]]:
    return dict(json.loads(MANIFEST.read_text(encoding="utf-8"))["nodes"])


def folds() -> dict[str, tuple[str, ...]]:
    return read_manifest(MANIFEST).folds


def place(uid: str) -> list[str]:
    """Layer and room of a model."""
    return list(nodes()[uid]["original_file_path"].split("/")[1:3])


def test_the_lists_are_those_of_the_project() -> None:
    """``python -m devtools.grains`` writes them after `make setup`."""
    lying = {path.name: path.read_text(encoding="utf-8") for path in grains.FOLDER.iterdir()}
    assert lying == grains.tests(json.loads(MANIFEST.read_text(encoding="utf-8")))


def test_a_list_of_a_room_that_has_none_any_more_goes(tmp_path: Path) -> None:
    (tmp_path / "grains_of_marts_gone.sql").write_text("", encoding="utf-8")
    grains.write(tmp_path, {"grains_of_marts_core.sql": "text"})
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {"grains_of_marts_core.sql": "text"}


def test_every_grain_of_a_layer_is_asked_once_in_the_test_of_its_room() -> None:
    declared = [
        uid
        for uid, node in nodes().items()
        if (node.get("test_metadata") or {}).get("name") == "unique_grain"
        and str(node["attached_node"]).startswith("model.")
        and place(node["attached_node"])[0] in grains.LAYERS
    ]
    assert Counter(member for members in folds().values() for member in members) == Counter(declared)
    assert len(declared) > 140
    wrong = {
        (nodes()[fold]["name"], model)
        for fold in folds()
        for model in nodes()[fold]["depends_on"]["nodes"]
        if nodes()[fold]["name"] != "_".join(["grains_of", *place(model)])
    }
    assert wrong == set()


@pytest.mark.parametrize("fold", folds())
def test_each_broken_grain_is_named(fold: str) -> None:
    members = {uid: nodes()[uid] for uid in folds()[fold]}
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("attach ':memory:' as junheng_build")
        tables = {}
        for uid, test in members.items():
            model, columns = nodes()[test["attached_node"]], test["test_metadata"]["kwargs"]["columns"]
            tables[uid] = f"junheng_build.{model['schema']}.{model['name']}"
            connection.execute(f"create schema if not exists junheng_build.{model['schema']}")
            connection.execute(f"create table {tables[uid]} as select {', '.join(f'1 as {name}' for name in columns)}")
        asked = nodes()[fold]["compiled_code"]
        assert connection.execute(asked).fetchall() == []
        for uid, table in tables.items():
            connection.execute(f"insert into {table} from {table}")
            assert connection.execute(asked).fetchall() == [(members[uid]["name"], 1)]
            connection.execute(f"delete from {table}")
