"""Rows of one file that give one code different names or kinds: told with both places, whatever becomes of the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingest.schema.contract import Contract
from ingest.schema.source import Field, Source
from ingest.values.cells import squeeze
from ingest.values.faults import row_fault
from ingest.values.quotes import quotable
from ingest.values.texts import row_place
from junheng.core.records import Fault

RULE = "school_told_twice"
_CODE, _NAME = "_code", "_name"


def named_twice(contract: Contract, good: pa.Table) -> list[Fault]:
    """A note for each code of a year whose rows differ in name or kind, within a county or not; ``good``: records as typed.

    A row is compared with the one before it of the same code, so that every change is told once.
    """
    source = contract.fields
    notes: list[Fault] = []
    for code, naming in pairs(source):
        if not _repeats(good[code.name]):
            continue
        key = [contract.year_field, code.name]
        several = good.group_by(key).aggregate([(naming.name, "count_distinct")])
        counts: Any = several[f"{naming.name}_count_distinct"]
        several = several.filter(pc.greater(counts, pa.scalar(1)))
        if not several.num_rows:
            continue
        rows = good.filter(pc.is_in(good[code.name], several[code.name].combine_chunks()))
        notes += _changes(rows.select([*key, naming.name, "_sheet", "_row"]).to_pylist(), key, code, naming)
    return notes


def _repeats(codes: Any) -> bool:
    """Whether a code stands there twice; sorted, which takes a fraction of the memory of counting them."""
    if len(codes) < 2:
        return False
    ordered = codes.take(pc.sort_indices(codes))
    return pc.any(pc.equal(ordered.slice(0, len(codes) - 1), ordered.slice(1))).as_py() is True


def pairs(source: Source) -> Iterator[tuple[Field, Field]]:
    """Codes of schools with what else says which school it is: its name, and of the record's own school its kind."""
    codes = [source.field(name) for name in source.named("school")]
    for number, code in enumerate(codes):
        name = source.by_name.get(code.name.removesuffix(_CODE) + _NAME)
        if name is not None:
            yield code, name
        for kind in source.named("kind") if number == 0 else ():
            yield code, source.field(kind)


def _changes(rows: list[dict[str, Any]], key: list[str], code: Field, naming: Field) -> Iterator[Fault]:
    schools: dict[tuple[object, ...], list[dict[str, Any]]] = {}
    for row in rows:
        if row[code.name] is not None and row[naming.name] is not None:
            schools.setdefault(tuple(row[name] for name in key), []).append(row)
    for rows_of_code in schools.values():
        for before, row in pairwise(rows_of_code):
            if squeeze(before[naming.name]) != squeeze(row[naming.name]):
                yield note(
                    code,
                    naming,
                    row,
                    (row[code.name], row[naming.name]),
                    before[naming.name],
                    row_place(before["_sheet"], before["_row"]),
                )


def note(code: Field, naming: Field, row: Mapping[str, Any], stated: tuple[object, object], before: object, other: str) -> Fault:
    """What is told of a row (``_sheet``, ``_row``) that says this code and name where another place says ``before``."""
    return row_fault(
        RULE,
        sheet=row["_sheet"],
        row=row["_row"],
        column=naming.zh,
        value=quotable(str(stated[1]), naming),
        code=quotable(str(stated[0]), code),
        before=quotable(str(before), naming),
        other=other,
    )
