"""Bronze and quarantine files: one Parquet file of each per submission, written atomically."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingest.schema.source import Source
from ingest.shapes.typed import PLACE, TypedRecords, TypedRow
from junheng.core.home import Home
from junheng.core.ledger import atomic_parquet

ORIGIN = (("_submission_id", pa.string()), ("_contract", pa.string()), *PLACE)
"""Columns that say where a row came from (docs/adr/0001-spine.md)."""
LINKS = "person_link"
"""Where it lies, as if of a source, whose a pseudonym under an earlier key is (docs/runbooks/persons.md)."""
LINK_SCHEMA = pa.schema([("before", pa.string()), ("now", pa.string())])


def bronze_schema(source: Source) -> pa.Schema:
    """Columns of a source's bronze: its fields in order, then the origin."""
    return pa.schema([*source.arrow_fields, *(pa.field(name, dtype) for name, dtype in ORIGIN)])


def quarantine_schema(source: Source) -> pa.Schema:
    """Columns of a source's quarantine: its fields as text (read where they can be), the origin, and the rules broken."""
    fields = [pa.field(f.name, pa.string()) for f in source.fields]
    return pa.schema([*fields, *(pa.field(name, dtype) for name, dtype in ORIGIN), pa.field("_rules", pa.string())])


def write(home: Home, source: Source, contract: str, submission_id: str, records: TypedRecords) -> tuple[int, int]:
    """Write records to bronze and those with faults to quarantine; return how many went to each.

    What an earlier reading of the same submission left is replaced or removed.
    """
    good, bad = records.good, records.bad
    fields = len(source.fields)
    origin = [pa.repeat(text, good.num_rows) for text in (submission_id, contract)]
    columns = [*good.columns[:fields], *origin, *good.columns[fields:]]
    _replace(home.bronze_file(source.source, submission_id), columns, bronze_schema(source))
    texts = {f.name: [row.text(f) for row in bad] for f in source.fields}
    texts |= _origin(contract, submission_id, bad)
    texts["_rules"] = [";".join(sorted({fault.rule for fault in row.faults})) for row in bad]
    schema = quarantine_schema(source)
    columns = [pa.array(texts[column.name], column.type) for column in schema] if bad else []
    _replace(home.quarantine_file(source.source, submission_id), columns, schema)
    links = pa.Table.from_pydict({"before": list(records.links), "now": list(records.links.values())}, schema=LINK_SCHEMA)
    _replace(home.bronze_file(LINKS, submission_id), links.sort_by("before").columns, LINK_SCHEMA)
    return good.num_rows, len(bad)


def _origin(contract: str, submission_id: str, rows: list[TypedRow]) -> dict[str, list[Any]]:
    return {
        "_submission_id": [submission_id] * len(rows),
        "_contract": [contract] * len(rows),
        "_sheet": [row.source.sheet for row in rows],
        "_row": [row.source.row for row in rows],
        "_cells": [row.cells_json for row in rows],
        "_extra": [row.extra_json for row in rows],
    }


def _replace(path: Path, columns: Sequence[Any], schema: pa.Schema) -> None:
    """Write the columns, or remove the file where there is no row to write."""
    if columns and len(columns[0]):
        atomic_parquet(pa.Table.from_arrays(columns, schema=schema), path, arrow_schema=False)
    else:
        path.unlink(missing_ok=True)
