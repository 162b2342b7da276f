"""Vertical forms: one record per sheet, a line per item with its name in one column and its value in another (项目、值)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ingest.readers.sheet import Sheet, column_letter
from ingest.schema.areas import area_prefix, area_systems
from ingest.schema.contract import VerticalFormContract, load_contracts
from ingest.shapes.header import Header, HeaderFinder, normalise
from ingest.shapes.rows import RawRow
from ingest.values.address import Addresses, CellAddress
from ingest.values.cells import clean_text, squeeze
from ingest.values.persons import footer_label, header_name, is_personal, masked
from junheng.core.records import LandedFile

_SEARCHED_ROWS = 30
_MOST_ROWS = 500
_MOST_COLUMNS = 12
"""A form is small; anything larger is a table and not looked at."""


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
        """The record, with the place of every cell."""
        raw: dict[str, object] = {}
        cells: dict[str, Addresses] = {}
        for name, at in self.header.columns.items():
            line = self.sheet.rows[self.first + at]
            raw[name] = line[self.values] if self.values < len(line) else None
            if self.sheet.name:
                cells[name] = (CellAddress(self.sheet.name, column_letter(self.values), self.first + at + 1),)
        stated = {self.contract.fields.county: self._county(landed), self.contract.year_field: landed.school_year}
        raw |= {name: stated[name] for name in self.contract.completed if not squeeze(raw.get(name))}
        names = {name: self._name(at) for name, at in self.header.columns.items()}
        extra = {header_name(text): masked(value) for text, value in self._others() if not is_personal(text) and value}
        return RawRow(self.sheet.name, self.first + 1 if self.sheet.name else None, raw, names, extra, cells)

    def _name(self, at: int) -> str:
        """The item; in delimited text, whose record has no line of its own, with the line it stands in."""
        text = self.header.texts[at]
        return text if self.sheet.name else f"第{self.first + at + 1}行 {text}"

    @property
    def unknown_items(self) -> list[str]:
        """Items no field is read from."""
        return [f"{header_name(t)}（个人信息，未保存）" if is_personal(t) else header_name(t) for t, _ in self._others()]

    def _others(self) -> list[tuple[str, str]]:
        used = set(self.header.columns.values())
        found = []
        for at, text in enumerate(self.header.texts):
            line = self.sheet.rows[self.first + at]
            if text and at not in used and not footer_label(squeeze(text)):
                found.append((text, clean_text(line[self.values]) if self.values < len(line) else ""))
        return found

    def _county(self, landed: LandedFile) -> str | None:
        area, system = landed.area_code or "", self.contract.area_system
        is_county = len(area) == area_systems()[system].county_digits and area_prefix(area, system) == area
        return area if is_county else None


@lru_cache(maxsize=1)
def _finders() -> list[tuple[VerticalFormContract, HeaderFinder]]:
    return [(c, HeaderFinder(c)) for c in load_contracts() if isinstance(c, VerticalFormContract)]


def vertical_contracts() -> list[VerticalFormContract]:
    """All contracts of vertical forms."""
    return [contract for contract, _ in _finders()]


def find_vertical(sheet: Sheet) -> VerticalForm | None:
    """The form that a sheet is, or is nearest to; None for a sheet without the two columns, or a large one."""
    if not 1 < len(sheet.rows) <= _MOST_ROWS or max(map(len, sheet.rows)) > _MOST_COLUMNS:
        return None
    found = [form for contract, finder in _finders() if (form := _find(contract, finder, sheet))]
    return max(found, key=lambda form: form.header.rank, default=None)


def _find(contract: VerticalFormContract, finder: HeaderFinder, sheet: Sheet) -> VerticalForm | None:
    items, values = (set(map(normalise, names)) for names in (contract.item_headers, contract.value_headers))
    for index, cells in enumerate(sheet.rows[:_SEARCHED_ROWS]):
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
