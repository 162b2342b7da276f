"""What a build did, as events of OpenLineage: one for the whole, one for each model it built, with the origin of every column.

They lie in the home (:data:`FILE`, one event a line, those of the last build) and go to a server where one is set
(``JUNHENG_LINEAGE_URL``). The form is that of the specification 2-0-2; no library is loaded for it.
"""

from __future__ import annotations

import json
import logging
import urllib.request
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from junheng.core.home import Home, write_atomically
from junheng.core.settings import SETTINGS
from publish.build import documentation, ground
from publish.tables.artifacts import Node
from publish.tables.lineage import ColumnName, Lineage, Trace

FILE = "openlineage.ndjson"
"""Below the warehouse of a home."""
JOB = "build_marts"
_SPECIFICATION = "https://openlineage.io/spec"
_EVENT = f"{_SPECIFICATION}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = {
    "columnLineage": "1-2-0/ColumnLineageDatasetFacet",
    "documentation": "1-1-0/DocumentationDatasetFacet",
    "errorMessage": "1-0-1/ErrorMessageRunFacet",
    "jobType": "2-0-4/JobTypeJobFacet",
    "outputStatistics": "1-0-2/OutputStatisticsOutputDatasetFacet",
    "parent": "1-2-0/ParentRunFacet",
    "schema": "1-2-0/SchemaDatasetFacet",
    "version": "1-0-1/DatasetVersionDatasetFacet",
}
_PRODUCER = "https://junheng.example/build_marts"
_ENDED = {"success": "COMPLETE", "error": "FAIL"}
_SECONDS = 10
Event = dict[str, Any]


@dataclass(frozen=True)
class BuildEnd:
    """How a build ended: with a release, or with what is wrong."""

    release_id: str = ""
    rows: Mapping[str, int] | None = None
    """Of each mart of the release."""
    failures: tuple[str, ...] = ()


def tell(home: Home, folder: Path, end: BuildEnd) -> None:
    """Write the events of the build in ``folder`` and send them where a server is set.

    They are a copy for others: what prevents them is noted in the log, and the build is what it is.
    """
    try:
        target = folder / "target"
        manifest, ran = (json.loads((target / name).read_text(encoding="utf-8")) for name in ("manifest.json", ground.RESULTS))
        entries = list(events(manifest, ran, documentation.lineage_of(home), end))
        lines = [json.dumps(event, ensure_ascii=False) for event in entries]
        write_atomically(home.warehouse / FILE, "".join(f"{line}\n" for line in lines).encode())
        if SETTINGS.lineage_url:
            _send(SETTINGS.lineage_url, SETTINGS.lineage_key, entries)
    except (OSError, RuntimeError) as error:
        logging.getLogger(__name__).warning("OpenLineage: %s: %s", type(error).__name__, error)


def _send(url: str, key: str, entries: Iterable[Event]) -> None:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    for event in entries:
        request = urllib.request.Request(url, json.dumps(event).encode(), headers)
        urllib.request.urlopen(request, timeout=_SECONDS).close()


def events(manifest: Node, ran: Node, lineage: Lineage, end: BuildEnd) -> Iterator[Event]:
    """The events of a build: its start, each seed and model that this run of dbt made, its end.

    ``manifest`` and ``ran``: as dbt wrote them.
    """
    build = _Build(manifest, lineage, end)
    namespace, run = SETTINGS.lineage_namespace, ran["metadata"]["invocation_id"]
    began = ran["metadata"]["invocation_started_at"]
    whole = {"runId": run}, {"namespace": namespace, "name": JOB, "facets": _job_type("DAG")}
    yield _event("START", began, *whole)
    parent = {"run": {"runId": run}, "job": {"namespace": namespace, "name": JOB}}
    for result in ran["results"]:
        node, timing = build.nodes.get(result["unique_id"]), result["timing"]
        if node is None or result["status"] not in _ENDED or not timing or timing[0]["started_at"] < began:
            continue
        facets = {"parent": _facet("parent", parent)}
        if result["status"] == "error":
            facets["errorMessage"] = _error(str(result["message"]))
        model_run = str(uuid.uuid5(uuid.UUID(run), result["unique_id"]))
        job = {"namespace": namespace, "name": f"{JOB}.{node['name']}", "facets": _job_type(node["resource_type"].upper())}
        at = _ENDED[result["status"]], timing[-1]["completed_at"]
        yield _event(*at, {"runId": model_run, "facets": facets}, job, build.inputs(node), [build.output(node)])
    if end.failures:
        failed = {"runId": run, "facets": {"errorMessage": _error("; ".join(end.failures))}}
        yield _event("FAIL", ran["metadata"]["generated_at"], failed, whole[1])
    else:
        yield _event("COMPLETE", ran["metadata"]["generated_at"], *whole, build.sources(), build.published())


def _event(kind: str, time: str, run: Event, job: Event, inputs: Iterable[Event] = (), outputs: Iterable[Event] = ()) -> Event:
    named = {"eventType": kind, "eventTime": time, "run": run, "job": job}
    return {**named, "inputs": list(inputs), "outputs": list(outputs), "producer": _PRODUCER, "schemaURL": _EVENT}


def _facet(name: str, content: Event) -> Event:
    version, _, kind = _FACETS[name].partition("/")
    return {"_producer": _PRODUCER, "_schemaURL": f"{_SPECIFICATION}/facets/{version}/{kind}.json#/$defs/{kind}", **content}


def _job_type(kind: str) -> Event:
    return {"jobType": _facet("jobType", {"processingType": "BATCH", "integration": "DBT", "jobType": kind})}


def _error(message: str) -> Event:
    return _facet("errorMessage", {"message": message, "programmingLanguage": "SQL"})


class _Build:
    """A project as dbt described it, without the models that stand inside the SQL of others."""

    def __init__(self, manifest: Node, lineage: Lineage, end: BuildEnd) -> None:
        nodes = {uid: node for uid, node in manifest["nodes"].items() if node["resource_type"] in ("model", "seed")}
        inlined = {uid for uid, node in nodes.items() if node["config"].get("materialized") == "ephemeral"}
        self.nodes = {uid: node for uid, node in nodes.items() if uid not in inlined}
        self._sources: dict[str, Node] = manifest["sources"]
        self._parents = {uid: node["depends_on"].get("nodes", []) for uid, node in nodes.items()}
        self._inlined = inlined
        self._lineage = lineage.without({nodes[uid]["name"] for uid in inlined})
        known = (*self.nodes.values(), *self._sources.values())
        self._datasets = {node["name"]: f"{node['schema']}.{node.get('alias') or node['name']}" for node in known}
        self._end = end

    def _dataset(self, name: str) -> Event:
        return {"namespace": SETTINGS.lineage_namespace, "name": self._datasets.get(name, name)}

    def inputs(self, node: Node) -> list[Event]:
        """What a model reads."""
        read = {self._names(uid) for uid in self._read(node["unique_id"])}
        return [self._dataset(name) for name in sorted(read)]

    def _names(self, uid: str) -> str:
        return str((self.nodes.get(uid) or self._sources[uid])["name"])

    def _read(self, uid: str) -> set[str]:
        parents = set(self._parents.get(uid, ()))
        inner = [self._read(parent) for parent in parents & self._inlined]
        return (parents - self._inlined).union(*inner)

    def output(self, node: Node) -> Event:
        """The relation that a node makes."""
        trace = self._lineage.traces.get(node["name"], Trace())
        described = node.get("columns") or {}
        columns = [*described, *(name for name in trace.columns if name not in described)]
        fields = [_field(name, described.get(name) or {}) for name in columns]
        facets = {"schema": _facet("schema", {"fields": fields}), "columnLineage": self._origins(trace)}
        if node.get("description"):
            facets["documentation"] = _facet("documentation", {"description": " ".join(node["description"].split())})
        return self._dataset(node["name"]) | {"facets": facets}

    def _origins(self, trace: Trace) -> Event:
        fields = {
            column: {"inputFields": [self._origin(each, "DIRECT") for each in sorted(made_of)]}
            for column, made_of in trace.columns.items()
            if made_of
        }
        steering = [self._origin(each, "INDIRECT") for each in sorted(trace.steered_by)]
        return _facet("columnLineage", {"fields": fields, "dataset": steering})

    def _origin(self, column: ColumnName, kind: str) -> Event:
        return self._dataset(column.model) | {"field": column.column, "transformations": [{"type": kind}]}

    def sources(self) -> list[Event]:
        """What a build reads of a home."""
        return [self._dataset(node["name"]) for _, node in sorted(self._sources.items())]

    def published(self) -> list[Event]:
        """The marts of the release, with their rows."""
        version = {"version": _facet("version", {"datasetVersion": self._end.release_id})}
        return [
            self._dataset(name)
            | {"facets": version, "outputFacets": {"outputStatistics": _facet("outputStatistics", {"rowCount": rows})}}
            for name, rows in sorted((self._end.rows or {}).items())
        ]


def _field(name: str, column: Node) -> Event:
    entries = {"name": name, "type": column.get("data_type"), "description": column.get("description")}
    return {key: value for key, value in entries.items() if value}
