"""The models compiled for another engine, without its adapter: nothing is run, so no connection to it is needed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.oracle import build
from tests.sharing import shared

_RELATION = re.compile(r'"junheng_build"\."(\w+)"\."(\w+)"')


@dataclass(frozen=True)
class Compiled:
    """SQL of a model in the other engine's words, and the nodes it reads; one not stored stands in the SQL of its readers."""

    name: str
    schema: str
    sql: str
    reads: tuple[str, ...]
    is_stored: bool


def compile_models(dialect: str, factory: pytest.TempPathFactory) -> dict[str, Compiled]:
    """Every model, by unique id, an input before what reads it; compiled once for all who ask.

    Relations are named schema.table: how a relation is quoted is the adapter's part, which is not there.
    """
    return shared(factory, f"compiled-{dialect}", lambda folder: _compile(dialect, folder))


def _compile(dialect: str, folder: Path) -> dict[str, Compiled]:
    path = build.make_build_db(folder, [])
    variables = json.dumps({"target_dialect": dialect})
    build.run_dbt(path, "compile", "--select", "resource_type:model", "--vars", variables, artefacts=True)
    nodes = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    found: dict[str, Compiled] = {}
    waiting = {key: node for key, node in nodes.items() if node["resource_type"] == "model"}
    while waiting:
        ready = [key for key, node in waiting.items() if not waiting.keys() & set(node["depends_on"]["nodes"])]
        for key in sorted(ready):
            node = waiting.pop(key)
            text = (folder / "target" / "compiled" / "junheng" / node["original_file_path"]).read_text(encoding="utf-8")
            sql, is_stored = _RELATION.sub(r"\1.\2", text), node["config"]["materialized"] != "ephemeral"
            found[key] = Compiled(node["name"], node["schema"], sql, tuple(node["depends_on"]["nodes"]), is_stored)
    return found
