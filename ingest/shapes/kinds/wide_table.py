"""Wide tables (横表): one row per school under stacked header rows, one file per stage."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from ingest.readers.sheet import Sheet, column_letter
from ingest.schema.areas import area_prefix
from ingest.schema.codes import kinds
from ingest.schema.source import Field, Stage
from ingest.schema.wide_table import WideField, WideTableContract
from ingest.shapes.fits import WideFit
from ingest.shapes.header import normalise
from ingest.shapes.lines import LeftOut, Lines, Totals
from ingest.shapes.merged import Filled, fill_down
from ingest.shapes.records import RawRow, Records, rows_joined
from ingest.shapes.shape import Match, Shape, Trace, addressable, marked_figure
from ingest.shapes.stated import county_of, written_year
from ingest.shapes.wide_header import WideFinder, WideHeader, columns_of, stages_in
from ingest.shapes.words import TEXT
from ingest.values.address import CellAddress
from ingest.values.cells import BadCell, CellError, clean_text, number, plain, show, squeeze
from ingest.values.faults import Refusal, row_fault
from ingest.values.persons import header_name
from ingest.values.quotes import quotable
from ingest.values.texts import named_column
from ingest.values.units import another_unit
from junheng.core.records import Fault, LandedFile
from junheng.core.settings import CODES


class Wide(Shape[WideTableContract]):
    """Stacked header rows. It is found with the plain tables, :mod:`ingest.shapes.kinds.table`: a sheet may look like both."""

    contract = WideTableContract
    turn = 8

    def trace(self, contract: WideTableContract, sheet: Sheet, landed: LandedFile) -> Trace:
        """Cells of a text by row; of a workbook bronze keeps them."""
        named = addressable(sheet)
        header = None if sheet.name else WideFinder(contract).find(named)
        rows = WideTable(contract, named, header, landed).rows() if header else ()
        cells = {row.row: row.cells for row in rows}
        return lambda name, row: [(replace(cell, sheet=None), "") for cell in cells.get(row, {}).get(name, ())]

    def figure(self, contract: WideTableContract, _name: str, raw: object) -> tuple[Decimal | None, bool]:
        """A number, or a mark for "does not apply"."""
        return marked_figure(contract.absent_marks, raw)


SHAPE = Wide()


def match_wide(sheets: list[WideFit], notes_of_sheets: list[str], landed: LandedFile | None) -> Match:
    """The sheets of one contract. Raises Refusal."""
    contract = sheets[0].contract
    tables = [WideTable(contract, fit.sheet, fit.header, landed) for fit in sheets]
    columns = frozenset.union(*(table.columns for table in tables))
    rows, joined = join_rows([(table.stage, row) for table in tables for row in table.rows()], contract.key_fields)
    notes = [note for table in tables for note in table.notes] + joined
    left_out = [text for table in tables for text in table.left_out.sentences()]
    return Match(contract, [Records.of(rows)], [columns], [], left_out + notes_of_sheets, notes=notes)


class WideTable:
    """A sheet read through a contract of wide tables. Raises Refusal when its stage or its columns are not clear."""

    def __init__(self, contract: WideTableContract, sheet: Sheet, header: WideHeader, landed: LandedFile | None) -> None:
        self._contract = contract
        self._sheet = sheet
        self._header = header
        self._landed = landed
        self._fields = contract.fields.by_name
        self.left_out = LeftOut(sheet.name)
        placed = {e.field: self._columns(e, contract.any_stage) for e in contract.wide_fields if not e.stages}
        keys = [placed[f.name][0] for f in contract.key_fields if placed.get(f.name)]
        above = [clean_text(cell) for row in sheet.rows[: header.top] for cell in row]
        self._lines = Lines(keys, header.texts, above, sheet.merged, contract.school_code_pattern)
        self._year = written_year(sheet.rows) or (landed.school_year if landed else None)
        self.stage = self._stage(placed)
        self._entries = [e for e in contract.wide_fields if not e.stages or self.stage in e.stages]
        self._placed = {self._name(entry): self._columns(entry, self.stage) for entry in self._entries}
        self._titles = {name: "+".join("/".join(header.texts[c]) for c in cols) for name, cols in self._placed.items() if cols}
        merged = self._filled_down()
        self._sheet, self.notes, self._merged_faults = merged.sheet, merged.notes, merged.faults

    def _filled_down(self) -> Filled:
        """The sheet with its ranges merged downwards filled."""
        fields = {column: self._fields[name] for name, columns in self._placed.items() for column in columns}
        headers = {column: header_name("/".join(texts)) for column, texts in enumerate(self._header.texts) if texts}
        identifying = [column for name in self._contract.required for column in self._placed.get(name, [])]
        return fill_down(
            self._sheet,
            self._header.first_data_row,
            fields,
            headers,
            lambda row: self._lines.kind(row, self._sheet.rows[row]) is None,
            frozenset(identifying),
        )

    @property
    def columns(self) -> frozenset[str]:
        """Fields that have a column in the sheet."""
        return frozenset(name for name, columns in self._placed.items() if columns)

    def _name(self, entry: WideField) -> str:
        return entry.field.format(stage=self.stage)

    def _columns(self, entry: WideField, stage: Stage) -> list[int]:
        """Columns a field is the sum of; empty where the file does not have them."""
        field = self._fields[entry.field.format(stage=stage)]
        for parts in columns_of(self._contract, self._header.paths, entry, stage):
            for _, columns in parts:
                if len(columns) > 1:
                    twice = "、".join(named_column(column_letter(column)) for column in columns)
                    raise Refusal("duplicate_header", field=field.label, columns=twice)
                stated = next((unit for _, unit in reversed(self._header.paths[columns[0]]) if unit), "")
                if another_unit(stated, field.unit):
                    text = "/".join(self._header.texts[columns[0]])
                    raise Refusal("unit_mismatch", column=text, unit=stated, expected=field.unit)
            return [columns[0] for _, columns in parts]
        return []

    def _stage(self, placed: dict[str, list[int]]) -> Stage:
        """The stage the sheet is about: by its title and name, its columns, the kinds of its schools, the file's name.

        All that speak must agree. Raises Refusal.
        """
        names = self._contract.stage_names
        if not names:
            return self._contract.any_stage
        titles = [clean_text(cell) for row in self._sheet.rows[: self._header.top] for cell in row]
        texts = {text for column in self._header.texts for text in map(normalise, column)}
        marks = {stage for stage, marks in self._contract.stage_headers.items() if texts & set(map(normalise, marks))}
        file_name = re.split(r"[/!]", self._landed.path)[-1] if self._landed else ""
        by_source: dict[str, set[Stage]] = {
            "of_title": stages_in(self._contract, "".join(titles)),
            "of_sheet": stages_in(self._contract, self._sheet.name or ""),
            "of_header": marks,
            "of_kinds": self._common_stages(placed),
            "of_file_name": stages_in(self._contract, file_name),
        }
        clear = {source: next(iter(stages)) for source, stages in by_source.items() if len(stages) == 1}
        if not clear:
            raise Refusal("stage_unknown")
        if len(set(clear.values())) > 1:
            stated = [TEXT("stage_says", source=TEXT(source), stage=names[stage][0]) for source, stage in clear.items()]
            raise Refusal("stage_disagrees", said="，".join(stated))
        return next(iter(clear.values()))

    def _common_stages(self, placed: dict[str, list[int]]) -> set[Stage]:
        """Stages that every school of the sheet has by its kind."""
        known = kinds(self._contract.kind_system or "")
        columns = placed.get(next(iter(self._contract.fields.named("kind")), ""), [])
        of_schools: list[frozenset[str]] = []
        for _, cells in self._records() if columns else ():
            code = known.code_of(squeeze(cells[columns[0]])) if columns[0] < len(cells) else ""
            of_schools.append(known.stages.get(code, frozenset(self._contract.stage_names)))
        return {stage for stage in self._contract.stage_names if of_schools and all(stage in s for s in of_schools)}

    def _records(self) -> Iterator[tuple[int, list[object]]]:
        for index in range(self._header.first_data_row, len(self._sheet.rows)):
            cells = self._sheet.rows[index]
            if any(map(squeeze, cells)) and self._lines.kind(index, cells) is None:
                yield index, cells

    def rows(self) -> Iterator[RawRow]:
        """Every school's row, and every line that might be one."""
        totals = Totals()
        unjudged: dict[int, RawRow] = {}
        for index in range(self._header.first_data_row, len(self._sheet.rows)):
            cells = self._sheet.rows[index]
            if not any(map(squeeze, cells)):
                continue
            row = self._row(index, cells)
            kind = self._lines.kind(index, cells)
            if kind is None:
                totals.record(row.raw)
                yield row
                continue
            if kind == "total":
                totals.total(index + 1, row.raw)
                unjudged[index + 1] = row
                continue
            if kind == "group":
                totals.group()
            self.left_out.add(kind, index + 1)
        wrong = totals.wrong(self._is_summed)
        for number_, row in unjudged.items():
            if number_ not in wrong:
                self.left_out.add("total", number_)
                continue
            name, total, added = wrong[number_]
            fault = row_fault(
                "total_disagrees", sheet=row.sheet, row=row.row, column=self._titles[name], value=plain(total), sum=plain(added)
            )
            yield RawRow(row.sheet, row.row, row.raw, self._titles, faults=[fault], is_record=False)

    def _is_summed(self, name: str) -> bool:
        return bool(self._fields[name].unit) and self._fields[name].summed

    def _row(self, index: int, cells: list[object]) -> RawRow:
        row = RawRow(self._sheet.name, index + 1, {}, self._titles)
        for entry in self._entries:
            name, columns = self._name(entry), self._placed[self._name(entry)]
            if columns:
                row.raw[name] = self._value(row, entry, name, [cells[c] if c < len(cells) else None for c in columns])
                if self._sheet.name:
                    row.cells[name] = tuple(CellAddress(self._sheet.name, column_letter(c), index + 1) for c in columns)
        self._complete(row.raw)
        row.faults += self._merged_faults.get(index, [])
        return row

    def _value(self, row: RawRow, entry: WideField, name: str, parts: list[object]) -> object:
        absent = {squeeze(mark) or mark for mark in self._contract.absent_marks}
        parts = [None if (squeeze(part) or show(part).strip()) in absent else part for part in parts]
        if len(parts) == 1:
            digits = re.match(r"\d+", squeeze(parts[0])) if entry.first_digits else None
            return digits[0][: entry.first_digits] if digits else parts[0]
        numbers: list[Decimal | None] = []
        for part in parts:
            try:
                if isinstance(part, CellError):
                    raise BadCell("formula_error")
                numbers.append(number(part))
            except BadCell as bad:
                value = quotable(show(part), self._fields[name])
                fault = row_fault(bad.rule, sheet=row.sheet, row=row.row, column=self._titles[name], value=value)
                row.faults.append(fault)
                return None
        known = [part for part in numbers if part is not None]
        complete = bool(known) if self._contract.blank_parts_are_nil else len(known) == len(numbers)
        return sum(known, Decimal(0)) if complete else None

    def _complete(self, raw: dict[str, object]) -> None:
        """School year and county where the row is silent: the year of the title, the folder's; a county by its name."""
        year, county = self._contract.year_field, self._contract.fields.county
        if not squeeze(raw.get(year)):
            raw[year] = self._year
        area = (self._landed.area_code if self._landed else None) or ""
        written = squeeze(raw.get(county))
        system = self._contract.area_system
        if not written and (folder := county_of(self._landed, system)):
            raw[county] = folder
        elif written and not written.isdigit():
            codes = [code for code, name in _county_names(system) if written.endswith(name)]
            within = [code for code in codes if code.startswith(area_prefix(area, system))]
            named = within or codes
            raw[county] = named[0] if len(named) == 1 else raw[county]


def join_rows(rows: Sequence[tuple[Stage, RawRow]], keys: Sequence[Field]) -> tuple[list[RawRow], list[Fault]]:
    """The rows of a file whose sheets hold one stage each: a school of two stages is one record if they agree, and that is told.

    Where they do not agree both rows stay, and the school is found twice.
    """
    firsts: dict[tuple[str, ...], tuple[set[Stage], RawRow]] = {}
    kept: list[RawRow] = []
    notes: list[Fault] = []
    for stage, row in rows:
        key = tuple(squeeze(row.raw.get(field.name)) for field in keys)
        stages, first = firsts.setdefault(key, (set(), row))
        agrees = all(squeeze(first.raw[name]) == squeeze(cell) for name, cell in row.raw.items() if name in first.raw)
        if first is row or not row.is_record or not all(key) or stage in stages or not agrees:
            kept.append(row)
        else:
            first.raw, first.columns = {**row.raw, **first.raw}, {**row.columns, **first.columns}
            first.cells = {**row.cells, **first.cells}
            first.faults = first.faults + row.faults
            notes.append(rows_joined(first, [row], "、".join(key)))
        stages.add(stage)
    return kept, notes


@lru_cache(maxsize=4)
def _county_names(system: str) -> tuple[tuple[str, str], ...]:
    with open(CODES / "areas.csv", encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["system"] == system and row["level"] == "county"]
    return tuple((row["area_code"], row["name"]) for row in rows)
