"""Tables: one record per row below a header row."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import yaml

from ingest.cells import clean_text, plain, show, squeeze
from ingest.contract import TableContract, WideTableContract
from ingest.faults import row_fault
from ingest.header import Header, normalise
from ingest.lines import LeftOut, Lines, Totals, is_plain_total
from ingest.persons import footer_label, header_name, masked
from ingest.readers.sheet import Sheet, column_letter
from ingest.rows import RawRow
from ingest.source import Field
from junheng.records import Fault

_NO_RECORD = {"total_row", "footer_row"}
_UNSUMMED = {"year", "flag", "text", "code", "list", "month", "choice", "person"}


@lru_cache(maxsize=1)
def _personal_words() -> tuple[str, ...]:
    return tuple(yaml.safe_load(Path(__file__).with_name("personal_headers.yml").read_text(encoding="utf-8")))


def is_personal(header: str) -> bool:
    """Whether an unknown column may hold facts about a person; such cells are not kept."""
    key = normalise(header)
    return any(word in key for word in _personal_words())


def key_fields(contract: TableContract | WideTableContract) -> list[Field]:
    """Fields that identify a record: its school, or whatever must be filled besides area and year."""
    fields = [f for f in contract.fields.fields if f.required]
    schools = [f for f in fields if f.role == "school"]
    return schools or [f for f in fields if f.role != "county" and f.type != "year" and f.name != contract.year_field]


class Table:
    """A sheet with the header a contract found in it."""

    def __init__(self, contract: TableContract, sheet: Sheet, header: Header) -> None:
        self._sheet = sheet
        self._header = header
        again = {f.name: f.same_cell_as for f in contract.fields.fields if f.same_cell_as in header.columns}
        self._columns = header.columns | {name: header.columns[read] for name, read in again.items() if read}
        self._names = {field: header.texts[column] for field, column in self._columns.items()}
        self._width = max(column for column, text in enumerate(header.texts) if text) + 1
        self._others = self._other_columns() if contract.other_columns == "keep" else {}
        self._fields = contract.fields.by_name
        self.left_out = LeftOut(sheet.name)
        self._lines = self._line_reader(contract)

    @property
    def unknown_columns(self) -> list[str]:
        """Headers of columns no field is read from."""
        names = {name: header_name(name) for name in self._others.values()}
        return [f"{shown}（个人信息，未保存）" if is_personal(name) else shown for name, shown in names.items()]

    def _line_reader(self, contract: TableContract) -> Lines:
        header = self._header
        first = header.row if header.top is None else header.top
        above = [clean_text(cell) for row in self._sheet.rows[:first] for cell in row]
        stack = self._sheet.rows[first : header.row + 1]
        texts = [[text, *(clean_text(row[c]) for row in stack if c < len(row))] for c, text in enumerate(header.texts)]
        keys = [header.columns[f.name] for f in key_fields(contract) if f.name in header.columns]
        return Lines(keys, texts, above, self._sheet.merged, contract.school_code_pattern)

    def rows(self) -> Iterator[RawRow]:
        """Every record, and every line that might be one; rows without any content are none."""
        kept = [(column, name) for column, name in self._others.items() if not is_personal(name)]
        last = len(self._sheet.rows) - 1
        totals = Totals()
        unjudged: dict[int, RawRow] = {}
        for index in range(self._header.row + 1, len(self._sheet.rows)):
            cells = self._sheet.rows[index]
            first = next((cell for cell in cells if cell != "" and clean_text(cell)), None)
            if first is None and not any(_has_content(cell) for cell in cells):
                continue
            known = {f: cells[column] for f, column in self._columns.items() if column < len(cells)}
            row = RawRow(self._sheet.name, index + 1, known, self._names)
            if kind := self._lines.kind(index, cells):
                if kind == "total":
                    totals.total(index + 1, known)
                    unjudged[index + 1] = row
                    continue
                if kind == "group":
                    totals.group()
                self.left_out.add(kind, index + 1)
                continue
            row.extra = {name: masked(text) for column, name in kept if (text := _cell_text(cells, column))}
            row.faults = self._shape_faults(index + 1, cells, squeeze(first), index == last)
            row.is_record = not any(fault.rule in _NO_RECORD for fault in row.faults)
            if any(fault.rule == "footer_row" for fault in row.faults):
                row.raw, row.extra = {}, {}
            if row.is_record:
                totals.record(known)
            yield row
        wrong = totals.wrong(self._is_summed)
        for number, row in unjudged.items():
            if number in wrong:
                row.faults, row.is_record = [self._disagreement(number, *wrong[number])], False
                yield row
            else:
                self.left_out.add("total", number)

    def _is_summed(self, name: str) -> bool:
        field = self._fields[name]
        return bool(field.unit) and field.summed and field.type not in _UNSUMMED

    def _disagreement(self, number: int, name: str, total: Decimal, found: Decimal) -> Fault:
        column = self._names[name]
        return row_fault(
            "total_disagrees", sheet=self._sheet.name, row=number, column=column, value=plain(total), sum=plain(found)
        )

    def _shape_faults(self, number: int, cells: list[object], first: str, is_last: bool) -> list[Fault]:
        sheet = self._sheet.name
        if is_plain_total(first):
            return [row_fault("total_row", sheet=sheet, row=number, value=first)]
        if label := footer_label(first):
            return [row_fault("footer_row", sheet=sheet, row=number, value=label)]
        if is_last and self._sheet.unterminated and len(cells) < self._width:
            return [row_fault("truncated_row", sheet=sheet, row=number)]
        beyond = [column for column in range(len(self._header.texts), len(cells)) if clean_text(cells[column])]
        if beyond:
            return [row_fault("too_many_cells", sheet=sheet, row=number, column=f"{column_letter(beyond[0])}列")]
        return []

    def _other_columns(self) -> dict[int, str]:
        used = set(self._header.columns.values())
        names: dict[int, str] = {}
        taken: set[str] = set()
        for column, text in enumerate(self._header.texts):
            if column in used:
                continue
            if not text:
                filled = any(_cell_text(row, column) for row in self._sheet.rows[self._header.row + 1 :])
                if not filled:
                    continue
                text = f"{column_letter(column)}列"
            name = text if text not in taken else f"{text}_{column_letter(column)}列"
            taken.add(name)
            names[column] = name
        return names


def _has_content(cell: object) -> bool:
    """Whether a cell holds anything at all, a mark for "nothing stated" included."""
    return bool(show(cell).strip())


def _cell_text(cells: list[object], column: int) -> str:
    return clean_text(cells[column]) if column < len(cells) else ""
