"""dbt's own documentation page as one file, with the origin of every column.

The page is the one that the installed dbt carries. Into it go the compiled project, without what differs from run to run or names
a folder of a machine, and, in the description of each column, the columns it is made of and those it goes into
(:mod:`publish.tables.lineage`). It hangs on the project alone, not on data.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from importlib.metadata import distribution
from pathlib import Path

from junheng.core.settings import DBT_PROJECT
from publish.tables.artifacts import Node
from publish.tables.lineage import ColumnName, Lineage, read_lineage
from publish.words.texts import texts

_LISTED = 12
"""Columns named one by one on either side of a column; of more the number is told."""
_LEFT_OUT = ("root_path", "compiled_path", "build_path", "created_at", "unrendered_config", "checksum")
_METADATA = ("dbt_schema_version", "dbt_version", "project_name", "adapter_type", "quoting")
_ALLOWED = "; ".join(
    (
        "default-src 'none'",
        "script-src 'unsafe-inline' 'unsafe-eval'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "font-src data:",
    )
)
_QUIET = (
    (r'<link rel="shortcut icon"[^>]*>', ""),
    (r' xlink:href="{{', ' ng-attr-xlink:href="{{'),  # else the browser asks for files of that name before the page has begun
    ("<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{_ALLOWED}">'),
)
"""What is changed in the page of dbt, so that nothing is fetched by whoever opens it."""


def page(manifest: Path, project: Path = DBT_PROJECT, lineage: Lineage | None = None) -> str:
    """The page of a compiled project, ``manifest`` as ``dbt compile`` writes it; ``lineage``: where it has been read already.

    Raises ``ValueError`` where nothing is compiled, or the installed dbt has another page than the one known here.
    """
    lineage = lineage or read_lineage(manifest, project)
    data: Node = json.loads(manifest.read_text(encoding="utf-8"))
    ids = {node["name"]: uid for uid, node in data["nodes"].items() if node["resource_type"] in ("model", "seed")}
    ids |= {node["name"]: uid for uid, node in data["sources"].items()}
    feeds = _feeds(lineage)
    catalog: Node = {"metadata": {}, "nodes": {}, "sources": {}, "errors": None}
    for kind in ("nodes", "sources"):
        for uid, node in data[kind].items():
            for name in _LEFT_OUT:
                node.pop(name, None)
            if node["name"] in ids and uid == ids[node["name"]]:
                _tell_origin(node, lineage, feeds, ids)
                catalog[kind][uid] = _catalogued(uid, node)
    data["metadata"] = {name: data["metadata"].get(name) for name in _METADATA} | {"send_anonymous_usage_stats": False}
    project_name = data["metadata"]["project_name"]
    data["macros"] = {uid: macro for uid, macro in data["macros"].items() if macro["package_name"] == project_name}
    for macro in data["macros"].values():
        del macro["created_at"]
    data["unit_tests"] = {}
    return _filled(data, catalog)


def _feeds(lineage: Lineage) -> dict[ColumnName, list[ColumnName]]:
    """For each column those that its value goes into, one step on."""
    feeds: dict[ColumnName, list[ColumnName]] = defaultdict(list)
    for model, trace in lineage.traces.items():
        for column, made_of in trace.columns.items():
            for origin in made_of:
                feeds[origin].append(ColumnName(model, column))
    return feeds


def _tell_origin(node: Node, lineage: Lineage, feeds: dict[ColumnName, list[ColumnName]], ids: dict[str, str]) -> None:
    """Add every column of the query to the node's, with the columns before and after it in its description."""
    described = node.get("columns") or {}
    trace = lineage.traces[node["name"]]
    node["columns"] = {}
    for column in [*trace.columns, *(name for name in described if name not in trace.columns)]:
        entry = described.get(column) or {"name": column, "description": "", "data_type": None, "meta": {}, "tags": []}
        label = ((entry.get("config") or {}).get("meta") or {}).get("label_zh", "")
        lines = [entry.get("description") or label]
        lines.append(_listed("made_of", sorted(trace.columns.get(column, ())), ids))
        lines.append(_listed("goes_into", sorted(feeds.get(ColumnName(node["name"], column), ())), ids))
        node["columns"][column] = entry | {"description": "\n\n".join(line for line in lines if line)}


def _listed(key: str, columns: list[ColumnName], ids: dict[str, str]) -> str:
    if not columns:
        return ""
    links = [f"[{name}](#!/{ids[name.model].split('.')[0]}/{ids[name.model]})" for name in columns[:_LISTED] if name.model in ids]
    if len(columns) > _LISTED:
        links.append(texts()["dbt_docs"]["more"].format(count=len(columns) - _LISTED))
    return str(texts()["dbt_docs"][key].format(columns="、".join(links)))


def _catalogued(uid: str, node: Node) -> Node:
    """What a catalogue of the database would say of a relation, from its contract."""
    columns = {
        name: {"name": name, "type": column.get("data_type") or "", "index": place, "comment": None}
        for place, (name, column) in enumerate(node["columns"].items(), start=1)
    }
    metadata = {"type": "table", "schema": node["schema"], "name": node["name"], "database": None, "comment": None, "owner": None}
    return {"unique_id": uid, "metadata": metadata, "columns": columns, "stats": {}}


def _written_by_dbt() -> str:
    """The page that the installed dbt carries. Raises ``ValueError`` where it carries none."""
    page = Path(str(distribution("dbt-core").locate_file("dbt/task/docs/index.html")))
    if not page.is_file():
        raise ValueError("the installed dbt carries no page")
    return page.read_text(encoding="utf-8")


def _filled(manifest: Node, catalog: Node) -> str:
    """The page of dbt with both documents in it; it fetches nothing, whoever opens it."""
    html = _written_by_dbt()
    for mark, document in {"MANIFEST.JSON": manifest, "CATALOG.JSON": catalog}.items():
        marked = f'"{mark} INLINE DATA"'
        if html.count(marked) != 1:
            raise ValueError(f"the page of dbt has no place for {mark}")
        written = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).replace("</", "<\\/")
        html = html.replace(marked, written)
    for pattern, instead in _QUIET:
        html = re.sub(pattern, instead, html)
    return html
