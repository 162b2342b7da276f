"""Rows: raw cells of one record typed into canonical values, whatever kind of contract they came through."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from ingest.areas import area_systems
from ingest.cells import BadCell, Typed, show, squeeze, typed
from ingest.codes import kinds
from ingest.contract import FormWorkbookContract, TableContract
from ingest.faults import row_fault
from ingest.persons import quotable
from junheng.records import Fault

_ORIGIN = re.compile(r"(?P<sheet>[^+]+)!(?P<column>[A-Z]+)(?P<row>\d+)")


@dataclass
class RawRow:
    """One record as found: raw cells by canonical field."""

    sheet: str | None
    row: int | None
    raw: dict[str, object]
    columns: dict[str, str]
    """Header (or cell column) under which each field stands, for messages."""
    extra: dict[str, str] = field(default_factory=dict)
    """Cells of unknown columns by header."""
    cells: dict[str, str] = field(default_factory=dict)
    """Origin of each field, ``sheet!A1``; form workbooks only."""
    faults: list[Fault] = field(default_factory=list)
    """Faults found while the row was cut out."""
    is_record: bool = True
    """False for a line that is no record at all, such as a total: its cells mean nothing."""


@dataclass
class TypedRow:
    """One record typed; with faults it does not go to bronze."""

    source: RawRow
    values: dict[str, Typed]
    faults: list[Fault]

    def text(self, name: str) -> str | None:
        """A field as text: its value, or the raw cell where that could not be read."""
        value = self.values[name]
        return str(value) if value is not None else show(self.source.raw.get(name)) or None

    @property
    def extra_json(self) -> str | None:
        """Unknown columns as JSON."""
        return json.dumps(self.source.extra, ensure_ascii=False) if self.source.extra else None

    @property
    def cells_json(self) -> str | None:
        """Origins of the values as JSON."""
        return json.dumps(self.source.cells, ensure_ascii=False) if self.source.cells else None


class RowTyper:
    """Types the rows of one contract."""

    def __init__(self, contract: TableContract | FormWorkbookContract) -> None:
        self._contract = contract
        self._fields = contract.fields.fields
        self._maps = {
            name: {squeeze(key): value for key, value in entries.items()} for name, entries in contract.value_maps.items()
        }
        self._sentinels = {name: frozenset(values) for name, values in contract.sentinels.items()}
        self._county = contract.fields.county
        self._county_digits = area_systems()[contract.area_system].county_digits
        self._kind_fields = contract.fields.named("kind")
        self._school_fields = contract.fields.named("school")
        self._kinds = kinds(contract.kind_system) if contract.kind_system else None
        self._code = re.compile(contract.school_code_pattern) if contract.school_code_pattern else None
        self._constants = {name: typed(value, contract.fields.field(name).type) for name, value in contract.constants.items()}

    def type_row(self, row: RawRow) -> TypedRow:
        """Type every field; what cannot be typed becomes a fault with its place."""
        if not row.is_record:
            return TypedRow(row, {entry.name: None for entry in self._fields}, row.faults)
        faults = list(row.faults)
        values: dict[str, Typed] = {}
        for entry in self._fields:
            name = entry.name
            if name in self._constants:
                values[name] = self._constants[name]
                continue
            if name not in row.raw:
                values[name] = None
                if entry.required:
                    faults.append(self._fault("required_empty", row, name))
                continue
            raw = row.raw[name]
            if mapping := self._maps.get(name):
                raw = mapping.get(squeeze(raw), raw)
            try:
                value = typed(raw, entry.type)
            except BadCell as bad:
                values[name] = None
                faults.append(self._fault(bad.rule, row, name))
                continue
            if value is None:
                value = self._contract.empty_is.get(name)
                if entry.required and value is None:
                    faults.append(self._fault("required_empty", row, name))
            elif name in self._sentinels and value in self._sentinels[name]:
                faults.append(self._fault("sentinel", row, name))
            values[name] = self._checked(row, name, value, faults)
        return TypedRow(row, values, faults)

    def _checked(self, row: RawRow, name: str, value: Typed, faults: list[Fault]) -> Typed:
        if not isinstance(value, str):
            return value
        if name == self._county and not (value.isdecimal() and len(value) == self._county_digits):
            faults.append(self._fault("not_a_code", row, name))
            return None
        if name in self._kind_fields and self._kinds:
            return self._kinds.code_of(value)
        if name in self._school_fields and self._code and not self._code.fullmatch(value):
            faults.append(self._fault("bad_school_code", row, name, expected=self._code.pattern))
        return value

    def _fault(self, rule: str, row: RawRow, name: str, **details: str) -> Fault:
        zh = self._contract.fields.field(name).zh
        value = quotable(show(row.raw[name]), self._contract.fields.field(name).type) if name in row.raw else None
        if origin := _ORIGIN.fullmatch(row.cells.get(name, "")):
            column = f"{origin['column']}列 {zh}"
            return row_fault(rule, sheet=origin["sheet"], row=int(origin["row"]), column=column, value=value, **details)
        column = row.columns.get(name, zh)
        return row_fault(rule, sheet=row.sheet, row=row.row, column=column, value=value, **details)
