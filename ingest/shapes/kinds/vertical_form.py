"""Vertical forms: one record per sheet, a line per item with its name in one column and its value in another (项目、值)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from ingest.readers import text as text_reader
from ingest.readers.sheet import Sheet, column_letter
from ingest.readers.text import BadByte, TextFile
from ingest.readers.workbook import Workbook
from ingest.schema.vertical_form import VerticalFormContract
from ingest.shapes.contracts import contracts_of
from ingest.shapes.header import SEARCHED_ROWS, Header, HeaderFinder, normalise
from ingest.shapes.records import RawRow, Records
from ingest.shapes.shape import NEAR, Match, Shape, Trace, addressable, unread
from ingest.shapes.stated import county_of
from ingest.shapes.words import TEXT
from ingest.values.address import Addresses, CellAddress
from ingest.values.cells import clean_text, squeeze
from ingest.values.faults import Refusal
from ingest.values.persons import footer_label, header_name, is_personal, masked
from ingest.values.texts import row_place
from junheng.core.records import LandedFile

_MOST_ROWS = 500
_MOST_COLUMNS = 12
"""A form is small; anything larger is a table and not looked at."""


class Vertical(Shape[VerticalFormContract]):
    """A line per item."""

    contract = VerticalFormContract
    turn = 3

    def in_text(self, file: TextFile, landed: LandedFile | None) -> Match | Refusal | None:
        """The text as one form. Raises Refusal."""
        for contract, _ in _finders() if landed else ():
            decoded = file.decode(contract.encodings)
            if isinstance(decoded, BadByte):
                continue
            for delimiter in contract.delimiters(text_reader.beginning(decoded)):
                if find_vertical(Sheet(None, text_reader.head(decoded, delimiter))) is None:
                    continue
                form = find_vertical(text_reader.read(decoded, delimiter))
                if landed and form is not None and form.header.share >= NEAR:
                    return _match([form], [], landed)
        return None

    def in_workbook(self, book: Workbook, landed: LandedFile) -> list[Match]:
        """The sheets that are such forms. Raises Refusal."""
        forms = [form for name in book.names if (form := find_vertical(book.sheet(name))) and form.header.share >= NEAR]
        if not forms:
            return []
        others = [name for name in book.names if name not in {form.sheet.name for form in forms} and book.sheet(name).rows]
        return [_match(forms, unread(others), landed)]

    def trace(self, _contract: VerticalFormContract, sheet: Sheet, landed: LandedFile) -> Trace:
        """Cells of a text, whose one record has no row; of a workbook bronze keeps them."""
        form = None if sheet.name else find_vertical(addressable(sheet))
        cells = form.row(landed).cells if form else {}
        return lambda name, row: [(replace(cell, sheet=None), "") for cell in cells.get(name, ()) if row is None]

    def likeness(self, _contract: VerticalFormContract, sheet: Sheet) -> tuple[float, int]:
        """How much of the contract's items stands in the beginning of a text."""
        form = find_vertical(sheet)
        return form.header.rank if form else (0.0, 0)


SHAPE = Vertical()


@dataclass(frozen=True)
class VerticalForm:
    """A form found in a sheet; ``header`` is its column of items read as a header row."""

    contract: VerticalFormContract
    sheet: Sheet
    header: Header
    first: int
    """First line of an item, 0-based."""
    values: int
    """Column of the values."""

    def row(self, landed: LandedFile) -> RawRow:
        """The record, with the address of every cell."""
        raw: dict[str, object] = {}
        cells: dict[str, Addresses] = {}
        for name, item in self.header.columns.items():
            line = self.sheet.rows[self.first + item]
            raw[name] = line[self.values] if self.values < len(line) else None
            if self.sheet.name:
                cells[name] = (CellAddress(self.sheet.name, column_letter(self.values), self.first + item + 1),)
        stated = {
            self.contract.fields.county: county_of(landed, self.contract.area_system),
            self.contract.year_field: landed.school_year,
        }
        raw |= {name: stated[name] for name in self.contract.completed if not squeeze(raw.get(name))}
        names = {name: self._name(item) for name, item in self.header.columns.items()}
        extra = {header_name(text): masked(value) for text, value in self._others() if not is_personal(text) and value}
        return RawRow(self.sheet.name, self.first + 1 if self.sheet.name else None, raw, names, extra, cells)

    def _name(self, item: int) -> str:
        """The item; in delimited text, whose record has no line of its own, with the line it stands in."""
        text = self.header.texts[item]
        return text if self.sheet.name else f"{row_place(None, self.first + item + 1)} {text}"

    @property
    def unknown_items(self) -> list[str]:
        """Items no field is read from."""
        names = [text for text, _ in self._others()]
        return [TEXT("not_kept", column=header_name(name)) if is_personal(name) else header_name(name) for name in names]

    def _others(self) -> list[tuple[str, str]]:
        used = set(self.header.columns.values())
        others = []
        for item, text in enumerate(self.header.texts):
            line = self.sheet.rows[self.first + item]
            if text and item not in used and not footer_label(squeeze(text)):
                others.append((text, clean_text(line[self.values]) if self.values < len(line) else ""))
        return others


def _match(forms: list[VerticalForm], notes_of_sheets: list[str], landed: LandedFile) -> Match:
    """One record per sheet. Raises Refusal for a form that lacks an item."""
    contract = forms[0].contract
    for form in forms:
        if form.header.missing:
            missing = "、".join(field.label for field in form.header.missing)
            raise Refusal("missing_column", contract=contract.title_zh, columns=missing)
        if form.header.problem is not None:
            raise form.header.problem
    columns = frozenset.intersection(*(frozenset(form.header.columns) for form in forms))
    unknown = list(dict.fromkeys(name for form in forms for name in form.unknown_items))
    return Match(contract, [Records.of([form.row(landed) for form in forms])], [columns], unknown, notes_of_sheets)


@lru_cache(maxsize=1)
def _finders() -> list[tuple[VerticalFormContract, HeaderFinder]]:
    return [(contract, HeaderFinder(contract)) for contract in contracts_of(VerticalFormContract)]


def find_vertical(sheet: Sheet) -> VerticalForm | None:
    """The form that a sheet is, or is nearest to; None for a sheet without the two columns, or a large one."""
    if not 1 < len(sheet.rows) <= _MOST_ROWS or max(map(len, sheet.rows)) > _MOST_COLUMNS:
        return None
    forms = [form for contract, finder in _finders() if (form := _find(contract, finder, sheet))]
    return max(forms, key=lambda form: form.header.rank, default=None)


def _find(contract: VerticalFormContract, finder: HeaderFinder, sheet: Sheet) -> VerticalForm | None:
    items, values = (set(map(normalise, names)) for names in (contract.item_headers, contract.value_headers))
    for index, cells in enumerate(sheet.rows[:SEARCHED_ROWS]):
        texts = [normalise(cell) for cell in cells]
        item = next((column for column, text in enumerate(texts) if text in items), None)
        if item is None:
            continue
        value = next((column for column, text in enumerate(texts) if text in values and column > item), None)
        if value is None:
            continue
        lines = [row[item] if item < len(row) else None for row in sheet.rows[index + 1 :]]
        header = finder.find([lines])
        return VerticalForm(contract, sheet, header, index + 1, value) if header else None
    return None
