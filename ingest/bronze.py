"""Bronze and quarantine files: one Parquet file of each per submission, written atomically."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from ingest.rows import TypedRow
from ingest.source import ARROW_TYPES, Source
from junheng.home import Home
from junheng.ledger import atomic_parquet

ORIGIN = (
    ("_submission_id", pa.string()),
    ("_contract", pa.string()),
    ("_sheet", pa.string()),
    ("_row", pa.int64()),
    ("_cells", pa.string()),
    ("_extra", pa.string()),
)
"""Columns that say where a row came from (docs/adr/0001-spine.md)."""


def bronze_schema(source: Source) -> pa.Schema:
    """Columns of a source's bronze: its fields in order, then the origin."""
    fields = [pa.field(f.name, ARROW_TYPES[f.type]) for f in source.fields]
    return pa.schema(fields + [pa.field(name, dtype) for name, dtype in ORIGIN])


def quarantine_schema(source: Source) -> pa.Schema:
    """Columns of a source's quarantine: its fields as text (read where they can be), the origin, and the rules broken."""
    fields = [pa.field(f.name, pa.string()) for f in source.fields]
    return pa.schema([*fields, *(pa.field(name, dtype) for name, dtype in ORIGIN), pa.field("_rules", pa.string())])


def write(home: Home, source: Source, contract: str, submission_id: str, rows: list[TypedRow]) -> tuple[int, int]:
    """Write typed rows to bronze and rows with faults to quarantine; return how many went to each.

    What an earlier reading of the same submission left is replaced or removed.
    """
    good = [row for row in rows if not row.faults]
    bad = [row for row in rows if row.faults]
    given = {name for row in good for name in row.source.raw}
    columns: dict[str, Any] = {
        # what no row was given is the same in all of them
        f.name: [row.values[f.name] for row in good] if f.name in given else [good[0].values[f.name]] * len(good)
        for f in source.fields
        if good
    }
    columns |= _origin(contract, submission_id, good)
    _replace(home.bronze_file(source.source, submission_id), columns, bronze_schema(source), bool(good))
    columns = {f.name: [row.text(f) for row in bad] for f in source.fields}
    columns |= _origin(contract, submission_id, bad)
    columns["_rules"] = [";".join(sorted({fault.rule for fault in row.faults})) for row in bad]
    _replace(home.quarantine_file(source.source, submission_id), columns, quarantine_schema(source), bool(bad))
    return len(good), len(bad)


def _origin(contract: str, submission_id: str, rows: list[TypedRow]) -> dict[str, list[object]]:
    return {
        "_submission_id": [submission_id] * len(rows),
        "_contract": [contract] * len(rows),
        "_sheet": [row.source.sheet for row in rows],
        "_row": [row.source.row for row in rows],
        "_cells": [row.cells_json for row in rows],
        "_extra": [row.extra_json for row in rows],
    }


def _replace(path: Path, columns: dict[str, list[object]], schema: pa.Schema, wanted: bool) -> None:
    if wanted:
        atomic_parquet(pa.Table.from_pydict(columns, schema=schema), path)
    else:
        path.unlink(missing_ok=True)
