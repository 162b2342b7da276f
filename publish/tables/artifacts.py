"""What dbt wrote about a build: its manifest (what was declared) and its run results (what happened)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Node = dict[str, Any]
"""A part of what dbt writes: of its many keys a few are read."""

MARTS = "marts"
GRAIN_TESTS = frozenset({"unique_grain", "sound_rows"})
"""Generic tests whose ``columns`` name a row."""
_FOLD = "macro.junheng.grains_of"
"""What a test is made with that asks others together."""


@dataclass(frozen=True)
class MartColumn:
    """A column of a mart as its yml describes it."""

    name: str
    comment: str
    volatile: bool
    """Times and paths: outside the content hash."""
    is_required: bool = False
    """Never empty."""


@dataclass(frozen=True)
class Mart:
    """A table of schema ``marts`` as its yml describes it."""

    name: str
    comment: str
    columns: dict[str, MartColumn]
    grain: tuple[str, ...] = ()
    """Columns that its test of the grain names; empty where it has none."""
    is_restricted: bool = False
    """Not for every reader of the marts: published in a file of its own."""

    @property
    def required(self) -> frozenset[str]:
        """Names of the columns that are never empty."""
        return frozenset(c.name for c in self.columns.values() if c.is_required)

    @property
    def volatile(self) -> frozenset[str]:
        """Names of the columns outside the content hash."""
        return frozenset(c.name for c in self.columns.values() if c.volatile)


@dataclass(frozen=True)
class DeclaredTest:
    """A data test of the manifest."""

    unique_id: str
    name: str
    severity: str
    kind: str
    """Of a generic test its name; a singular test is its own kind."""


@dataclass(frozen=True)
class Manifest:
    """The part of dbt's manifest that audit and release need."""

    marts: dict[str, Mart]
    tests: dict[str, DeclaredTest]
    """By id, without those that only ask others together."""
    folds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Ids of the tests that ask others together, each with the ids of those."""

    @property
    def restricted(self) -> frozenset[str]:
        """Names of the marts that are published apart."""
        return frozenset(mart.name for mart in self.marts.values() if mart.is_restricted)


@dataclass(frozen=True)
class NodeResult:
    """Outcome of one node of a dbt run. ``failures`` counts the rows a test found, ``sql`` is what it asked."""

    unique_id: str
    status: str
    failures: int | None
    sql: str | None = None


def _meta(node: Node) -> Node:
    """Meta of a node or column; dbt keeps it below ``config`` since 1.10 and beside it before."""
    return {**(node.get("meta") or {}), **((node.get("config") or {}).get("meta") or {})}


def _comment(node: Node) -> str:
    label = str(_meta(node).get("label_zh") or "").strip()
    description = " ".join(str(node.get("description") or "").split())
    return "：".join(part for part in (label, description) if part)


def _is_required(column: Node) -> bool:
    return any(constraint.get("type") == "not_null" for constraint in column.get("constraints") or [])


def _grains(nodes: dict[str, Node]) -> dict[str, tuple[str, ...]]:
    """Columns of the tests of the grain by the model they stand at."""
    declared = ((node.get("attached_node"), node.get("test_metadata") or {}) for node in nodes.values())
    return {str(model): tuple(test["kwargs"]["columns"]) for model, test in declared if test.get("name") in GRAIN_TESTS}


def _read(node: Node, kind: str) -> list[str]:
    """Ids of the ``nodes`` or ``macros`` that a node is made with."""
    return list((node.get("depends_on") or {}).get(kind) or [])


def _folded(fold: Node, nodes: dict[str, Node]) -> list[str]:
    """Ids of the tests that one asks together: those of their kind on the models that it reads."""
    models = _read(fold, "nodes")
    kinds = ((uid, node.get("attached_node"), node.get("test_metadata") or {}) for uid, node in nodes.items())
    return sorted(uid for uid, model, test in kinds if model in models and test.get("name") == "unique_grain")


def _mart(node: Node, grain: tuple[str, ...]) -> Mart:
    columns = {
        name: MartColumn(name, _comment(column), bool(_meta(column).get("volatile")), _is_required(column))
        for name, column in (node.get("columns") or {}).items()
    }
    restricted = bool(_meta(node).get("restricted"))
    return Mart(str(node.get("alias") or node["name"]), _comment(node), columns, grain, restricted)


def read_manifest(path: Path) -> Manifest:
    """Read ``target/manifest.json``."""
    nodes: dict[str, Node] = json.loads(path.read_text(encoding="utf-8"))["nodes"]
    enabled = {uid: node for uid, node in nodes.items() if (node.get("config") or {}).get("enabled", True)}
    grains = _grains(enabled)
    marts = [
        _mart(node, grains.get(uid, ()))
        for uid, node in enabled.items()
        if node["resource_type"] == "model" and node.get("schema") == MARTS
    ]
    tests = {
        uid: DeclaredTest(
            uid,
            node["name"],
            str((node.get("config") or {}).get("severity") or "error").lower(),
            str((node.get("test_metadata") or {}).get("name") or node["name"]),
        )
        for uid, node in enabled.items()
        if node["resource_type"] == "test"
    }
    folds = {uid: tuple(_folded(node, enabled)) for uid, node in enabled.items() if _FOLD in _read(node, "macros")}
    tests = {uid: test for uid, test in tests.items() if uid not in folds}
    return Manifest({mart.name: mart for mart in marts}, tests, folds)


def read_run_results(path: Path) -> dict[str, NodeResult]:
    """Read ``target/run_results.json``: outcome by unique id."""
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    return {
        r["unique_id"]: NodeResult(r["unique_id"], str(r["status"]).lower(), r.get("failures"), r.get("compiled_code"))
        for r in results
    }
