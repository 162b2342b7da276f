"""Dashboards of Superset as files to import: datasets from the contracts of the marts, the rest from ``superset.yml``.

``python -m publish.serve.superset FILE.zip`` writes them. Metrics show published figures as they are; nothing is computed again.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field

from junheng.core.typed import StrictModel, load
from publish.serve.postgres import SCHEMA
from publish.tables.mart_docs import DescribedMart, marts

_FILE = Path(__file__).with_name("superset.yml")
_NAMES = uuid.UUID("6b1d0c6e-5a55-5c0e-9d9b-0f7a52a3c0de")
_VERSION = "1.0.0"
_WIDTH = 12
"""Columns of a dashboard."""
_YEAR = "school_year"
_FORMAT = ",.3~f"
_NUMBER = re.compile(r"decimal|double")
_TIMES = ("date", "timestamp")
Content = dict[str, Any]


class DashboardChart(StrictModel):
    """A chart: its dataset, what stands where, which rows."""

    title: str
    viz: Literal["table", "line", "bar"]
    dataset: str
    columns: list[str] = Field(default_factory=list)
    """Of a table, in their order; of a bar or a line: what tells its series apart."""
    x: str = ""
    metric: str = ""
    """Column whose published figure is shown."""
    where: str = ""
    order: str = ""
    """Column by which rows or bars are sorted; ``-`` before it: largest first."""
    width: int = 12
    limit: int = 1000


class SupersetDashboard(StrictModel):
    """A dashboard."""

    slug: str
    title: str
    about: str
    charts: list[DashboardChart]


class SupersetBundle(StrictModel):
    """``superset.yml``."""

    database: str
    uri: str
    time_columns: list[str]
    """Which date of a mart is its axis of time: the first of these that it has."""
    rows: str
    year: str
    """Name of the filter by school year."""
    dashboards: list[SupersetDashboard]


def described_bundle() -> SupersetBundle:
    """What is to be shown."""
    return load(_FILE, SupersetBundle)


def _id(*names: str) -> str:
    return str(uuid.uuid5(_NAMES, "/".join(names)))


def bundle(described: SupersetBundle, contracts: Sequence[DescribedMart]) -> dict[str, Content]:
    """Contents of the files by their paths. Raises KeyError for a mart or a column that no contract knows."""
    known = {mart.name: mart for mart in contracts if not mart.is_restricted}
    charts = [chart for dashboard in described.dashboards for chart in dashboard.charts]
    files: dict[str, Content] = {
        "metadata.yaml": {"version": _VERSION, "type": "Dashboard", "timestamp": "2026-01-01T00:00:00+00:00"},
        "databases/junheng.yaml": {
            "database_name": described.database,
            "sqlalchemy_uri": described.uri,
            "expose_in_sqllab": True,
            "allow_run_async": False,
            "allow_ctas": False,
            "allow_cvas": False,
            "allow_dml": False,
            "extra": {"schemas_allowed_for_file_upload": []},
            "uuid": _id("database"),
            "version": _VERSION,
        },
    }
    for name in sorted({chart.dataset for chart in charts}):
        used = [chart.metric for chart in charts if chart.dataset == name and chart.metric]
        files[f"datasets/junheng/{name}.yaml"] = _dataset(described, known[name], sorted(set(used)))
    for dashboard in described.dashboards:
        for chart in dashboard.charts:
            _check(chart, known[chart.dataset])
            numbers = [column.name for column in known[chart.dataset].columns if _NUMBER.match(column.data_type)]
            files[f"charts/{dashboard.slug}_{dashboard.charts.index(chart) + 1}.yaml"] = _chart(dashboard, chart, numbers)
        filters = _year_filter(described, dashboard, known)
        files[f"dashboards/{dashboard.slug}.yaml"] = _dashboard(dashboard, filters)
    return files


def _check(chart: DashboardChart, mart: DescribedMart) -> None:
    columns = {column.name for column in mart.columns}
    for name in (*chart.columns, chart.x, chart.metric, chart.order.removeprefix("-")):
        if name and name not in columns:
            raise KeyError(f"{mart.name}.{name}")


def _dataset(described: SupersetBundle, mart: DescribedMart, used: Sequence[str]) -> Content:
    labels = {column.name: column.label_zh for column in mart.columns}
    metrics = [{"metric_name": "count", "verbose_name": described.rows, "metric_type": "count", "expression": "count(*)"}]
    metrics += [
        # of rows that say the same figure; where they differ the chart has to name what tells them apart
        {"metric_name": _metric(name), "verbose_name": labels[name], "metric_type": "max", "expression": f"max({name})"}
        for name in used
    ]
    return {
        "table_name": mart.name,
        "main_dttm_col": next((name for name in described.time_columns if name in labels), None),
        "description": f"{mart.question_zh} {mart.description}",
        "schema": SCHEMA,
        "metrics": metrics,
        "columns": [
            {
                "column_name": column.name,
                "verbose_name": column.label_zh,
                "description": column.description,
                "is_dttm": column.data_type in _TIMES,
                "is_active": True,
                "type": column.data_type.upper(),
                "groupby": True,
                "filterable": True,
            }
            for column in mart.columns
        ],
        "uuid": _id("dataset", mart.name),
        "database_uuid": _id("database"),
        "version": _VERSION,
    }


def _metric(column: str) -> str:
    return f"published_{column}"


def _chart(dashboard: SupersetDashboard, chart: DashboardChart, numbers: Sequence[str]) -> Content:
    return {
        "slice_name": chart.title,
        "viz_type": {"table": "table", "line": "echarts_timeseries_line", "bar": "echarts_timeseries_bar"}[chart.viz],
        "params": _params(chart, numbers),
        "uuid": _id("chart", dashboard.slug, chart.title),
        "dataset_uuid": _id("dataset", chart.dataset),
        "version": _VERSION,
    }


def _params(chart: DashboardChart, numbers: Sequence[str]) -> Content:
    where = [{"clause": "WHERE", "expressionType": "SQL", "sqlExpression": chart.where}] if chart.where else []
    params: Content = {"adhoc_filters": where, "row_limit": chart.limit}
    order, ascending = chart.order.removeprefix("-"), not chart.order.startswith("-")
    if chart.viz == "table":
        sorted_by = [json.dumps([order, ascending])] if order else []
        formats = {name: {"d3NumberFormat": _FORMAT} for name in chart.columns if name in numbers}
        params |= {"viz_type": "table", "query_mode": "raw", "all_columns": chart.columns, "order_by_cols": sorted_by}
        return params | {"column_config": formats, "show_cell_bars": False, "table_timestamp_format": "%Y-%m-%d"}
    params |= {"x_axis": chart.x, "metrics": [_metric(chart.metric)], "groupby": chart.columns, "y_axis_format": _FORMAT}
    if chart.viz == "line":
        return params | {"viz_type": "echarts_timeseries_line", "markerEnabled": True, "show_legend": True}
    sorting: Content = {"x_axis_sort": _metric(chart.metric), "x_axis_sort_asc": ascending} if order else {}
    return params | sorting | {"viz_type": "echarts_timeseries_bar", "orientation": "horizontal"}


def _year_filter(described: SupersetBundle, dashboard: SupersetDashboard, known: Mapping[str, DescribedMart]) -> list[Content]:
    """A filter that begins with the newest school year and leaves alone what is drawn over time."""
    marts_of = [chart.dataset for chart in dashboard.charts if chart.viz != "line"]
    dated = [name for name in marts_of if _YEAR in (column.name for column in known[name].columns)]
    if not dated:
        return []
    return [
        {
            "id": f"NATIVE_FILTER-{dashboard.slug}",
            "name": described.year,
            "type": "NATIVE_FILTER",
            "filterType": "filter_select",
            "targets": [{"column": {"name": _YEAR}, "datasetUuid": _id("dataset", dated[0])}],
            "controlValues": {
                "multiSelect": False,
                "enableEmptyFilter": True,
                "defaultToFirstItem": True,
                "sortAscending": False,
            },
            "defaultDataMask": {"extraFormData": {}, "filterState": {}},
            "requiredFirst": True,
            "cascadeParentIds": [],
            "scope": {
                "rootPath": ["ROOT_ID"],
                "excluded": [number for number, chart in enumerate(dashboard.charts, 1) if chart.viz == "line"],
            },
        }
    ]


def _dashboard(dashboard: SupersetDashboard, filters: list[Content]) -> Content:
    position: Content = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard.title}},
    }
    left = 0
    row = ""
    for number, chart in enumerate(dashboard.charts, 1):
        if chart.width > left:
            row, left = f"ROW-{number}", _WIDTH
            position[row] = {"type": "ROW", "id": row, "children": [], "parents": ["ROOT_ID", "GRID_ID"]}
            position[row]["meta"] = {"background": "BACKGROUND_TRANSPARENT"}
            position["GRID_ID"]["children"].append(row)
        left -= chart.width
        place = f"CHART-{number}"
        position[place] = {
            "type": "CHART",
            "id": place,
            "children": [],
            "parents": ["ROOT_ID", "GRID_ID", row],
            "meta": {
                "width": chart.width,
                "height": 100 if chart.viz == "bar" else 60,
                "chartId": number,
                "uuid": _id("chart", dashboard.slug, chart.title),
                "sliceName": chart.title,
            },
        }
        position[row]["children"].append(place)
    return {
        "dashboard_title": dashboard.title,
        "description": dashboard.about,
        "css": "",
        "published": True,
        "slug": f"junheng-{dashboard.slug.replace('_', '-')}",
        "uuid": _id("dashboard", dashboard.slug),
        "position": position,
        "metadata": {"color_scheme": "supersetColors", "cross_filters_enabled": True, "native_filter_configuration": filters},
        "version": _VERSION,
    }


def write(files: Mapping[str, Content], out: Path) -> None:
    """Write the files as the archive that Superset imports."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(f"junheng/{path}", yaml.safe_dump(content, allow_unicode=True, sort_keys=False))


def main(out: Path) -> int:
    """Write the archive."""
    write(bundle(described_bundle(), marts()), out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
