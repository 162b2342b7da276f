"""The lineage that ``make impact`` reads knows every column of every model of the project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publish.tables.lineage import ColumnName, Lineage, read_lineage
from tests.oracle import build


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lineage")
    build.run_dbt(build.make_build_db(folder, []), "compile", "--no-introspect", artefacts=True)
    return folder / "target" / "manifest.json"


@pytest.fixture(scope="module")
def lineage(manifest: Path) -> Lineage:
    return read_lineage(manifest, build.PROJECT)


def test_the_columns_of_a_model_are_those_of_its_contract(lineage: Lineage, manifest: Path) -> None:
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    contracted = {node["name"]: set(node["columns"]) for node in nodes if (node.get("contract") or {}).get("enforced")}
    assert len(contracted) > 80
    assert {name: set(lineage.traces[name].columns) for name in contracted} == contracted


def test_a_figure_of_the_census_reaches_coefficient_and_verdict_of_the_county(lineage: Lineage) -> None:
    reached = lineage.fed_by(ColumnName("stg_census__school", "multimedia_rooms"))
    assert {
        ColumnName("fct_school_indicator", "value"),
        ColumnName("fct_county_indicator", "difference_coefficient"),
        ColumnName("fct_county_verdict", "resource_verdict"),
    } <= reached
    assert not [name for name in reached if name.model in ("fct_monitoring_result", "dim_indicator")]


def test_a_limit_of_the_rules_reaches_the_verdict_and_not_the_coefficient(lineage: Lineage) -> None:
    reached = lineage.fed_by(ColumnName("rule_indicators", "difference_limit"))
    assert ColumnName("fct_county_indicator", "verdict") in reached
    assert ColumnName("fct_county_indicator", "difference_coefficient") not in reached
