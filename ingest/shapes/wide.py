"""Wide tables (横表): one row per school under stacked header rows, one file per stage."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from ingest.readers.sheet import Sheet, column_letter
from ingest.schema.areas import area_prefix, area_systems
from ingest.schema.codes import kinds
from ingest.schema.contract import WideField, WidePath, WideTableContract
from ingest.schema.source import Field, Stage
from ingest.shapes.form import written_year
from ingest.shapes.header import header_paths, normalise, unnumbered
from ingest.shapes.lines import LeftOut, Lines, Totals, is_index, is_instruction, stated_unit
from ingest.shapes.merged import Filled, fill_down
from ingest.shapes.rows import RawRow, rows_joined
from ingest.shapes.table import key_fields
from ingest.values.address import CellAddress
from ingest.values.cells import BadCell, CellError, clean_text, number, plain, show, squeeze
from ingest.values.faults import Refusal, row_fault
from ingest.values.persons import header_name
from ingest.values.quotes import quotable
from ingest.values.units import another_unit, is_unit
from junheng.core.records import Fault, LandedFile
from junheng.core.settings import CODES

_SEARCHED_ROWS = 30
_ROWS_ABOVE = 6
"""Header rows that may stand above the one that names the school."""
_TOTALS = {"计", "合计", "小计", "总计"}
_OF_WHICH = re.compile(r"其中[:]?")
_UNIT = re.compile(r"(.+)[(\[](?:单位:)?([^()\[\]]+)[)\]]")

Part = tuple[str, str]
"""One text of a header path, ready to compare, and the unit it states."""


@dataclass(frozen=True)
class WideHeader:
    """The stacked header of a wide table."""

    top: int
    first_data_row: int
    texts: list[list[str]]
    """Header texts of each column."""
    paths: list[tuple[Part, ...]]
    missing: list[str]
    """Required entries without a column."""
    share: float
    """Share of the required entries that are there; 1.0 is a match."""


def _path_of(texts: Sequence[str]) -> tuple[Part, ...]:
    """A header path in the form in which paths are compared; a flat header may hold it in one text, with slashes."""
    parts = texts if len(texts) > 1 else [part for text in texts for part in normalise(text).split("/")]
    found: list[Part] = []
    for part in parts:
        text = unnumbered(_OF_WHICH.sub("", unnumbered(normalise(part)), count=1).lstrip("#*"))
        match = _UNIT.fullmatch(text)
        if match and is_unit(match[2]):
            found.append((match[1], match[2]))
        elif text:
            found.append((text, ""))
    while len(found) > 1 and found[-1][0] in _TOTALS:
        unit = found.pop()[1]
        if unit and not found[-1][1]:
            found[-1] = (found[-1][0], unit)
    return tuple(found)


def _with_unit(path: tuple[Part, ...], cell: object) -> tuple[Part, ...]:
    """A path whose unit stands in a line of its own below the header."""
    unit = stated_unit(squeeze(cell))
    return (*path[:-1], (path[-1][0], unit)) if path and is_unit(unit) and not path[-1][1] else path


def _stages_in(contract: WideTableContract, text: str) -> set[Stage]:
    text = squeeze(text)
    for word in contract.not_stage_names:
        text = text.replace(word, "")
    return {stage for stage, words in contract.stage_names.items() if any(word in text for word in words)}


class WideFinder:
    """Finds the stacked header of one contract, however deep it is."""

    def __init__(self, contract: WideTableContract) -> None:
        self._contract = contract
        entries = {entry.field: entry for entry in contract.wide_fields}
        self._required = [entries[name] for name in contract.required]
        identity = [entry for entry in self._required if not entry.stages]
        self._anchors = {_path_of(part.path)[-1][0] for entry in identity for option in entry.first_of for part in option}

    def find(self, sheet: Sheet) -> WideHeader | None:
        """The header; None where no row names two of the columns that identify a school."""
        rows = sheet.rows
        hits = [[c for c, cell in enumerate(row) if self._is_anchor(cell)] for row in rows[:_SEARCHED_ROWS]]
        anchor = max(range(len(hits)), key=lambda n: (len(hits[n]), -n), default=0)
        if not hits or len(hits[anchor]) < 2:
            return None
        first_data = self._first_data_row(rows, anchor, hits[anchor])
        last = first_data - 1
        units: Sequence[object] = ()
        while last > anchor and (is_index(rows[last]) or is_instruction(rows[last]) or not any(map(squeeze, rows[last]))):
            units = rows[last] if is_instruction(rows[last]) else units
            last -= 1
        top = anchor
        while top > max(anchor - _ROWS_ABOVE, 0) and self._is_header(rows[top - 1]):
            top -= 1
        texts = header_paths(rows, sheet.merged, top, last)
        paths = [_with_unit(_path_of(column), units[n] if n < len(units) else None) for n, column in enumerate(texts)]
        stage = self._contract.any_stage
        missing = [e.field for e in self._required if not any(_columns(self._contract, paths, e, stage))]
        return WideHeader(top, first_data, texts, paths, missing, 1 - len(missing) / len(self._required))

    def _is_anchor(self, cell: object) -> bool:
        path = _path_of([clean_text(cell)]) if isinstance(cell, str) else ()
        return bool(path) and path[-1][0] in self._anchors

    @staticmethod
    def _is_header(row: Sequence[object]) -> bool:
        """Whether a row above the columns of the school belongs to the header; a text alone in front is a title."""
        texts = set(filter(None, map(squeeze, row)))
        return bool(texts) and not any(":" in text for text in texts) and (len(texts) > 1 or not squeeze(row[0]))

    def _first_data_row(self, rows: Sequence[Sequence[object]], anchor: int, columns: list[int]) -> int:
        """The first row below that fills an identifying column with something else than the header."""
        for index in range(anchor + 1, len(rows)):
            row = rows[index]
            cells = [row[c] for c in columns if c < len(row)]
            if any(squeeze(cell) and not self._is_anchor(cell) for cell in cells) and not is_index(row):
                return index
        return len(rows)


def _columns(
    contract: WideTableContract, paths: list[tuple[Part, ...]], entry: WideField, stage: Stage
) -> Iterator[list[tuple[WidePath, list[int]]]]:
    """For each alternative whose columns are all there: its parts with the columns that fit best."""
    for option in entry.first_of:
        parts = [(part, _fitting(contract, paths, part, entry.not_under, stage)) for part in option]
        if all(columns or part.optional for part, columns in parts):
            yield [(part, columns) for part, columns in parts if columns]


def _fitting(
    contract: WideTableContract, paths: list[tuple[Part, ...]], part: WidePath, not_under: list[str], stage: Stage
) -> list[int]:
    """Columns whose path ends so, those with the shortest path."""
    wanted = [text for text, _ in _path_of([text.format(stage=contract.stage_names.get(stage, [""])[0]) for text in part.path])]
    found = {
        column: len(path)
        for column, path in enumerate(paths)
        if [text for text, _ in path[-len(wanted) :]] == wanted
        and not any(text.startswith(start) for text, _ in path for start in not_under)
    }
    return [column for column, length in found.items() if length == min(found.values())]


class WideTable:
    """A sheet read through a contract of wide tables. Raises Refusal when its stage or its columns are not clear."""

    def __init__(self, contract: WideTableContract, sheet: Sheet, header: WideHeader, landed: LandedFile | None) -> None:
        self._contract = contract
        self._sheet = sheet
        self._header = header
        self._landed = landed
        self._fields = contract.fields.by_name
        self.left_out = LeftOut(sheet.name)
        placed = {e.field: self._place(e, contract.any_stage) for e in contract.wide_fields if not e.stages}
        keys = [placed[f.name][0] for f in key_fields(contract) if placed.get(f.name)]
        above = [clean_text(cell) for row in sheet.rows[: header.top] for cell in row]
        self._lines = Lines(keys, header.texts, above, sheet.merged, contract.school_code_pattern)
        self._year = written_year(sheet.rows) or (landed.school_year if landed else None)
        self.stage = self._stage(placed)
        self._entries = [e for e in contract.wide_fields if not e.stages or self.stage in e.stages]
        self._placed = {self._name(entry): self._place(entry, self.stage) for entry in self._entries}
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

    def _place(self, entry: WideField, stage: Stage) -> list[int]:
        """Columns a field is the sum of; empty where the file does not have them."""
        field = self._fields[entry.field.format(stage=stage)]
        for parts in _columns(self._contract, self._header.paths, entry, stage):
            for _, columns in parts:
                if len(columns) > 1:
                    twice = "、".join(f"{column_letter(column)}列" for column in columns)
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
        said: dict[str, set[Stage]] = {
            "标题": _stages_in(self._contract, "".join(titles)),
            "工作表名": _stages_in(self._contract, self._sheet.name or ""),
            "表头": marks,
            "各校类型": self._common_stages(placed),
            "文件名": _stages_in(self._contract, file_name),
        }
        clear = {what: next(iter(stages)) for what, stages in said.items() if len(stages) == 1}
        if not clear:
            raise Refusal("stage_unknown")
        if len(set(clear.values())) > 1:
            raise Refusal("stage_disagrees", said="，".join(f"{what}是{names[stage][0]}" for what, stage in clear.items()))
        return next(iter(clear.values()))

    def _common_stages(self, placed: dict[str, list[int]]) -> set[Stage]:
        """Stages that every school of the sheet has by its kind."""
        known = kinds(self._contract.kind_system or "")
        columns = placed.get(next(iter(self._contract.fields.named("kind")), ""), [])
        found: list[frozenset[str]] = []
        for _, cells in self._records() if columns else ():
            code = known.code_of(squeeze(cells[columns[0]])) if columns[0] < len(cells) else ""
            found.append(known.stages.get(code, frozenset(self._contract.stage_names)))
        return {stage for stage in self._contract.stage_names if found and all(stage in stages for stages in found)}

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
            name, total, found = wrong[number_]
            fault = row_fault(
                "total_disagrees", sheet=row.sheet, row=row.row, column=self._titles[name], value=plain(total), sum=plain(found)
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
        found: list[Decimal | None] = []
        for part in parts:
            try:
                if isinstance(part, CellError):
                    raise BadCell("formula_error")
                found.append(number(part))
            except BadCell as bad:
                value = quotable(show(part), self._fields[name])
                fault = row_fault(bad.rule, sheet=row.sheet, row=row.row, column=self._titles[name], value=value)
                row.faults.append(fault)
                return None
        known = [part for part in found if part is not None]
        complete = bool(known) if self._contract.blank_parts_are_nil else len(known) == len(found)
        return sum(known, Decimal(0)) if complete else None

    def _complete(self, raw: dict[str, object]) -> None:
        """School year and county where the row is silent: the year of the title, the folder's; a county by its name."""
        year, county = self._contract.year_field, self._contract.fields.county
        if not squeeze(raw.get(year)):
            raw[year] = self._year
        area = (self._landed.area_code if self._landed else None) or ""
        written = squeeze(raw.get(county))
        system = self._contract.area_system
        if not written and len(area) == area_systems()[system].county_digits and area_prefix(area, system) == area:
            raw[county] = area
        elif written and not written.isdigit():
            codes = [code for code, name in _county_names(system) if written.endswith(name)]
            within = [code for code in codes if code.startswith(area_prefix(area, system))]
            named = within or codes
            raw[county] = named[0] if len(named) == 1 else raw[county]


def joined(rows: Sequence[tuple[Stage, RawRow]], keys: Sequence[Field]) -> tuple[list[RawRow], list[Fault]]:
    """The rows of a file whose sheets hold one stage each: a school of two stages is one record if they agree, and that is told.

    Where they do not agree both rows stay, and the school is found twice.
    """
    found: dict[tuple[str, ...], tuple[set[Stage], RawRow]] = {}
    kept: list[RawRow] = []
    notes: list[Fault] = []
    for stage, row in rows:
        key = tuple(squeeze(row.raw.get(field.name)) for field in keys)
        stages, first = found.setdefault(key, (set(), row))
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
