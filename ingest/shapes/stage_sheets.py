"""A census with a sheet for each stage: a school of several stages stands on several sheets and is one record.

Its rows are put together where they give the pupils of different stages and nothing that both say differs; that is told with both
places. Where something differs both rows stay, and the school is found twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.schema.table import TableContract
from ingest.shapes.records import RawRow, Records, rows_joined
from ingest.shapes.table import Table
from ingest.values.cells import squeeze
from junheng.core.records import Fault

Part = tuple[Records, frozenset[str]]
"""Records of a table and the fields it has columns for."""


def join_stages(contract: TableContract, tables: Sequence[Table], parts: Sequence[Part]) -> tuple[list[Part], list[Fault]]:
    """The parts with the rows of schools on several sheets put together in one more, and a note for each of them."""
    schools = [f.name for f in contract.fields.fields if f.role == "school" and f.required]
    if len(parts) < 2 or not contract.stage_columns or len(schools) != 1 or not contract.school_code_pattern:
        return list(parts), []
    code = re.compile(contract.school_code_pattern)
    rows_by_code: dict[str, list[tuple[int, int]]] = {}
    for number, (records, _) in enumerate(parts):
        for index, cell in enumerate(records.columns.get(schools[0], ())):
            if index not in records.faulty and code.fullmatch(text := squeeze(cell)):
                rows_by_code.setdefault(text, []).append((number, index))
    taken: dict[int, set[int]] = {}
    joined: list[RawRow] = []
    columns: set[str] = set()
    notes: list[Fault] = []
    for text, rows_of_school in rows_by_code.items():
        numbers = [number for number, _ in rows_of_school]
        if len(set(numbers)) < len(numbers) or len(numbers) < 2:
            continue
        rows = [_with_addresses(tables[number], parts[number][0].row(index)) for number, index in rows_of_school]
        if not _complete_each_other(contract, rows) or (row := _one(contract, rows)) is None:
            continue
        joined.append(row)
        columns |= frozenset().union(*(parts[number][1] for number in numbers))
        for number, index in rows_of_school:
            taken.setdefault(number, set()).add(index)
        notes.append(rows_joined(row, rows[1:], text))
    left = [(_without(records, taken.get(number, set())), names) for number, (records, names) in enumerate(parts)]
    return ([*left, (Records.of(joined), frozenset(columns))] if joined else list(parts)), notes


def _with_addresses(table: Table, row: RawRow) -> RawRow:
    return replace(row, cells={name: (table.address(name, row.row or 0),) for name in row.raw})


def _complete_each_other(contract: TableContract, rows: list[RawRow]) -> bool:
    """Whether each row gives pupils, and no two of them for the same stage."""
    given = [{name for name in contract.stage_columns.values() if squeeze(row.raw.get(name))} for row in rows]
    return all(given) and len(set[str]().union(*given)) == sum(map(len, given))


def _one(contract: TableContract, rows: list[RawRow]) -> RawRow | None:
    """The rows as one record; None where two of them say different things."""
    first, *others = rows
    raw, columns, cells, extra = dict(first.raw), dict(first.columns), dict(first.cells), dict(first.extra)
    for row in others:
        for name, cell in row.raw.items():
            before, new = squeeze(raw.get(name)), squeeze(cell)
            if before and new and before != new and not _is_label(contract, name):
                return None
            if not before:
                raw[name], columns[name] = cell, row.columns[name]
                cells[name] = row.cells[name]
        extra = {**row.extra, **extra}
    return replace(first, raw=raw, columns=columns, cells=cells, extra=extra)


def _is_label(contract: TableContract, name: str) -> bool:
    """Whether a field numbers the rows of its own sheet."""
    entry = contract.fields.field(name)
    return entry.type == "count" and not entry.unit and not entry.summed and not entry.required


def _without(records: Records, taken: set[int]) -> Records:
    if not taken:
        return records
    kept = [index for index in range(len(records.sheets)) if index not in taken]
    return Records(
        {name: [cells[index] for index in kept] for name, cells in records.columns.items()},
        [records.sheets[index] for index in kept],
        [records.numbers[index] for index in kept],
        None if records.extra is None else [records.extra[index] for index in kept],
        None if records.cells is None else [records.cells[index] for index in kept],
        frozenset(number for number, index in enumerate(kept) if index in records.faulty),
        lambda number: records.row(kept[number]),
    )
