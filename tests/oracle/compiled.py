"""The project built once with nothing in it, and what dbt ran for that: the same SQL builds other rows without dbt.

No statement depends on the rows it reads. What runs here is what dbt ran: contracts, data tests and all.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.oracle import build
from tests.sharing import shared

DATA_TESTS = ("generic", "singular")
NO_TEST = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")


@dataclass(frozen=True)
class Statement:
    """What dbt runs for a model (it builds it) or a data test (it counts the rows that should not be).

    ``kind``: table, view, generic or singular; ``relation`` and ``select``: name and query of a model.
    """

    name: str
    kind: str
    reads: frozenset[str]
    sql: str
    relation: str = ""
    select: str = ""

    @property
    def is_test(self) -> bool:
        """Whether it looks at models instead of making one."""
        return self.kind in DATA_TESTS


@dataclass(frozen=True)
class CompiledProject:
    """A build with seeds and empty models, dbt's artefacts of it beside it, and its statements, an input before what reads it."""

    database: Path
    statements: tuple[Statement, ...]

    @property
    def manifest(self) -> Path:
        """What dbt knows of the project."""
        return self.database.parent / "target" / "manifest.json"

    def build(
        self,
        path: Path,
        *marts: str,
        data_tests: Sequence[str] = DATA_TESTS,
        change_seeds: Callable[[duckdb.DuckDBPyConnection], None] = lambda _: None,
    ) -> Path:
        """Build a database made by ``make_build_db``: everything, or these models and what they are made of.

        ``change_seeds`` is called once they are laid. Raises AssertionError with the names of data tests that found something.
        """
        models = {statement.name: statement for statement in self.statements if not statement.is_test}
        wanted = self.behind(*marts) if marts else models.keys()
        with duckdb.connect(str(path)) as connection:
            self.lay_seeds(connection)
            change_seeds(connection)
            for name, model in models.items():
                if name in wanted:
                    connection.execute(model.sql)
            tests = [each for each in self.statements if each.kind in data_tests and each.reads <= wanted]
            counted = {each.name: connection.execute(each.sql).fetchall()[0][0] for each in tests}
        assert {name: failures for name, failures in counted.items() if failures} == {}
        return path

    def lay_seeds(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Every seed, and the schemas of the models."""
        connection.execute(f"attach '{self.database}' as kept (read_only)")
        for schema in ("seeds", "staging", "intermediate", "marts"):
            connection.execute(f"create schema {schema}")
        seeds = "select table_name from duckdb_tables() where database_name = 'kept' and schema_name = 'seeds'"
        for (seed,) in connection.execute(seeds).fetchall():
            connection.execute(f"create table seeds.{seed} as from kept.seeds.{seed}")
        connection.execute("detach kept")

    def behind(self, *marts: str) -> set[str]:
        """These models and every model they are made of."""
        models = {statement.name: statement for statement in self.statements if not statement.is_test}
        found: set[str] = set()
        waiting = list(marts)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += models[name].reads
        return found


def compiled(factory: pytest.TempPathFactory) -> CompiledProject:
    """The same for every process of this test run; nobody changes it."""
    return shared(factory, "compiled", _make)


def _make(folder: Path) -> CompiledProject:
    path = build.make_build_db(folder, [])
    build.run_dbt(path, "build", *NO_TEST, artefacts=True)
    ran = {each["unique_id"]: each["compiled_code"] for each in _artefact(folder, "run_results")["results"]}
    nodes = _artefact(folder, "manifest")["nodes"]
    statements: list[Statement] = []
    inlined = {key: node for key, node in nodes.items() if node["config"]["materialized"] == "ephemeral"}
    waiting = {key: node for key, node in nodes.items() if node["resource_type"] == "model" and key not in inlined}
    while waiting:
        ready = [key for key, node in waiting.items() if not waiting.keys() & _read_by(node, inlined)]
        for key in sorted(ready):
            node = waiting.pop(key)
            sql = (folder / "target" / "run" / "junheng" / node["original_file_path"]).read_text(encoding="utf-8")
            made = (node["name"], node["config"]["materialized"], _reads(node, inlined), sql.replace('__dbt_tmp"', '"'))
            statements.append(Statement(*made, f"{node['schema']}.{node['name']}", ran[key]))
    work = folder / "tests"
    shutil.copytree(folder / "target", work / "target", ignore=shutil.ignore_patterns("run", "compiled"))
    build.run_dbt(path, "compile", "--select", "resource_type:test", "--exclude", "path:tests/grains", work=work, artefacts=True)
    for node in _artefact(work, "manifest")["nodes"].values():
        if node["resource_type"] == "test" and node["config"]["severity"].lower() == "error" and node.get("compiled_code"):
            counted = f"select {node['config']['fail_calc']} from ({node['compiled_code']}) as found"
            kind = "generic" if "test_metadata" in node else "singular"
            statements.append(Statement(node["name"], kind, _reads(node, inlined), counted))
    return CompiledProject(path, tuple(statements))


def _artefact(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "target" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _reads(node: dict[str, Any], inlined: dict[str, dict[str, Any]]) -> frozenset[str]:
    """Names of the models that a node reads."""
    return frozenset(key.rsplit(".", 1)[-1] for key in _read_by(node, inlined) if key.startswith("model."))


def _read_by(node: dict[str, Any], inlined: dict[str, dict[str, Any]]) -> set[str]:
    """Ids of the nodes that a node reads; of a model that stands inside its SQL those that this one reads."""
    read: set[str] = set()
    for key in node["depends_on"]["nodes"]:
        read |= _read_by(inlined[key], inlined) if key in inlined else {key}
    return read
