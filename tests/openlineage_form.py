"""Events of OpenLineage held against the classes that the installed package generates from the official JSON schemas."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.generated import column_lineage_dataset, schema_dataset
from openlineage.client.generated.base import BaseFacet

Event = dict[str, Any]


def official(event: Event) -> RunEvent:
    """The event as the package has it. Raises TypeError for a key that the schema does not know, ValueError for a bad value."""
    given = dict(event)
    schema = given.pop("schemaURL")
    run, job = given.pop("run"), given.pop("job")
    made = RunEvent(
        eventType=RunState(given.pop("eventType")),
        run=Run(**(run | {"facets": _facets(run.get("facets"))})),
        job=Job(**(job | {"facets": _facets(job.get("facets"))})),
        inputs=[_dataset(InputDataset, each) for each in given.pop("inputs")],
        outputs=[_dataset(OutputDataset, each) for each in given.pop("outputs")],
        **given,
    )
    assert made.schemaURL == schema
    return made


def _dataset(kind: type, given: Event) -> Any:
    return kind(**{key: _facets(value) if key.lower().endswith("facets") else value for key, value in given.items()})


def _facets(given: dict[str, Event] | None) -> dict[str, BaseFacet]:
    return {name: _facet(content) for name, content in (given or {}).items()}


def _facet(given: Event) -> BaseFacet:
    kind = given["_schemaURL"].rpartition("/")[2]
    module = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.removesuffix("Facet")).lower()
    facet: Any = getattr(importlib.import_module(f"openlineage.client.generated.{module}"), kind)
    content = {key: value for key, value in given.items() if not key.startswith("_")}
    if kind == "SchemaDatasetFacet":
        content["fields"] = [schema_dataset.SchemaDatasetFacetFields(**field) for field in content["fields"]]
    if kind == "ColumnLineageDatasetFacet":
        content["dataset"] = [_input_field(field) for field in content["dataset"]]
        content["fields"] = {
            name: column_lineage_dataset.Fields(inputFields=[_input_field(each) for each in field["inputFields"]])
            for name, field in content["fields"].items()
        }
    if kind == "ParentRunFacet":
        content = {key: getattr(inspect.getmodule(facet), key.title())(**value) for key, value in content.items()}
    made: BaseFacet = facet(**content, producer=given["_producer"])
    assert made._schemaURL == given["_schemaURL"]
    return made


def _input_field(given: Event) -> column_lineage_dataset.InputField:
    transformations = [column_lineage_dataset.Transformation(**each) for each in given["transformations"]]
    return column_lineage_dataset.InputField(**(given | {"transformations": transformations}))
