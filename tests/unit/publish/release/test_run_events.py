"""What a build did, told as OpenLineage has it."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from junheng.core.home import Home
from publish.build import documentation
from publish.release import run_events
from publish.release.run_events import BuildEnd, events, tell
from publish.tables.lineage import ColumnName, Lineage, Trace
from tests.openlineage_form import official

RUN = "e48ef52a-71a9-42d6-8bb2-3d6b4e06d7e0"
BEGAN = "2026-03-01T01:00:00.000000Z"


def node(
    name: str, parents: list[str], kind: str = "model", materialized: str = "table", schema: str = "marts"
) -> dict[str, Any]:
    uid = f"{kind}.p.{name}"
    described = {"mean": {"name": "mean", "data_type": "double", "description": "Mean."}}
    return {
        "unique_id": uid,
        "resource_type": kind,
        "name": name,
        "schema": schema,
        "config": {"materialized": materialized},
        "depends_on": {"nodes": parents},
        "description": "One row\n per county.",
        "columns": described if schema == "marts" else {},
    }


NODES = [
    node("codes", [], "seed", "seed", "seeds"),
    node("stg", ["source.p.bronze.census"], materialized="ephemeral", schema="staging"),
    node("fct", ["model.p.stg", "seed.p.codes"]),
]
MANIFEST = {
    "nodes": {each["unique_id"]: each for each in NODES},
    "sources": {"source.p.bronze.census": {"name": "census", "schema": "bronze"}},
}
LINEAGE = Lineage(
    {
        "census": Trace({"pupils": set()}),
        "codes": Trace({"code": set()}),
        "stg": Trace({"n": {ColumnName("census", "pupils")}}),
        "fct": Trace({"mean": {ColumnName("stg", "n")}, "one": set()}, {ColumnName("codes", "code"), ColumnName("stg", "n")}),
    }
)


def ran(status: str = "success", codes_at: str = "2026-03-01T00:00:00.000000Z") -> dict[str, Any]:
    """What dbt says of a run; the seed was made before it, by another one."""
    times = {"seed.p.codes": codes_at, "model.p.fct": "2026-03-01T01:00:03.000000Z"}
    results = [
        {
            "unique_id": uid,
            "status": "success" if uid == "seed.p.codes" else status,
            "message": "OK",
            "timing": [{"name": "execute", "started_at": at, "completed_at": at}],
        }
        for uid, at in times.items()
    ]
    results.append({"unique_id": "test.p.t", "status": "pass", "message": "", "timing": []})
    metadata = {"invocation_id": RUN, "invocation_started_at": BEGAN, "generated_at": "2026-03-01T01:00:05.000000Z"}
    return {"metadata": metadata, "results": results}


def names(datasets: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(dataset["namespace"], dataset["name"]) for dataset in datasets]


def test_a_build_its_models_and_its_release() -> None:
    begun, model, ended = events(MANIFEST, ran(), LINEAGE, BuildEnd("r0001-a", {"fct": 7}))
    for event in (begun, model, ended):
        official(event)
    assert [event["eventType"] for event in (begun, model, ended)] == ["START", "COMPLETE", "COMPLETE"]
    assert (begun["run"]["runId"], begun["eventTime"], ended["run"]["runId"]) == (RUN, BEGAN, RUN)
    assert model["job"]["name"] == "build_marts.fct"
    assert model["run"]["facets"]["parent"]["run"] == {"runId": RUN}
    assert names(model["inputs"]) == [("junheng", "bronze.census"), ("junheng", "seeds.codes")]
    assert names(ended["inputs"]) == [("junheng", "bronze.census")]
    (mart,) = ended["outputs"]
    assert mart["name"] == "marts.fct"
    assert mart["facets"]["version"]["datasetVersion"] == "r0001-a"
    assert mart["outputFacets"]["outputStatistics"]["rowCount"] == 7


def test_columns_are_traced_through_what_stands_in_the_sql_of_others() -> None:
    _, model, _ = events(MANIFEST, ran(), LINEAGE, BuildEnd("r0001-a", {}))
    (made,) = model["outputs"]
    assert made["facets"]["schema"]["fields"] == [{"name": "mean", "type": "double", "description": "Mean."}, {"name": "one"}]
    assert made["facets"]["documentation"]["description"] == "One row per county."
    origins = made["facets"]["columnLineage"]
    assert origins["fields"].keys() == {"mean"}
    (origin,) = origins["fields"]["mean"]["inputFields"]
    assert (origin["name"], origin["field"], origin["transformations"]) == ("bronze.census", "pupils", [{"type": "DIRECT"}])
    assert [(each["name"], each["field"]) for each in origins["dataset"]] == [
        ("bronze.census", "pupils"),
        ("seeds.codes", "code"),
    ]


def test_what_failed_says_why() -> None:
    _, _, model, ended = events(MANIFEST, ran("error", BEGAN), LINEAGE, BuildEnd(failures=("a check",)))
    for event in (model, ended):
        official(event)
        assert event["eventType"] == "FAIL"
    assert model["run"]["facets"]["errorMessage"]["message"] == "OK"
    assert ended["run"]["facets"]["errorMessage"]["message"] == "a check"
    assert ended["outputs"] == []


def test_an_event_of_another_form_is_noticed() -> None:
    begun, model, _ = events(MANIFEST, ran(), LINEAGE, BuildEnd("r0001-a", {}))
    with pytest.raises(TypeError):
        official(begun | {"mood": "good"})
    with pytest.raises(ValueError, match="UUID"):
        official(begun | {"run": {"runId": "r0001"}})
    model["outputs"][0]["facets"]["schema"]["fields"][0]["colour"] = "red"
    with pytest.raises(TypeError):
        official(model)


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Home, Path]:
    """A home, and the folder of a build that has run."""
    home, folder = Home(tmp_path / "home").create(), tmp_path / "build"
    (folder / "target").mkdir(parents=True)
    (folder / "target" / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    (folder / "target" / "run_results.json").write_text(json.dumps(ran()), encoding="utf-8")
    monkeypatch.setattr(documentation, "lineage_of", lambda _: LINEAGE)
    return home, folder


@pytest.fixture
def server() -> Iterator[tuple[str, list[tuple[str | None, dict[str, Any]]]]]:
    """The address of a server, and what it is sent."""
    sent: list[tuple[str | None, dict[str, Any]]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent.append((self.headers["Authorization"], json.loads(body)))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}/api/v1/lineage", sent
        listening.shutdown()


def test_events_lie_in_the_home_and_go_nowhere_else(build: tuple[Home, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    home, folder = build
    monkeypatch.setattr(run_events, "_send", lambda *_: pytest.fail("sent"))
    monkeypatch.setenv("JUNHENG_LINEAGE_NAMESPACE", "bureau")
    tell(home, folder, BuildEnd("r0001-a", {"fct": 7}))
    lines = (home.warehouse / run_events.FILE).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["job"]["namespace"] for line in lines] == ["bureau"] * 3


def test_a_server_that_is_set_gets_them(
    build: tuple[Home, Path], server: tuple[str, list[tuple[str | None, dict[str, Any]]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (home, folder), (url, sent) = build, server
    monkeypatch.setenv("JUNHENG_LINEAGE_URL", url)
    tell(home, folder, BuildEnd("r0001-a", {}))
    monkeypatch.setenv("JUNHENG_LINEAGE_KEY", "for-this-test-only")
    tell(home, folder, BuildEnd("r0001-a", {}))
    assert [key for key, _ in sent] == [None] * 3 + ["Bearer for-this-test-only"] * 3
    lines = (home.warehouse / run_events.FILE).read_text(encoding="utf-8").splitlines()
    assert [event for _, event in sent[3:]] == [json.loads(line) for line in lines]


def test_whatever_prevents_them_does_not_touch_the_build(
    build: tuple[Home, Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    home, folder = build
    monkeypatch.setenv("JUNHENG_LINEAGE_URL", "http://127.0.0.1:1/api/v1/lineage")
    with caplog.at_level(logging.WARNING):
        tell(home, folder, BuildEnd("r0001-a", {}))
        (folder / "target" / "run_results.json").unlink()
        tell(home, folder, BuildEnd("r0001-a", {}))
    assert len([record for record in caplog.records if "OpenLineage" in record.getMessage()]) == 2
    assert (home.warehouse / run_events.FILE).is_file()
