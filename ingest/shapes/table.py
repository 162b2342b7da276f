"""Tables: one record per row below a header row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property, partial

from ingest.readers.sheet import Sheet, column_letter
from ingest.schema.table import TableContract
from ingest.shapes.edited import Edited
from ingest.shapes.header import Header, HeaderFinder, normalise
from ingest.shapes.lines import Kind, LeftOut, Lines, Totals, is_index, is_plain_total
from ingest.shapes.merged import Filled, fill_down, is_measure
from ingest.shapes.records import RawRow, Records
from ingest.shapes.words import TEXT
from ingest.values.address import CellAddress
from ingest.values.cells import clean_text, plain, show, squeeze
from ingest.values.columns import ABSENT, answers
from ingest.values.faults import MISFIT, PICTURE, Refusal, row_fault
from ingest.values.persons import footer_label, header_name, is_personal, masked
from ingest.values.texts import named_column, named_rows, row_place
from ingest.values.units import another_unit, stated_unit
from junheng.core.records import Fault

_NAMED = 5
_NO_RECORD = {"total_row", "footer_row"}
_UNSUMMED = {"year", "flag", "text", "code", "list", "month", "choice", "person"}


def tables_of(contract: TableContract, sheet: Sheet, header: Header, finder: HeaderFinder) -> list[tuple[Table, Header]]:
    """The table below a header, and one more below each further header whose columns stand elsewhere. Raises Refusal."""
    tables: list[tuple[Table, Header]] = []
    before: Table | None = None
    while True:
        if header.problem is not None:
            raise header.problem
        table = Table(contract, sheet, header, finder, before)
        if before is None and (above := table.records_above):
            raise Refusal("records_above_header", place=table.place_of(above), header=header.row + 1)
        following = table.next_header
        if following is None:
            return [*tables, (table, header)]
        part = replace(sheet, rows=sheet.rows[: following.row], unterminated=False)
        before = Table(contract, part, header, finder, before)
        tables.append((before, header))
        header = following


class Table:
    """A sheet with the header a contract found in it."""

    def __init__(
        self, contract: TableContract, sheet: Sheet, header: Header, finder: HeaderFinder, before: Table | None = None
    ) -> None:
        self._finder = finder
        self._before = before
        self._header = header
        again = {f.name: f.same_cell_as for f in contract.fields.fields if f.same_cell_as in header.columns}
        self._columns_of = header.columns | {name: header.columns[read] for name, read in again.items() if read}
        self._names = {field: header.texts[column] for field, column in self._columns_of.items()}
        self._width = max(column for column, text in enumerate(header.texts) if text) + 1
        self._fields = contract.fields.by_name
        self._sheet = sheet
        self._lines = self._line_reader(contract)
        merged = self._filled_down(contract)
        self._sheet, self.notes, self._merged_faults = merged.sheet, merged.notes, merged.faults
        self.notes += self._notes_on(PICTURE, sheet.pictures)
        self._columns = self._sheet.columns(header.row + 1, ABSENT)
        self._size = len(sheet.rows) - header.row - 1
        self._others = self._other_columns() if contract.other_columns == "keep" else {}
        self._kept = self._kept_columns()
        self.notes += self._notes_on(MISFIT, ((row, column) for row, column in sheet.misfits if column in self._others))
        self._edited = Edited(contract.edited, header, self._sheet) if contract.edited else None
        self.left_out = LeftOut(sheet.name)
        if before is not None:
            self.left_out.add("other_header", header.row + 1)

    @property
    def unknown_columns(self) -> list[str]:
        """Headers of columns no field is read from."""
        names = {name: header_name(name) for name in self._others.values()}
        return [TEXT("not_kept", column=shown) if is_personal(name) else shown for name, shown in names.items()]

    @property
    def records_above(self) -> list[int]:
        """Lines (0-based) above the header with the code of a record and most of what one holds: nobody would read them."""
        header = self._header
        wide = len(header.columns)
        return [
            row
            for row, cells in enumerate(self._sheet.rows[: header.first_row])
            if self._lines.is_coded(cells) and not is_index(cells) and sum(map(bool, map(squeeze, cells))) * 2 > wide
        ]

    def place_of(self, rows: Sequence[int]) -> str:
        """Where lines (0-based) stand."""
        return row_place(self._sheet.name) + named_rows([row + 1 for row in rows], _NAMED)

    def _line_reader(self, contract: TableContract) -> Lines:
        header = self._header
        first = header.row if header.top is None else header.top
        above = [] if self._before else [clean_text(cell) for row in self._sheet.rows[:first] for cell in row]
        stack = self._sheet.rows[first : header.row + 1]
        texts = [[text, *(clean_text(row[c]) for row in stack if c < len(row))] for c, text in enumerate(header.texts)]
        for name, column in header.columns.items():  # a second row may say each header in another language
            texts[column] += contract.headers(self._fields[name])
        keys = [header.columns[f.name] for f in contract.key_fields if f.name in header.columns]
        return Lines(keys, texts, above, self._sheet.merged, contract.school_code_pattern)

    def _filled_down(self, contract: TableContract) -> Filled:
        """The sheet with its ranges merged downwards filled."""
        header = self._header
        fields = {column: self._fields[name] for name, column in header.columns.items()}
        identifying = frozenset(
            header.columns[f.name]
            for f in contract.required_columns
            if f.name in header.columns
            and f.role != "county"
            and f.type != "year"
            and f.name != contract.year_field
            and not is_measure(f)
        )
        headers = {column: header_name(text) for column, text in enumerate(header.texts) if text}
        return fill_down(
            self._sheet,
            header.row + 1,
            fields,
            headers,
            lambda row: self._lines.kind(row, self._sheet.rows[row]) is None,
            identifying,
        )

    def _notes_on(self, rule: str, cells: Iterable[tuple[int, int]]) -> list[Fault]:
        """A note for each of these cells that is below the header."""
        sheet, texts = self._sheet, self._header.texts
        below = sorted((row, column) for row, column in cells if self._header.row < row < len(sheet.rows))
        return [
            row_fault(rule, sheet=sheet.name, row=row + 1, column=header_name(texts[column]))
            for row, column in below
            if column < len(texts) and texts[column]
        ]

    def address(self, name: str, row: int) -> CellAddress:
        """Where a field of a row (1-based) stands."""
        return CellAddress(self._sheet.name, column_letter(self._columns_of[name]), row)

    @property
    def next_header(self) -> Header | None:
        """The first header below with its columns in other places; a guarded sheet has none."""
        start = self._header.row + 1
        for line in () if self._edited else self._doubtful:
            if header := self._finder.again(start + line, self._sheet.rows[start + line], self._header):
                return header
        return None

    @property
    def summed(self) -> list[dict[str, object]]:
        """Cells of every record by field, those of the tables before it in its sheet as well."""
        start = self._header.row + 1
        lines = enumerate(self._sheet.rows[start : start + self._size], start)
        records = [
            self._known(cells) for index, cells in lines if not _is_blank(cells) and self._lines.kind(index, cells) is None
        ]
        return (self._before.summed if self._before else []) + records

    def records(self) -> Records:
        """Every record, and every line that might be one; rows without any content are none."""
        start, columns, size = self._header.row + 1, self._columns, self._size
        none: dict[int, Kind | None] = {}
        """Lines that are no records, counted from the first below the header; None for one without content."""
        faulty: dict[int, RawRow] = {}
        for line in range(size) if self._edited else self._doubtful:
            cells = self._sheet.rows[start + line]
            if _is_blank(cells):
                none[line] = None
            elif kind := self._lines.kind(start + line, cells):
                none[line] = kind
                if kind == "instruction":
                    self._check_units(cells)
            elif (row := self._row(start + line)).faults:
                faulty[line] = row
            elif self._edited and not row.is_record:
                none[line] = "untouched"
        wrong = self._wrong_totals(start, size, none, faulty)
        for line, kind in sorted(none.items(), key=lambda entry: entry[1] == "total"):
            if kind and line not in wrong:
                self.left_out.add(kind, start + line + 1)
        complete = not none
        kept = range(size) if complete else [line for line in range(size) if line not in none] + list(wrong)
        faulty |= wrong

        def column(number: int) -> Sequence[object]:
            cells = columns[number] if number < len(columns) else (ABSENT,) * size
            return cells if complete else [cells[line] for line in kept]

        return Records(
            {name: column(number) for name, number in self._columns_of.items()},
            [self._sheet.name] * len(kept),
            range(start + 1, start + 1 + size) if complete else [start + line + 1 for line in kept],
            self._extra([(name, column(number)) for number, name in self._kept]),
            None,
            frozenset(number for number, line in enumerate(kept) if line in faulty) if faulty else frozenset(),
            lambda number: faulty.get(kept[number]) or self._row(start + kept[number]),
        )

    def _check_units(self, cells: Sequence[object]) -> None:
        """Raise Refusal where a line below the header states another unit than a field's."""
        for name, column in self._header.columns.items():
            unit = stated_unit(squeeze(cells[column])) if column < len(cells) else ""
            expected = self._fields[name].unit
            if another_unit(unit, expected):
                raise Refusal("unit_mismatch", column=self._names[name], unit=unit, expected=expected)

    @cached_property
    def _doubtful(self) -> list[int]:
        return list(self._looked_at(self._header.row + 1, self._columns))

    def _looked_at(self, start: int, columns: Sequence[Sequence[object]]) -> Iterator[int]:
        """Lines below the header to be looked at one by one: all but records that are surely such, without a fault of shape."""
        nothing: list[bool | None] = [None] * self._size
        keyed = [column for column in self._lines.keys if column < len(columns)]
        keys = [map(partial(self._identifies, column), columns[column]) for column in keyed]
        identified = list(keys[0]) if len(keys) == 1 else [any(answer) for answer in zip(nothing, *keys, strict=True)]
        for column in keyed:
            for line, is_name in enumerate(answers(self._is_name, columns[column])):
                identified[line] &= not is_name
        begun = (answers(_leads, column) for column in columns)
        leads = next((answered for answered in begun if answered.count(None) < len(answered)), nothing)
        longest = len(self._header.texts)
        may_be_long = len(columns) > longest
        last = self._size - 1 if self._sheet.unterminated else None
        for line, (is_record, leads_record) in enumerate(zip(identified, leads, strict=True)):
            is_plain = is_record and leads_record and line != last
            if (
                not is_plain
                or start + line in self._merged_faults
                or (may_be_long and len(self._sheet.rows[start + line]) > longest)
            ):
                yield line

    def _is_name(self, cell: object) -> bool:
        """Whether a cell holds a header, which no record does in a column that identifies it."""
        return type(cell) is str and not cell.isdigit() and normalise(cell) in self._finder.names

    def _identifies(self, column: int, cell: object) -> bool:
        return cell is not ABSENT and self._lines.identifies(column, squeeze(cell))

    def _row(self, index: int) -> RawRow:
        """A line that might be a record, with its faults of shape; ``index`` is 0-based."""
        cells = self._sheet.rows[index]
        row = RawRow(self._sheet.name, index + 1, self._known(cells), self._names)
        row.faults = self._shape_faults(index + 1, cells, squeeze(_first(cells)), index == len(self._sheet.rows) - 1)
        row.is_record = not any(fault.rule in _NO_RECORD for fault in row.faults)
        row.faults += self._merged_faults.get(index, [])
        if self._edited:
            row.faults += self._edited.faults(index)
            row.is_record &= self._edited.says_anything(index)
        if any(fault.rule == "footer_row" for fault in row.faults):
            row.raw = {}
        else:
            row.extra = {name: masked(text) for column, name in self._kept if (text := _cell_text(cells, column))}
        return row

    def _known(self, cells: Sequence[object]) -> dict[str, object]:
        return {name: cells[column] for name, column in self._columns_of.items() if column < len(cells)}

    @staticmethod
    def _extra(columns: list[tuple[str, Sequence[object]]]) -> list[dict[str, str]] | None:
        """Texts of unknown columns of each record."""
        if not columns:
            return None
        names = [name for name, _ in columns]
        texts = [answers(_extra_text, cells) for _, cells in columns]
        return [{name: text for name, text in zip(names, row, strict=True) if text} for row in zip(*texts, strict=True)]

    def _wrong_totals(
        self, start: int, size: int, none: Mapping[int, Kind | None], faulty: Mapping[int, RawRow]
    ) -> dict[int, RawRow]:
        """The totals that disagree with the records, by line below the header."""
        if "total" not in none.values():
            return {}
        totals = Totals()
        for raw in self._before.summed if self._before else ():
            totals.record(raw)
        totals.group()
        for line in range(size):
            if line not in none:
                if line not in faulty or faulty[line].is_record:
                    totals.record(self._known(self._sheet.rows[start + line]))
            elif none[line] == "total":
                totals.total(start + line + 1, self._known(self._sheet.rows[start + line]))
            elif none[line] == "group":
                totals.group()
        wrong: dict[int, RawRow] = {}
        for number, difference in totals.wrong(self._is_summed).items():
            raw = self._known(self._sheet.rows[number - 1])
            faults = [self._disagreement(number, *difference)]
            wrong[number - 1 - start] = RawRow(self._sheet.name, number, raw, self._names, faults=faults, is_record=False)
        return wrong

    def _is_summed(self, name: str) -> bool:
        field = self._fields[name]
        return bool(field.unit) and field.summed and field.type not in _UNSUMMED

    def _disagreement(self, number: int, name: str, total: Decimal, added: Decimal) -> Fault:
        column = self._names[name]
        return row_fault(
            "total_disagrees", sheet=self._sheet.name, row=number, column=column, value=plain(total), sum=plain(added)
        )

    def _shape_faults(self, number: int, cells: Sequence[object], first: str, is_last: bool) -> list[Fault]:
        sheet = self._sheet.name
        if is_plain_total(first):
            return [row_fault("total_row", sheet=sheet, row=number, value=first)]
        if label := footer_label(first):
            return [row_fault("footer_row", sheet=sheet, row=number, value=label)]
        if is_last and self._sheet.unterminated and len(cells) < self._width:
            return [row_fault("truncated_row", sheet=sheet, row=number)]
        beyond = [column for column in range(len(self._header.texts), len(cells)) if clean_text(cells[column])]
        if beyond:
            return [row_fault("too_many_cells", sheet=sheet, row=number, column=named_column(column_letter(beyond[0])))]
        return []

    def _other_columns(self) -> dict[int, str]:
        used = set(self._header.columns.values())
        names: dict[int, str] = {}
        taken: set[str] = set()
        for column, text in enumerate(self._header.texts):
            if column in used:
                continue
            if not text:
                cells = self._columns[column] if column < len(self._columns) else ()
                if not any(cell is not ABSENT and clean_text(cell) for cell in cells):
                    continue
                text = named_column(column_letter(column))
            name = text if text not in taken else f"{text}_{named_column(column_letter(column))}"
            taken.add(name)
            names[column] = name
        return names

    def _kept_columns(self) -> list[tuple[int, str]]:
        """Unknown columns that name nobody, under what a header is without what may have been filled in behind it."""
        kept: dict[str, int] = {}
        for column, name in self._others.items():
            if not is_personal(name):
                shown = header_name(name)
                kept[shown if shown not in kept else f"{shown}_{named_column(column_letter(column))}"] = column
        return [(column, name) for name, column in kept.items()]


def _first(cells: Sequence[object]) -> object:
    """The first cell that states something."""
    return next((cell for cell in cells if cell != "" and clean_text(cell)), None)


def _is_blank(cells: Sequence[object]) -> bool:
    return _first(cells) is None and not any(_has_content(cell) for cell in cells)


def _leads(cell: object) -> bool | None:
    """Whether a record may begin with this cell: it is neither a total nor a footer; None where it states nothing."""
    if cell is ABSENT or not clean_text(cell):
        return None
    text = squeeze(cell)
    return not is_plain_total(text) and footer_label(text) is None


def _extra_text(cell: object) -> str:
    return "" if cell is ABSENT else masked(clean_text(cell))


def _has_content(cell: object) -> bool:
    """Whether a cell holds anything at all, a mark for "nothing stated" included."""
    return bool(show(cell).strip())


def _cell_text(cells: Sequence[object], column: int) -> str:
    return clean_text(cells[column]) if column < len(cells) else ""
