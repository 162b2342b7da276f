"""Form workbooks: one school per workbook, one sheet per form, cells addressed by the contract."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from ingest.readers.sheet import Place
from ingest.readers.workbook import Workbook
from ingest.schema.codes import kinds
from ingest.schema.form_workbook import FormCell, FormField, FormSum, FormWorkbookContract, IdentityCell
from ingest.schema.source import Stage
from ingest.shapes.contracts import contracts_of
from ingest.shapes.fits import whole_tables
from ingest.shapes.forms.formsheet import FormSheet
from ingest.shapes.forms.identity import FoundItem, IdentityForm, kind_code
from ingest.shapes.records import RawRow, Records
from ingest.shapes.shape import Match, Shape, marked_figure
from ingest.shapes.stated import county_of, written_year
from ingest.shapes.words import TEXT
from ingest.values.address import Addresses, CellAddress
from ingest.values.cells import BadCell, CellError, number, show, squeeze
from ingest.values.faults import Refusal, row_fault
from ingest.values.persons import masked
from ingest.values.quotes import quotable
from ingest.values.texts import named_column
from junheng.core.records import Fault, LandedFile


def form_of(contract: FormWorkbookContract, sheet_name: str) -> str | None:
    """The form a sheet holds: its name is the form, or the form, ``_`` and the kind of school."""
    form = sheet_name.strip().partition("_")[0].strip()
    return form if form in contract.forms else None


class PerSchool(Shape[FormWorkbookContract]):
    """One workbook per school."""

    contract = FormWorkbookContract
    turn = 1

    def in_workbook(self, book: Workbook, landed: LandedFile) -> list[Match]:
        """The workbook, where its sheets are named after forms of a contract. Raises Refusal."""
        for contract in contracts_of(FormWorkbookContract):
            if _is_form(book, [name for name in book.names if form_of(contract, name)]):
                forms = FormWorkbook(contract, book, landed)
                return [Match(contract, [Records.of([forms.row()])], [forms.delivered], [], [])]
        return []

    def figure(self, contract: FormWorkbookContract, _name: str, raw: object) -> tuple[Decimal | None, bool]:
        """A number, or a mark for "does not apply"."""
        return marked_figure(contract.absent_marks, raw)

    def stage_missing(self, contract: FormWorkbookContract, schools: Mapping[Stage, Sequence[str]], _several: bool) -> Refusal:
        """The forms of the stages that are not there."""
        return Refusal("missing_form", forms="、".join("/".join(contract.stage_forms[stage]) for stage in schools))


SHAPE = PerSchool()


def _is_form(book: Workbook, names: list[str]) -> bool:
    """Whether sheets named after forms are such; a lone one may be a plain table that somebody named so."""
    return len(names) > 1 or (bool(names) and not whole_tables(book, names))


class FormWorkbook:
    """A school's workbook read through its contract."""

    def __init__(self, contract: FormWorkbookContract, book: Workbook, landed: LandedFile) -> None:
        self._contract = contract
        self._book = book
        self._landed = landed
        self._kinds = kinds(contract.kind_system or "")
        self._names: dict[str, list[str]] = {}
        for name in book.names:
            if form := form_of(contract, name):
                self._names.setdefault(form, []).append(name)
        if contract.identity_form not in self._names:
            raise Refusal("missing_form", forms=contract.identity_form)
        self._sheets: dict[str, FormSheet] = {}
        self._faults: list[Fault] = []
        self._kind: str | None = None

    @property
    def delivered(self) -> frozenset[str]:
        """Fields of stages whose forms are all in the workbook."""
        return frozenset(
            self._contract.stage_columns[stage]
            for stage, forms in self._contract.stage_forms.items()
            if all(form in self._names for form in forms)
        )

    def row(self) -> RawRow:
        """The school's record. Raises Refusal when a form cannot be chosen."""
        raw: dict[str, object] = {}
        cells: dict[str, Addresses] = {}
        columns: dict[str, str] = {}
        kind_fields = self._contract.fields.named("kind")
        for item in sorted(self._contract.identity, key=lambda i: i.field not in kind_fields):
            value, cell = self._identity(item)
            if item.field in kind_fields:
                value = self._set_kind(value, cell.value, item.labels[0])
            raw[item.field] = value
            place = cell.value or (cell.label if self._contract.fields.field(item.field).required else None)
            if place is not None:  # where nothing is stated the label says which item is missing
                cells[item.field] = (self._origin(self._identity_sheet, place),)
                columns[item.field] = item.labels[0]
        self._complete(raw)
        for field in self._contract.form_fields:
            value, origins = self._value(field)
            raw[field.field] = value
            if origins:
                cells[field.field] = tuple(origins)
        return RawRow(self._identity_sheet.name, None, raw, columns, cells=cells, faults=self._faults)

    @property
    def _identity_sheet(self) -> FormSheet:
        sheet = self._sheet(self._contract.identity_form)
        assert sheet is not None
        return sheet

    def _sheet(self, form: str) -> FormSheet | None:
        """The sheet of a form; of several the one named after the school's kind."""
        if form not in self._sheets:
            names = self._names.get(form, [])
            if not names:
                return None
            if len(names) > 1:
                meant = [n for n in names if self._kind and self._kinds.code_of(n.partition("_")[2]) == self._kind]
                if len(meant) != 1:
                    raise Refusal("ambiguous_sheet", form=form, sheets="、".join(names))
                names = meant
            self._sheets[form] = FormSheet(self._book.sheet(names[0]), self._contract.a1_counts_frame)
        return self._sheets[form]

    @staticmethod
    def _origin(sheet: FormSheet, place: Place) -> CellAddress:
        return CellAddress(sheet.name, sheet.letter(place), sheet.number_of_row(place))

    @cached_property
    def _identity_form(self) -> IdentityForm:
        return IdentityForm(self._contract, self._identity_sheet)

    def _identity(self, item: IdentityCell) -> tuple[object, FoundItem]:
        cell = self._identity_form.find(item)
        value = self._identity_sheet.value(cell.value) if cell.value else None
        if item.first_digits and value is not None:
            match = re.match(r"\d+", squeeze(value))
            value = match[0][: item.first_digits] if match else value
        if item.only_mapped and squeeze(value) not in set(map(squeeze, self._contract.value_maps.get(item.field, {}))):
            value = None
        return value, cell

    def _set_kind(self, value: object, place: Place | None, label: str) -> object:
        text = squeeze(value)
        code = kind_code(self._contract, text or self._identity_sheet.name.partition("_")[2])
        if code is not None:
            self._kind = code
            return code
        if text:
            row = self._identity_sheet.number_of_row(place) if place else None
            sheet = self._identity_sheet.name
            self._faults.append(row_fault("unknown_kind", sheet=sheet, row=row, column=label, value=masked(show(value))))
        return None

    def _complete(self, raw: dict[str, object]) -> None:
        """School year from the sheets' text and county from the folder, where the identity form is silent."""
        year_field = self._contract.year_field
        if not squeeze(raw.get(year_field)):
            raw[year_field] = self._written_year() or self._landed.school_year
        county, area = self._contract.fields.county, county_of(self._landed, self._contract.area_system)
        if area and not squeeze(raw.get(county)):
            raw[county] = area

    def _written_year(self) -> int | None:
        names = sorted(self._book.names, key=lambda name: form_of(self._contract, name) is None)
        return next((year for name in names if (year := written_year(self._book.sheet(name).rows))), None)

    def _value(self, field: FormField) -> tuple[Decimal | None, list[CellAddress]]:
        for option in field.first_of:
            if self._applies(option):
                return self._sum(field.field, option)
        return None, []

    def _applies(self, option: FormSum) -> bool:
        if any(cell.form not in self._names for cell in option.sum):
            return False
        if option.when is None:
            return True
        sheet = self._sheet(option.when.form)
        return sheet is not None and sheet.shows(option.when)

    def _sum(self, name: str, option: FormSum) -> tuple[Decimal | None, list[CellAddress]]:
        """Sum of cells and their origins; unknown as soon as one cell is (see ``blank_parts_are_nil``)."""
        parts: list[Decimal | None] = []
        origins: list[CellAddress] = []
        for cell in option.sum:
            sheet = self._sheet(cell.form)
            assert sheet is not None
            place = sheet.locate(cell, self._kind)
            if place is None:
                zh, expected = self._zh(name), _named(cell)
                fault = row_fault("form_cell_missing", sheet=sheet.name, row=None, column=zh, expected=expected)
                self._faults.append(fault)
                return None, []
            origins.append(self._origin(sheet, place))
            parts.append(self._number(name, sheet, place))
        known = [part for part in parts if part is not None]
        complete = bool(known) if self._contract.blank_parts_are_nil else len(known) == len(parts)
        return (sum(known, Decimal(0)) if complete else None), origins

    def _number(self, name: str, sheet: FormSheet, place: Place) -> Decimal | None:
        raw = sheet.value(place)
        if show(raw).strip() in self._contract.absent_marks:
            stage = self._contract.fields.field(name).stage
            lacks = self._kind is not None and stage is not None and stage not in self._kinds.stages[self._kind]
            return Decimal(0) if lacks else None
        try:
            if isinstance(raw, CellError):
                raise BadCell("formula_error")
            return number(raw)
        except BadCell as bad:
            column = f"{named_column(sheet.letter(place))} {self._zh(name)}"
            row = sheet.number_of_row(place)
            value = quotable(show(raw), self._contract.fields.field(name))
            self._faults.append(row_fault(bad.rule, sheet=sheet.name, row=row, column=column, value=value))
            return None

    def _zh(self, name: str) -> str:
        return self._contract.fields.field(name).zh


def _named(cell: FormCell) -> str:
    """How a person finds the cell."""
    row = TEXT("form_row", row=cell.row) if cell.row else "/".join(cell.label)
    column = TEXT("form_column", column=cell.column) if cell.column else "".join(cell.header)
    return " ".join(part for part in (row, column, cell.a1 or "") if part)
