"""Cells merged downwards: what is written once holds for every record beside it, unless it is an amount.

A line is a record by what stands in its own cells. A text, a code or a year is put into every record of its range and that is
told; an amount would count once for each of them, so its records are faulty until somebody says whose it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ingest.readers.sheet import Sheet, column_letter
from ingest.schema.source import Field
from ingest.values.cells import clean_text, squeeze
from ingest.values.faults import row_fault
from ingest.values.quotes import quotable
from ingest.values.texts import few
from junheng.core.records import Fault

_NAMED = 3
_MEASURES = {"count", "amount", "value", "list"}


@dataclass
class Filled:
    """A sheet whose ranges are filled, the notes on it, and the faults of records by row (0-based)."""

    sheet: Sheet
    notes: list[Fault] = field(default_factory=list)
    faults: dict[int, list[Fault]] = field(default_factory=lambda: defaultdict(list))


def is_measure(entry: Field) -> bool:
    """Whether a field holds an amount that adds up over records."""
    return entry.type in _MEASURES and entry.summed


def fill_down(
    sheet: Sheet,
    first: int,
    fields: Mapping[int, Field],
    headers: Mapping[int, str],
    is_record: Callable[[int], bool],
    identifying: frozenset[int],
) -> Filled:
    """Fill the ranges merged downwards from row ``first`` on (0-based).

    ``fields``, ``headers``: what stands in a column; ``is_record``: whether the own cells of a line may be a record's;
    ``identifying``: columns by which a record is known, of which it must state one itself.
    """
    ranges = sorted(_ranges(sheet, first, headers)) if sheet.merged else []
    if not ranges:
        return Filled(sheet)
    inside = {(row, column) for (top, column), bottom in ranges for row in range(top + 1, bottom + 1)}
    filled = Filled(replace(sheet, rows=[list(row) for row in sheet.rows]))
    spread: dict[int, list[str]] = defaultdict(list)
    """By column the ranges whose text more records than one were given."""
    taken: dict[int, set[int]] = defaultdict(set)
    first_range: dict[int, str] = {}
    for (top, column), bottom in ranges:
        records = [row for row in range(top, bottom + 1) if _states(sheet, row, fields, inside) and is_record(row)]
        if not any(row > top for row in records):
            continue
        name = range_name(column, top, bottom)
        if column in fields and is_measure(fields[column]):
            value = quotable(clean_text(sheet.rows[top][column]), fields[column])
            for row in records if len(records) > 1 else ():
                filled.faults[row].append(merged_figure(sheet.name, row + 1, headers[column], value, name, len(records)))
            continue
        for row in records:
            if row > top:
                cells = filled.sheet.rows[row]
                cells.extend([""] * (column + 1 - len(cells)))
                cells[column] = sheet.rows[top][column]
                taken[row].add(column)
                first_range.setdefault(row, name)
        spread[column].append(name)
    for row, columns in taken.items():
        if identifying and identifying <= columns:
            names = "、".join(headers[column] for column in sorted(identifying))
            filled.faults[row].append(
                row_fault("merged_record", sheet=sheet.name, row=row + 1, column=names, range=first_range[row])
            )
    if spread:
        filled.notes.append(filled_down(sheet.name, {headers[column]: names for column, names in spread.items()}))
    return filled


def _ranges(sheet: Sheet, first: int, headers: Mapping[int, str]) -> Iterator[tuple[tuple[int, int], int]]:
    """First cell and last row of every range over several lines that says anything, in columns with a header."""
    last = len(sheet.rows) - 1
    for (top, left), (bottom, _) in sheet.merged:
        bottom = min(bottom, last)
        if first <= top < bottom and left in headers and left < len(sheet.rows[top]) and clean_text(sheet.rows[top][left]):
            yield (top, left), bottom


def _states(sheet: Sheet, row: int, fields: Mapping[int, Field], inside: set[tuple[int, int]]) -> bool:
    """Whether a line states anything in a cell of its own."""
    cells = sheet.rows[row]
    return any(column < len(cells) and (row, column) not in inside and squeeze(cells[column]) for column in fields)


def filled_down(sheet: str | None, ranges: Mapping[str, Sequence[str]]) -> Fault:
    """The note of a sheet whose ranges were filled; ``ranges``: their names by header."""
    shown = "、".join(f"“{header}”{few(names, _NAMED, 'places')}" for header, names in ranges.items())
    return row_fault("filled_down", sheet=sheet, row=None, columns=shown)


def range_name(column: int, top: int, bottom: int) -> str:
    """A range of one column as a spreadsheet names it; all 0-based."""
    letter = column_letter(column)
    return f"{letter}{top + 1}:{letter}{bottom + 1}"


def merged_figure(sheet: str | None, row: int, header: str, value: str, name: str, rows: int) -> Fault:
    """The fault of a record (``row``, 1-based) over which, and over others, one amount is merged; ``name``: of the range."""
    return row_fault("merged_figure", sheet=sheet, row=row, column=header, value=value, range=name, rows=rows)
