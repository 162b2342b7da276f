"""The conventions of the dbt project hold on the parsed project, their exceptions are needed, and each of them can be broken."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt_bouncer import run_bouncer

from tests.oracle.build import PROJECT

CONFIG = PROJECT / "dbt-bouncer.yml"
EXCEPTIONS = 5
"""How many there are. The number may only become smaller."""

Found = set[tuple[str, str]]
"""Check and file of each model that breaks it."""


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return dict(json.loads((PROJECT / "target" / "manifest.json").read_text(encoding="utf-8")))


def config() -> dict[str, Any]:
    return dict(yaml.safe_load(CONFIG.read_text(encoding="utf-8")))


def broken(manifest: dict[str, Any], conventions: dict[str, Any], folder: Path) -> Found:
    """What of the manifest breaks a convention."""
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    path = folder / "dbt-bouncer.yml"
    path.write_text(yaml.safe_dump({**conventions, "dbt_artifacts_dir": str(folder)}), encoding="utf-8")
    results = folder / "results.json"
    run_bouncer(config_file=path, output_file=results, output_only_failures=True)
    failed = json.loads(results.read_text(encoding="utf-8")) if results.exists() else []
    assert {result["outcome"] for result in failed} <= {"failed"}
    return {(result["failure_message"].split(" - ")[0], result["file_path"]) for result in failed}


def test_the_project_keeps_its_conventions(manifest: dict[str, Any], tmp_path: Path) -> None:
    assert broken(manifest, config(), tmp_path) == set()


def test_each_exception_is_one_file_and_still_needed(manifest: dict[str, Any], tmp_path: Path) -> None:
    strict = config()
    excepted = {
        (check["description"], re.sub(r"\\(.)", r"\1", pattern.removeprefix("^").removesuffix("$")))
        for check in strict["manifest_checks"]
        for pattern in check.pop("exclude", [])
    }
    assert broken(manifest, strict, tmp_path) == excepted
    assert len(excepted) == EXCEPTIONS


def reads(model: str, parent: str) -> Callable[[dict[str, Any]], None]:
    def plant(manifest: dict[str, Any]) -> None:
        assert parent in manifest["nodes"] | manifest["sources"]
        manifest["nodes"][model]["depends_on"]["nodes"].append(parent)

    return plant


def says(model: str, *path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def plant(manifest: dict[str, Any]) -> None:
        node = manifest["nodes"][model]
        for key in path[:-1]:
            node = node[key]
        assert node[path[-1]]
        node[path[-1]] = value

    return plant


def is_dead(manifest: dict[str, Any]) -> None:
    for node in manifest["nodes"].values():
        parents = node["depends_on"].get("nodes", [])
        node["depends_on"]["nodes"] = [parent for parent in parents if parent != "model.junheng.int_venues__use"]


def has_no_grain(manifest: dict[str, Any]) -> None:
    nodes = manifest["nodes"]
    manifest["nodes"] = {uid: node for uid, node in nodes.items() if node.get("attached_node") != "model.junheng.int_venues__use"}


UNIT = "models/marts/issue/fct_unit_performance.sql"
USE, FACT = "models/intermediate/lists/int_venues__use.sql", "models/marts/resources/fct_project.sql"
PLANTED: dict[str, tuple[Callable[[dict[str, Any]], None], str, str]] = {
    "staging_reads_staging": (
        reads("model.junheng.stg_run__night", "model.junheng.stg_run__check"),
        "Staging reads sources and nothing else.",
        "models/staging/run/stg_run__night.sql",
    ),
    "staging_reads_seed": (
        reads("model.junheng.stg_run__night", "seed.junheng.stages"),
        "Staging reads sources and nothing else.",
        "models/staging/run/stg_run__night.sql",
    ),
    "intermediate_reads_source": (
        reads("model.junheng.int_venues__use", "source.junheng.run.night"),
        "Only staging reads a source.",
        USE,
    ),
    "intermediate_reads_mart": (
        reads("model.junheng.int_venues__use", "model.junheng.dim_school"),
        "Intermediates read no mart.",
        USE,
    ),
    "mart_reads_staging": (
        reads("model.junheng.fct_project", "model.junheng.stg_projects__project"),
        "Marts read no staging.",
        FACT,
    ),
    "mart_not_public": (says("model.junheng.fct_unit_performance", "access", value="protected"), "Marts are public.", UNIT),
    "staging_public": (
        says("model.junheng.stg_run__night", "access", value="public"),
        "Staging is protected.",
        "models/staging/run/stg_run__night.sql",
    ),
    "dead": (is_dead, "Somebody reads each model that is no mart.", USE),
    "no_description": (
        says("model.junheng.fct_project", "description", value=""),
        "Every model says what one row of it is.",
        FACT,
    ),
    "no_grain": (
        has_no_grain,
        "Every model that is stored says by which columns a row is found.",
        USE,
    ),
    "no_contract": (
        says("model.junheng.fct_project", "contract", "enforced", value=False),
        "Types of what is delivered and of what is published are promised.",
        FACT,
    ),
    "no_meaning": (
        says("model.junheng.fct_project", "columns", "work_kind", "description", value=""),
        "Every column of a fact has a meaning.",
        FACT,
    ),
}


def outsiders(manifest: dict[str, Any], model: str) -> set[str]:
    """Models outside of its group that read a model."""
    readers = [manifest["nodes"][uid] for uid in manifest["child_map"][model] if uid.startswith("model.")]
    return {reader["name"] for reader in readers if reader["group"] != manifest["nodes"][model]["group"]}


def test_what_only_its_group_reads_is_private(manifest: dict[str, Any]) -> None:
    grouped = {uid: node for uid, node in manifest["nodes"].items() if node["resource_type"] == "model" and node["group"]}
    inner = {uid: node for uid, node in grouped.items() if node["access"] != "public"}
    private = {uid for uid, node in inner.items() if node["access"] == "private"}
    assert private == {uid for uid in inner if not outsiders(manifest, uid)}
    assert {node["group"] for node in grouped.values()} == {uid.rsplit(".", 1)[-1] for uid in manifest["groups"]}


def test_every_mart_is_in_the_group_of_its_room(manifest: dict[str, Any]) -> None:
    marts = [node for node in manifest["nodes"].values() if node["schema"] == "marts" and node["resource_type"] == "model"]
    assert {node["group"] == Path(node["original_file_path"]).parent.name for node in marts} == {True}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_violation_is_found(name: str, manifest: dict[str, Any], tmp_path: Path) -> None:
    plant, convention, file = PLANTED[name]
    planted = deepcopy(manifest)
    plant(planted)
    assert broken(planted, config(), tmp_path) == {(convention, file)}


def test_every_convention_is_seen_broken() -> None:
    conventions = {check["description"] for check in config()["manifest_checks"]}
    assert {convention for _, convention, _ in PLANTED.values()} == conventions - {"Somebody reads each source."}
