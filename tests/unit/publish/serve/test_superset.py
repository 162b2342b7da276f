"""The dashboards of Superset say what the contracts say, and compute nothing again."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from publish.serve.postgres import SCHEMA
from publish.serve.superset import DashboardChart, SupersetBundle, bundle, described_bundle, main
from publish.tables.mart_docs import marts

MARTS = {mart.name: mart for mart in marts()}
FILES = bundle(described_bundle(), list(MARTS.values()))
CHARTS = [chart for dashboard in described_bundle().dashboards for chart in dashboard.charts]


def of(folder: str) -> list[dict[str, Any]]:
    return [content for path, content in FILES.items() if path.startswith(f"{folder}/")]


def test_datasets_are_the_contracts() -> None:
    assert len(of("datasets")) >= 8
    for dataset in of("datasets"):
        mart = MARTS[dataset["table_name"]]
        assert not mart.is_restricted
        assert mart.description in dataset["description"]
        given = [(column["column_name"], column["verbose_name"], column["description"]) for column in dataset["columns"]]
        assert given[: len(mart.columns)] == [(column.name, column.label_zh, column.description) for column in mart.columns]
        worded = described_bundle().names.get(mart.name, {})
        assert [name for name, _, _ in given[len(mart.columns) :]] == [f"{code}_zh" for code in worded]
        assert bool(dataset["sql"]) is bool(worded)
        times = {column["column_name"] for column in dataset["columns"] if column["is_dttm"]}
        assert times == {column.name for column in mart.columns if column.data_type in ("date", "timestamp")}
        assert dataset["main_dttm_col"] in times | {None}


# what people know as it stands, or what audit tables have no words for
CODES = {"county_code", "school_year", "check_id"}


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.title)
def test_codes_are_shown_in_words(chart: DashboardChart) -> None:
    """A column beside which one in words stands is not shown, and no county by its code where its name may be read."""
    described = {column.name for column in MARTS[chart.dataset].columns} | {
        f"{code}_zh" for code in described_bundle().names.get(chart.dataset, {})
    }
    assert not [name for name in chart.columns if f"{name}_zh" in described]
    assert "county_code" not in chart.columns or chart.dataset.startswith("aud_")
    assert not [name for name in chart.columns if name.endswith("_code") and name not in CODES]


def test_words_neither_add_rows_nor_lose_any() -> None:
    codes, counties = MARTS["dim_code"], MARTS["dim_county"]
    with duckdb.connect() as connection:
        connection.execute(f"create schema {SCHEMA}")
        projects = [{"county_code": "990101", "school_year": 2025, "state": state} for state in ("completed", None)]
        for mart, rows in (
            (codes, [{"list": "project_state", "code": "completed", "label_zh": "已完工"}]),
            (counties, [{"county_code": "990101", "school_year": year, "county_name": "示范县"} for year in (2024, 2025)]),
            (MARTS["fct_project"], projects),
            (MARTS["rpt_issue_ledger"], [{"county_code": code} for code in ("990101", "990102")]),
        ):
            names = ", ".join(f"{column.name} varchar" for column in mart.columns)
            connection.execute(f"create table {SCHEMA}.{mart.name} ({names})")
            for row in rows:
                marks = ", ".join("?" for _ in row)
                connection.execute(f"insert into {SCHEMA}.{mart.name} ({', '.join(row)}) values ({marks})", list(row.values()))
        queries = {dataset["table_name"]: dataset["sql"] for dataset in of("datasets")}
        shown = connection.sql(queries["fct_project"]).select("county_code_zh, state_zh").order("state_zh").fetchall()
        assert shown == [("示范县", "已完工"), ("示范县", None)]
        shown = connection.sql(queries["rpt_issue_ledger"]).select("county_code, county_code_zh").order("county_code").fetchall()
        assert shown == [("990101", "示范县"), ("990102", None)]


def test_a_school_year_is_one_place_on_its_axis() -> None:
    axes = {chart.x for chart in CHARTS if chart.viz == "line"}
    assert axes == {"school_year_label", "published_at"}
    assert all(chart["params"]["x_axis_sort"] in axes for chart in of("charts") if "line" in chart["viz_type"])


def test_metrics_show_published_figures_and_compute_none() -> None:
    for dataset in of("datasets"):
        for metric in dataset["metrics"]:
            assert re.fullmatch(r"count\(\*\)|max\(\w+\)", metric["expression"])
            assert metric["verbose_name"]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.title)
def test_conditions_name_columns_of_their_mart(chart: DashboardChart) -> None:
    names = set(re.findall(r"[a-z_][a-z0-9_]*", re.sub(r"'[^']*'", "", chart.where)))
    assert names - {"and", "or", "in", "is", "not", "null"} <= {column.name for column in MARTS[chart.dataset].columns}
    assert chart.viz == "table" or (chart.x and chart.metric)


def test_a_column_that_no_contract_knows_is_noticed() -> None:
    described = described_bundle().model_dump()
    described["dashboards"][0]["charts"][0]["columns"].append("no_such_column")
    with pytest.raises(KeyError, match="no_such_column"):
        bundle(SupersetBundle(**described), list(MARTS.values()))


def test_what_names_something_names_what_is_there() -> None:
    datasets, charts = ({content["uuid"] for content in of(folder)} for folder in ("datasets", "charts"))
    assert {dataset["database_uuid"] for dataset in of("datasets")} == {content["uuid"] for content in of("databases")}
    assert {chart["dataset_uuid"] for chart in of("charts")} == datasets
    placed = [
        place["meta"]["uuid"]
        for dashboard in of("dashboards")
        for place in dashboard["position"].values()
        if isinstance(place, dict) and place["type"] == "CHART"
    ]
    assert sorted(placed) == sorted(charts)
    assert len(charts) == len(CHARTS)
    for dashboard in of("dashboards"):
        for given in dashboard["metadata"]["native_filter_configuration"]:
            assert {target["datasetUuid"] for target in given["targets"]} <= datasets


def test_the_archive_is_what_is_imported(tmp_path: Path) -> None:
    out = tmp_path / "dashboards.zip"
    assert main(out) == 0
    with zipfile.ZipFile(out) as archive:
        assert {name.removeprefix("junheng/") for name in archive.namelist()} == FILES.keys()
        assert yaml.safe_load(archive.read("junheng/metadata.yaml"))["version"] == "1.0.0"
    assert all("password" not in str(content).lower() for content in FILES.values())
