"""Forms that are lists: a record per line, its fields by the headers of columns.

FormLabels decide what a cell is, and never its address: a number of a column is asked only where its header says nothing known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.readers.sheet import column_letter
from ingest.schema.stages import stages
from ingest.shapes.forms.labels import FormLabels
from ingest.shapes.forms.sections import LINE, LONGEST_LINE, FilledLines, Section, line_number
from ingest.shapes.header import Header, HeaderFinder, normalise
from ingest.shapes.lines import Kind, LeftOut, is_index, line_of
from ingest.shapes.merged import filled_down, is_measure, merged_figure, range_name
from ingest.shapes.records import RawRow
from ingest.shapes.shape import NEAR
from ingest.shapes.words import TEXT
from ingest.values.cells import clean_text, squeeze
from ingest.values.faults import Refusal, row_fault
from ingest.values.persons import header_name
from ingest.values.quotes import quotable
from ingest.values.texts import named_column
from junheng.core.records import Fault

_HEAD_ROWS = 12


class ListForm:
    """A section read by its columns. Raises Refusal where it is nearly the form and lacks a column."""

    def __init__(self, section: Section) -> None:
        self.section = section
        self._contract = section.contract
        self._labels = FormLabels(section)
        self.left_out = LeftOut(section.sheet.name)
        self._spread: dict[int, list[str]] = {}
        """Of a column the ranges whose text more records than one were given."""
        self._stages_to_add: list[Fault] = []
        self._header = self._find_header()
        self._lines = FilledLines(section, frozenset(self._header.columns.values()) if self._header else frozenset())

    @property
    def is_there(self) -> bool:
        """Whether the form itself stands under the title, and not only a word about it."""
        return self._header is not None

    @property
    def stating(self) -> list[str]:
        """Fields of which one is filled in a form that says anything."""
        return [name for name in (self._header.columns if self._header else ()) if name not in self._contract.keys]

    @property
    def unknown_columns(self) -> list[str]:
        """Headers that no field is read from."""
        header = self._header
        if header is None:
            return []
        used = set(header.columns.values())
        labels = range(min(used))
        texts = [text for column, text in enumerate(header.texts) if text and column not in used and column not in labels]
        return [header_name(text) for text in texts if not LINE.fullmatch(normalise(text))]

    @property
    def notes(self) -> list[Fault]:
        """What was taken and is worth a look; to be asked when the rows have been read."""
        header = self._header
        if header is None:
            return []
        ranges = {_column_name(header, column): names for column, names in sorted(self._spread.items())}
        return ([filled_down(self.section.sheet.name, ranges)] if ranges else []) + self._stages_to_add

    def records(self) -> list[RawRow]:
        """Every record."""
        rows = list(self._records())
        self._enter_stages(rows)
        return rows

    def _find_header(self) -> Header | None:
        rows, contract = self.section.rows, self._contract
        lines = [
            (row, column) for row, cells in enumerate(rows[:_HEAD_ROWS]) for column, cell in enumerate(cells) if line_number(cell)
        ]
        header = HeaderFinder(contract).find(rows[:_HEAD_ROWS], self.section.merged)
        numbers = [(row, column) for row, column in lines if len([other for other, _ in lines if other == row]) > 1]
        if header is None and not numbers:
            return None
        header = header or Header(numbers[0][0], {}, [], contract.required_columns, 0, None)
        columns, last = dict(header.columns), header.row
        for row, column in numbers:
            name = contract.numbers.get(squeeze(rows[row][column]).upper())
            if name and name not in columns and column not in columns.values():
                columns[name] = column
            last = max(last, row)
        missing = [field for field in contract.required_columns if field.name not in columns]
        share = 1 - len(missing) / len(contract.required_columns)
        if header.problem and share == 1:
            raise header.problem
        if missing and share >= NEAR:
            labels = "、".join(contract.headers(field)[0] for field in missing)
            raise Refusal("missing_column", contract=contract.title_zh, columns=labels)
        return None if missing else replace(header, row=last, columns=columns, missing=[])

    def _records(self) -> Iterator[RawRow]:
        header, section = self._header, self.section
        assert header is not None
        first_value = min(c for name, c in header.columns.items() if name not in self._contract.keys)
        label_columns = [c for c in range(first_value) if c not in header.columns.values()]
        names = {name: _column_name(header, column) for name, column in header.columns.items()}
        above: dict[str, str] = {}
        carried: dict[str, str] = {}
        repeated = self._repeated(header)
        for index in range(header.row + 1, len(section.rows)):
            cells = self._lines.cells(index)
            texts = list(filter(None, map(squeeze, cells)))
            if not texts:
                continue
            raw = {name: self._stated(cells[column]) for name, column in header.columns.items() if column < len(cells)}
            stated = self._labels.beside([clean_text(cells[c]) for c in label_columns if c < len(cells)])
            is_record = any(squeeze(raw.get(key)) or key in stated for key in self._contract.keys)
            if kind := self._no_record(index, cells, texts, bool(stated)):
                if kind == "group":
                    above, carried = self._labels.within(texts[0]), {}
                self.left_out.add(kind, section.number(index))
                continue
            if not is_record and not any(squeeze(raw.get(f.name)) for f in self._contract.mapped if f.unit):
                self.left_out.add("footer", section.number(index))
                continue
            carried |= {name: word for name, word in stated.items() if name in self._contract.carried}
            row = RawRow(section.sheet.name, section.number(index), raw, dict(names))
            for name, word in (self._labels.around() | above | carried | stated).items():
                if not squeeze(raw.get(name)):
                    row.raw[name] = word
            row.cells = {name: section.address(index, column) for name, column in header.columns.items() if name in raw}
            row.faults += repeated.get(index, [])
            self._note_spread(header, index)
            yield row

    def _stated(self, cell: object) -> object:
        """What a cell states; nothing where it has a mark of the contract for what is not known."""
        return None if self._contract.absent_marks and squeeze(cell) in self._contract.absent_marks else cell

    def _note_spread(self, header: Header, index: int) -> None:
        """Remember the ranges that gave a record their text."""
        for name, column in header.columns.items():
            lines = self._lines.range_of(index, column)
            if lines is not None and not is_measure(self._contract.fields.field(name)):
                text = range_name(column, *(self.section.first + line for line in lines))
                ranges = self._spread.setdefault(column, [])
                ranges += [text] if text not in ranges else []

    def _repeated(self, header: Header) -> dict[int, list[Fault]]:
        """Faults of lines, by line, over which one amount is merged: whose it is nobody knows."""
        section = self.section
        fields = {column: self._contract.fields.field(name) for name, column in header.columns.items()}
        faults: dict[int, list[Fault]] = {}
        for (top, left), (bottom, _) in section.merged:
            cells = section.rows[top]
            if not header.row < top < bottom or left not in fields or not is_measure(fields[left]) or left >= len(cells):
                continue
            lines = [n for n in range(top, bottom + 1) if any(squeeze(c) for at, c in enumerate(section.rows[n]) if at != left)]
            for line in lines if len(lines) > 1 and squeeze(cells[left]) else ():
                name = range_name(left, section.first + top, section.first + bottom)
                value = quotable(clean_text(cells[left]), fields[left])
                column = _column_name(header, left)
                fault = merged_figure(section.sheet.name, section.number(line), column, value, name, len(lines))
                faults.setdefault(line, []).append(fault)
        return faults

    def _no_record(self, index: int, cells: Sequence[object], texts: list[str], labelled: bool) -> Kind | None:
        """What a line is that holds no record."""
        if is_index(cells) or all(map(line_number, texts)):
            return "index"
        kind = line_of(texts[0])
        if kind in {"total", "footer"} or (kind in {"mean", "statistic"} and not labelled):
            return kind
        if any(re.match(pattern, texts[0]) for pattern in self._contract.notes):
            return "footer"
        if len(set(texts)) == 1 and (kind == "group" or self._labels.is_heading(texts[0]) or self._spans(index)):
            return "group"
        return None

    def _spans(self, index: int) -> bool:
        return any(top == index and right > left + 1 for (top, left), (_, right) in self.section.merged)

    def _enter_stages(self, rows: Sequence[RawRow]) -> None:
        """Enter the stage of lines that do not state it; where nothing here says it, a note says what to add."""
        sequence, name = self._contract.sequence, "stage"
        if sequence is None or not rows or all(squeeze(row.raw.get(name)) for row in rows):
            return
        counted = set(map(normalise, sequence.headers))
        texts = self._header.texts if self._header else []
        column = next((column for column, text in enumerate(texts) if normalise(text) in counted), None)
        numbers = [self._counted(row, column) for row in rows]
        schools = [clean_text(row.raw.get("school_name")) for row in rows]
        for row, stage in zip(rows, stages(numbers, schools, sequence.names, sequence.order), strict=True):
            if squeeze(row.raw.get(name)):
                continue
            if stage is None:
                self._stages_to_add.append(self._stage_to_add(row, sequence.order))
            row.raw[name] = stage

    def _stage_to_add(self, row: RawRow, order: Sequence[str]) -> Fault:
        school = self._contract.fields.field("school_name")
        value = quotable(clean_text(row.raw.get(school.name)), school)
        return row_fault("stage_not_told", sheet=row.sheet, row=row.row, value=value, stages=TEXT("or").join(order))

    def _counted(self, row: RawRow, column: int | None) -> int | None:
        cells = self.section.sheet.rows[row.row - 1] if row.row else []
        text = squeeze(cells[column]) if column is not None and column < len(cells) else ""
        text = text.removesuffix(".0")
        return int(text) if text.isascii() and text.isdigit() and len(text) < LONGEST_LINE else None


def _column_name(header: Header, column: int) -> str:
    text = header.texts[column] if column < len(header.texts) else ""
    return text or named_column(column_letter(column))
