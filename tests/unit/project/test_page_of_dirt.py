"""The runbook's table of dirt names tests that exist."""

from __future__ import annotations

import ast
import re

from junheng.core.settings import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "runbooks" / "ingest_exports.md"
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_kind_of_dirt_has_a_test_that_exists() -> None:
    tables = PAGE.read_text(encoding="utf-8").split("## Dirt")[1]
    lines = [
        line for line in tables.splitlines() if line.startswith("|") and not line.startswith(("|--", "| dirt", "| container"))
    ]
    assert len(lines) > 40
    defined: dict[str, set[str]] = {}
    for line in lines:
        named = _TEST.findall(line)
        assert named, line
        for path, name in named:
            if path not in defined:
                tree = ast.parse((PROJECT_ROOT / path).read_text(encoding="utf-8"))
                defined[path] = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert name in defined[path], f"{path}::{name}"
