"""Dashboards of Superset as files to import: datasets from the contracts of the marts, the rest from ``superset.yml``.

``python -m publish.serve.superset FILE.zip [URI]`` writes them; URI: of the database as SQLAlchemy has it, without a password.
Metrics show published figures as they are; nothing is computed again.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field

from junheng.core.sql import literal
from junheng.core.typed import StrictModel, load
from publish.serve.postgres import SCHEMA
from publish.tables.mart_docs import DescribedColumn, DescribedMart, marts

_FILE = Path(__file__).with_name("superset.yml")
_NAMES = uuid.UUID("6b1d0c6e-5a55-5c0e-9d9b-0f7a52a3c0de")
_VERSION = "1.0.0"
_WIDTH = 12
"""Columns of a dashboard."""
_YEAR = "school_year"
_HEIGHTS = {"table": 60, "line": 70, "bar": 150}
"""Of a chart, in units of the grid."""
_LEGEND = 320
"""Pixels for the names of lines."""
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


@dataclass(frozen=True)
class NamedColumn:
    """A column of codes in words."""

    code: str
    label_zh: str
    join: str
    """What it is joined with."""

    @property
    def name(self) -> str:
        """Of the column in the dataset."""
        return f"{self.code}_zh"

    @property
    def described(self) -> DescribedColumn:
        """As a contract has it."""
        return DescribedColumn(self.name, self.label_zh, "varchar", False, f"{self.code} in words.")


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
    formats: dict[str, str]
    """How a column is printed, where it is not as other numbers are."""
    codes: str
    """Mart of the code lists."""
    names: dict[str, dict[str, str]]
    """Columns of codes that a dataset has in words too, as ``<column>_zh``: mart → column → code list, or ``mart.column``."""
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
    worded = {name: _in_words(described, known, name) for name in {chart.dataset for chart in charts}}
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
        files[f"datasets/junheng/{name}.yaml"] = _dataset(described, known[name], worded[name], sorted(set(used)))
    for dashboard in described.dashboards:
        for chart in dashboard.charts:
            _check(chart, known[chart.dataset], worded[chart.dataset])
            numbers = [column.name for column in known[chart.dataset].columns if _NUMBER.match(column.data_type)]
            formats = {name: described.formats.get(name, _FORMAT) for name in numbers}
            files[f"charts/{dashboard.slug}_{dashboard.charts.index(chart) + 1}.yaml"] = _chart(dashboard, chart, formats)
        filters = _year_filter(described, dashboard, known)
        files[f"dashboards/{dashboard.slug}.yaml"] = _dashboard(dashboard, filters)
    return files


def _in_words(described: SupersetBundle, known: Mapping[str, DescribedMart], name: str) -> list[NamedColumn]:
    """The columns of a mart that its dataset has in words too. Raises KeyError for a mart or a column that no contract knows."""
    columns = {column.name: column for column in known[name].columns}
    named = []
    for column, where in described.names.get(name, {}).items():
        mart, _, looked_up = where.rpartition(".")
        if mart:
            source = known[mart]
            label = next(each.label_zh for each in source.columns if each.name == looked_up)
            on = [each for each in source.grain if each in columns]
            query = f"select {', '.join(on)}, max({looked_up}) as zh from {SCHEMA}.{mart} group by {', '.join(on)}"
            join = " and ".join(f"w_{column}.{each} = t.{each}" for each in on)
        else:
            label = columns[column].label_zh
            query = f"select code, label_zh as zh from {SCHEMA}.{described.codes} where list = {literal(where)}"
            join = f"w_{column}.code = t.{columns[column].name}"
        named.append(NamedColumn(column, label, f"left join ({query}) as w_{column} on {join}"))
    return named


def _check(chart: DashboardChart, mart: DescribedMart, worded: Sequence[NamedColumn]) -> None:
    columns = {column.name for column in mart.columns} | {column.name for column in worded}
    for name in (*chart.columns, chart.x, chart.metric, chart.order.removeprefix("-")):
        if name and name not in columns:
            raise KeyError(f"{mart.name}.{name}")


def _dataset(described: SupersetBundle, mart: DescribedMart, worded: Sequence[NamedColumn], used: Sequence[str]) -> Content:
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
        "sql": _query(mart, worded) if worded else None,
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
            for column in (*mart.columns, *(column.described for column in worded))
        ],
        "uuid": _id("dataset", mart.name),
        "database_uuid": _id("database"),
        "version": _VERSION,
    }


def _query(mart: DescribedMart, worded: Sequence[NamedColumn]) -> str:
    """The rows of a mart with its codes in words: none more, none fewer."""
    named = ", ".join(f"w_{column.code}.zh as {column.name}" for column in worded)
    return "\n".join([f"select t.*, {named} from {SCHEMA}.{mart.name} as t", *(column.join for column in worded)])


def _metric(column: str) -> str:
    return f"published_{column}"


def _chart(dashboard: SupersetDashboard, chart: DashboardChart, formats: Mapping[str, str]) -> Content:
    return {
        "slice_name": chart.title,
        "viz_type": {"table": "table", "line": "echarts_timeseries_line", "bar": "echarts_timeseries_bar"}[chart.viz],
        "params": _params(chart, formats),
        "uuid": _id("chart", dashboard.slug, chart.title),
        "dataset_uuid": _id("dataset", chart.dataset),
        "version": _VERSION,
    }


def _params(chart: DashboardChart, formats: Mapping[str, str]) -> Content:
    where = [{"clause": "WHERE", "expressionType": "SQL", "sqlExpression": chart.where}] if chart.where else []
    params: Content = {"adhoc_filters": where, "row_limit": chart.limit}
    order, ascending = chart.order.removeprefix("-"), not chart.order.startswith("-")
    if chart.viz == "table":
        sorted_by = [json.dumps([order, ascending])] if order else []
        printed = {name: {"d3NumberFormat": formats[name]} for name in chart.columns if name in formats}
        params |= {"viz_type": "table", "query_mode": "raw", "all_columns": chart.columns, "order_by_cols": sorted_by}
        return params | {"column_config": printed, "show_cell_bars": False, "table_timestamp_format": "%Y-%m-%d"}
    params |= {"x_axis": chart.x, "metrics": [_metric(chart.metric)], "groupby": chart.columns}
    params |= {"y_axis_format": _FORMAT, "x_axis_time_format": "%Y-%m-%d", "xAxisLabelInterval": "0"}
    if chart.viz == "line":
        legend = {"show_legend": True, "legendOrientation": "right", "legendType": "scroll", "legendMargin": _LEGEND}
        along = {"x_axis_sort": chart.x, "x_axis_sort_asc": True}
        return params | along | legend | {"viz_type": "echarts_timeseries_line", "markerEnabled": True}
    sorting: Content = {"x_axis_sort": _metric(chart.metric), "x_axis_sort_asc": ascending} if order else {}
    sorting |= {"order_desc": not ascending, "show_legend": False}
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


def slug(dashboard: SupersetDashboard) -> str:
    """Name of a dashboard in its address."""
    return f"junheng-{dashboard.slug.replace('_', '-')}"


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
                "height": _HEIGHTS[chart.viz],
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
        "slug": slug(dashboard),
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


def main(out: Path, uri: str = "") -> int:
    """Write the archive."""
    described = described_bundle()
    write(bundle(described.model_copy(update={"uri": uri}) if uri else described, marts()), out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), *sys.argv[2:]))
