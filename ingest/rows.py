"""Rows: raw cells of one record typed into canonical values, whatever kind of contract they came through."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from ingest.areas import area_prefix, area_systems
from ingest.cells import BadCell, Typed, show, squeeze, typed
from ingest.codes import kinds
from ingest.contract import AnyContract
from ingest.faults import Refusal, row_fault
from ingest.persons import is_fictional, masked, person_key, pseudonym, quotable, quotable_beside_persons
from ingest.source import Field
from junheng.records import Fault, LandedFile
from junheng.settings import SAMPLE_PERSON_KEY

_SEPARATORS = re.compile(r"[,;、/+及和]")
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
    of_person: bool = False
    """About a person: a cell that could not be read may hold anybody's name and stays here."""

    def text(self, entry: Field) -> str | None:
        """A field as text for quarantine: its value, or the cell where that could not be read; without facts about persons."""
        value = self.values[entry.name]
        if self.of_person:
            return None if value is None else str(value)
        return quotable(str(value) if value is not None else show(self.source.raw.get(entry.name)), entry.type) or None

    @property
    def extra_json(self) -> str | None:
        """Unknown columns as JSON."""
        return json.dumps(self.source.extra, ensure_ascii=False) if self.source.extra and not self.of_person else None

    @property
    def cells_json(self) -> str | None:
        """Origins of the values as JSON."""
        return json.dumps(self.source.cells, ensure_ascii=False) if self.source.cells else None


class RowTyper:
    """Types the rows of one contract. ``landed`` says what a file leaves to its folder. Raises Refusal without a usable key."""

    def __init__(self, contract: AnyContract, landed: LandedFile | None = None) -> None:
        self._contract = contract
        self._of_person = contract.fields.has_persons
        self._person_key = person_key() if self._of_person else ""
        self._choices = {f.name: _spellings(f) for f in contract.fields.fields if f.type == "choice"}
        self._patterns = {f.name: re.compile(f.pattern) for f in contract.fields.fields if f.pattern}
        self._folder = _from_folder(contract, landed)
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
        self._required = {f.name for f in contract.fields.fields if f.required} - set(contract.may_be_empty)
        self._plans: dict[frozenset[str], tuple[dict[str, Typed], list[str], list[Field]]] = {}
        self._constants = {name: typed(value, contract.fields.field(name).type) for name, value in contract.constants.items()}

    def type_row(self, row: RawRow) -> TypedRow:
        """Type every field; what cannot be typed becomes a fault with its place."""
        if not row.is_record:
            return TypedRow(row, {entry.name: None for entry in self._fields}, row.faults, self._of_person)
        absent, lacking, present = self._plan(frozenset(row.raw))
        faults = [*row.faults, *(self._fault("required_empty", row, name) for name in lacking)]
        values = dict(absent)
        for entry in present:
            name = entry.name
            raw = row.raw[name]
            if mapping := self._maps.get(name):
                raw = mapping.get(squeeze(raw), raw)
            try:
                value = self._kept(entry, typed(raw, entry.type))
            except BadCell as bad:
                values[name] = None
                if entry.same_cell_as is None:
                    faults.append(self._fault(bad.rule, row, name))
                continue
            if value is None:
                value = self._contract.empty_is.get(name, self._folder.get(name))
                if (name in self._required or entry.from_folder) and value is None:
                    faults.append(self._fault("required_empty", row, name))
            elif name in self._sentinels and value in self._sentinels[name]:
                faults.append(self._fault("sentinel", row, name))
            values[name] = self._checked(row, name, value, faults) if type(value) is str else value
        return TypedRow(row, values, faults, self._of_person)

    def _plan(self, given: frozenset[str]) -> tuple[dict[str, Typed], list[str], list[Field]]:
        """For rows with these cells: values of all other fields, which of those must not be empty, and the fields to type."""
        if given not in self._plans:
            absent: dict[str, Typed] = {f.name: self._folder.get(f.name) for f in self._fields}
            absent |= self._constants
            others = [f for f in self._fields if f.name not in given and f.name not in self._constants]
            lacking = [f.name for f in others if f.name in self._required or (f.from_folder and absent[f.name] is None)]
            present = [f for f in self._fields if f.name in given and f.name not in self._constants]
            self._plans[given] = absent, lacking, present
        return self._plans[given]

    def _kept(self, entry: Field, value: Typed) -> Typed:
        """What of a cell is kept: of a person the pseudonym, of a choice the listed value. Raises BadCell."""
        if not isinstance(value, str):
            return value
        if entry.type == "person":
            return pseudonym(value, self._person_key)
        if entry.type == "choice":
            return self._chosen(entry, value)
        if entry.name in self._patterns and not self._patterns[entry.name].fullmatch(value):
            raise BadCell("unlikely_text")
        return masked(value) if entry.type == "text" else value

    def _chosen(self, entry: Field, text: str) -> str | None:
        """The listed value of a cell; None when it names several that differ."""
        known = self._choices[entry.name]
        found = {known.get(part.casefold(), entry.otherwise) for part in ([text] if text.casefold() in known else _parts(text))}
        if None in found:
            raise BadCell("not_in_choices")
        return found.pop() if len(found) == 1 else None

    def _checked(self, row: RawRow, name: str, value: str, faults: list[Fault]) -> str | None:
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
        value = self._quoted(row, name) if name in row.raw else None
        if origin := _ORIGIN.fullmatch(row.cells.get(name, "")):
            column = f"{origin['column']}列 {zh}"
            return row_fault(rule, sheet=origin["sheet"], row=int(origin["row"]), column=column, value=value, **details)
        column = row.columns.get(name, zh)
        return row_fault(rule, sheet=row.sheet, row=row.row, column=column, value=value, **details)

    def _quoted(self, row: RawRow, name: str) -> str:
        entry = self._contract.fields.field(name)
        text = show(row.raw[name])
        return quotable_beside_persons(text, entry.type) if self._of_person else quotable(text, entry.type)


def type_rows(contract: AnyContract, rows: list[RawRow], landed: LandedFile) -> list[TypedRow]:
    """Type the rows of a file. Raises Refusal for persons without a key, unless everybody lives in a fictional area."""
    typer = RowTyper(contract, landed)
    found = [typer.type_row(row) for row in rows]
    if contract.fields.has_persons and person_key() == SAMPLE_PERSON_KEY:
        counties = {str(row.values[contract.fields.county] or landed.area_code or "") for row in found if row.source.is_record}
        if not all(is_fictional(county) for county in counties):
            raise Refusal("person_key_missing")
    return found


def _spellings(entry: Field) -> dict[str, str]:
    """Value of a choice by every way of writing it."""
    known = {value.casefold(): value for value, _ in entry.choices}
    return known | {squeeze(way).casefold(): value for value, ways in entry.choices for way in ways}


def _parts(text: str) -> list[str]:
    return [part for part in _SEPARATORS.split(text) if part]


def _from_folder(contract: AnyContract, landed: LandedFile | None) -> dict[str, str | int]:
    """Values that the landing folder states: its area where that is a county, its year."""
    if landed is None:
        return {}
    area = landed.area_code or ""
    system = area_systems()[contract.area_system]
    is_county = len(area) == system.county_digits and area_prefix(area, contract.area_system) == area
    stated = {"area": area if is_county else None, "year": landed.school_year}
    fields = {f.name: stated[f.from_folder] for f in contract.fields.fields if f.from_folder}
    return {name: value for name, value in fields.items() if value is not None}
