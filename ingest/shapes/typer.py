"""Rows: raw cells of records typed into canonical values.

Records are typed column by column. One with a fault is typed once more as a row, for what is to be said of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingest.schema.areas import area_systems
from ingest.schema.codes import kinds
from ingest.schema.contract import Contract
from ingest.schema.source import ARROW_TYPES, Field
from ingest.shapes.records import RawRow, Records
from ingest.shapes.stated import county_of
from ingest.shapes.typed import PLACE, TypedRecords, TypedRow, as_json, cells_as_json
from ingest.shapes.words import TEXT
from ingest.values.cells import BadCell, Typed, dated, show, squeeze, typed
from ingest.values.columns import ABSENT, Distinct
from ingest.values.faults import Refusal, row_fault
from ingest.values.persons import earlier_keys, holds_person, is_fictional, masked, person_key, pseudonym
from ingest.values.plain import Plain, plain
from ingest.values.quotes import quotable, quotable_beside_persons
from ingest.values.texts import named_column
from junheng.core.records import Fault, LandedFile
from junheng.core.settings import SAMPLE_PERSON_KEY

_SEPARATORS = re.compile(r"[,;、/+及和]")
_DIGITS = re.compile(r"(?:\[0-9\]|\\d)\{([0-9]+)\}")
_MANY = 1 << 16
"""Cells that are read in one go: of each that is different something is kept until all of them are."""
_FEW = 64
"""Fewer records than that are read cell by cell."""
Broken = tuple[tuple[str, dict[str, str]], ...]
"""Rules that a cell breaks, each with what fills its sentence."""
_EMPTY: Broken = (("required_empty", {}),)
_PLAIN_NUMBER = re.compile(r"\d+(?:[.．]\d+)?")
_NO_AMOUNT = 10**14
"""As large as an identity number of 15 digits, and no amount of a county."""
_OF_PERSON: Broken = (("number_of_person", {}),)


class RowTyper:
    """Types the rows of one contract. ``landed`` says what a file leaves to its folder. Raises Refusal without a usable key."""

    def __init__(self, contract: Contract, landed: LandedFile | None = None) -> None:
        self._contract = contract
        self._of_person = contract.fields.has_persons
        self._person_key = person_key() if self._of_person else ""
        self._earlier_keys = earlier_keys() if self._of_person else ()
        self.links: dict[str, str] = {}
        """Pseudonyms under earlier keys of the persons typed so far → those under the key of now."""
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
        days = {f.name for f in contract.fields.fields if f.day}
        self._asked = {*days, *self._maps, *self._sentinels, *self._patterns, *self._kind_fields, self._county}
        """Fields of which a plain cell is not all there is to know."""
        self._schema = pa.schema([*contract.fields.arrow_fields, *(pa.field(name, dtype) for name, dtype in PLACE)])
        self._constants = {name: typed(value, contract.fields.field(name).type) for name, value in contract.constants.items()}

    def type_row(self, row: RawRow) -> TypedRow:
        """Type every field; what cannot be typed becomes a fault with its place."""
        if not row.is_record:
            return TypedRow(row, {entry.name: None for entry in self._fields}, row.faults, self._of_person)
        absent, lacking, present = self._plan(frozenset(row.raw))
        faults = [*row.faults, *(self._fault("required_empty", row, name) for name in lacking)]
        values = dict(absent)
        for entry in present:
            values[entry.name], broken = self._read(entry, row.raw[entry.name])
            faults += [self._fault(rule, row, entry.name, **details) for rule, details in broken]
        return TypedRow(row, values, faults, self._of_person)

    def type_records(self, records: Records) -> TypedRecords:
        """Type every column, and once more, as rows, the records in which that finds a fault."""
        size = len(records.sheets)
        faulty = set(records.faulty)
        columns: list[pa.Array[Any]] = []
        for entry in self._fields:
            column, broken = self._column(entry, records.columns.get(entry.name), size)
            columns.append(column)
            faulty.update(broken)
        columns += self._origin(records)
        good = pa.Table.from_arrays(columns, schema=self._schema)
        if not faulty:
            return TypedRecords(good, [])
        kept = pa.array([number not in faulty for number in range(size)])
        return TypedRecords(good.filter(kept), [self.type_row(records.row(number)) for number in sorted(faulty)])

    def _column(self, entry: Field, cells: Sequence[object] | None, size: int) -> tuple[pa.Array[Any], Iterable[int]]:
        """The values of a field, and the records in which it breaks a rule."""
        dtype: Any = ARROW_TYPES[entry.type]
        if cells is None or entry.name in self._constants:
            value, broken = self._absent(entry)
            return _constant(value, dtype, size), range(size) if broken else ()
        if size < _FEW or entry.name in self._asked or (quick := self._plain(entry, cells)) is None:
            return self._read_all(entry, cells, range(size))
        values, is_plain = self._of_schools(cells, quick) if entry.name in self._school_fields else quick
        others: Any = pc.indices_nonzero(pc.invert(is_plain)).to_pylist()
        if not others:
            return values, ()
        read, faulty = self._read_all(entry, [cells[number] for number in others], others)
        order = list(range(size))
        for position, number in enumerate(others, size):
            order[number] = position
        return pa.concat_arrays([values, read]).take(pa.array(order, pa.int32())), faulty

    def _plain(self, entry: Field, cells: Sequence[object]) -> Plain | None:
        is_asked = entry.name in self._required or entry.name in self._contract.empty_is or entry.name in self._folder
        return plain(cells, entry.type, blank_is_none=not is_asked)

    def _read_all(self, entry: Field, cells: Sequence[object], numbers: Sequence[int]) -> tuple[pa.Array[Any], Iterable[int]]:
        """Values of cells, each read on its own, and the records among ``numbers`` in which they break a rule."""
        if len(cells) > _MANY:
            steps = [slice(start, start + _MANY) for start in range(0, len(cells), _MANY)]
            parts = [self._read_all(entry, cells[step], numbers[step]) for step in steps]
            return pa.concat_arrays([column for column, _ in parts]), [number for _, wrong in parts for number in wrong]
        distinct = Distinct.of(cells, told_apart=len(cells) < _FEW or entry.type == "list")
        read = [self._absent(entry) if cell is ABSENT else self._read(entry, cell) for cell in distinct.cells]
        values = pa.array([value for value, _ in read], ARROW_TYPES[entry.type])
        column = values if len(values) == len(cells) else values.take(distinct.arrow)
        if not any(broken for _, broken in read):
            return column, ()
        return column, [number for number, code in zip(numbers, distinct.codes, strict=True) if read[code][1]]

    def _of_schools(self, cells: Sequence[object], quick: Plain) -> Plain:
        """What of plain cells is the code of a school."""
        if self._code is None:
            return quick
        fits = pa.array([isinstance(cell, str) and self._code.fullmatch(cell) is not None for cell in cells])
        return quick[0], pc.and_(quick[1], fits)

    def _origin(self, records: Records) -> list[pa.Array[Any]]:
        """Where the records stood, and what stood beside them."""
        size = len(records.sheets)
        cells = map(cells_as_json, records.cells) if records.cells is not None else None
        extra = map(as_json, records.extra) if records.extra is not None and not self._of_person else None
        return [
            pa.array(records.sheets, pa.string()),
            pa.array(records.numbers, pa.int64()),
            *(pa.nulls(size, pa.string()) if texts is None else pa.array(list(texts), pa.string()) for texts in (cells, extra)),
        ]

    def _absent(self, entry: Field) -> tuple[Typed, Broken]:
        """The value of a field that a record has no cell for, and whether it must have one."""
        if entry.name in self._constants:
            return self._constants[entry.name], ()
        value = self._folder.get(entry.name)
        return value, _EMPTY if entry.name in self._required or (entry.from_folder and value is None) else ()

    def _read(self, entry: Field, raw: object) -> tuple[Typed, Broken]:
        """The value of a cell, and the rules it breaks."""
        name = entry.name
        if entry.day:
            raw = dated(raw)
        if mapping := self._maps.get(name):
            raw = mapping.get(squeeze(raw), raw)
        try:
            value = self._kept(entry, typed(raw, entry.type))
        except BadCell as bad:
            return None, () if entry.same_cell_as else ((bad.rule, {}),)
        broken: Broken = ()
        if value is None:
            value = self._contract.empty_is.get(name, self._folder.get(name))
            if (entry.name in self._required or entry.from_folder) and value is None:
                broken = _EMPTY
        elif name in self._sentinels and value in self._sentinels[name]:
            broken = (("sentinel", {}),)
        if type(value) is str and entry.type != "person":  # a pseudonym may look like anything
            value, more = self._checked(name, value)
            broken += more
        elif isinstance(value, Decimal) and _is_of_person(value, show(raw)):
            return None, _OF_PERSON
        return value, broken

    def _plan(self, given: frozenset[str]) -> tuple[dict[str, Typed], list[str], list[Field]]:
        """For rows with these cells: values of all other fields, which of those must not be empty, and the fields to type."""
        if given not in self._plans:
            absent = {f.name: self._absent(f) for f in self._fields}
            present = [f for f in self._fields if f.name in given and f.name not in self._constants]
            lacking = [name for name, (_, broken) in absent.items() if broken and name not in given]
            self._plans[given] = {name: value for name, (value, _) in absent.items()}, lacking, present
        return self._plans[given]

    def _kept(self, entry: Field, value: Typed) -> Typed:
        """What of a cell is kept: of a person the pseudonym, of a choice the listed value. Raises BadCell."""
        if not isinstance(value, str):
            return value
        if entry.type == "person":
            return self._pseudonym(value)
        if entry.type == "choice":
            return self._chosen(entry, value)
        if entry.name in self._patterns and not self._patterns[entry.name].fullmatch(value):
            raise BadCell("unlikely_text")
        return masked(value) if entry.type == "text" else value

    def _pseudonym(self, identity: str) -> str:
        now = pseudonym(identity, self._person_key)
        self.links.update((pseudonym(identity, key), now) for key in self._earlier_keys)
        return now

    def _chosen(self, entry: Field, text: str) -> str | None:
        """The listed value of a cell; None when it names several that differ."""
        known = self._choices[entry.name]
        parts = [text] if text.casefold() in known else _parts(text)
        chosen = {known.get(part.casefold(), entry.otherwise) for part in parts}
        if None in chosen:
            raise BadCell("not_in_choices")
        return chosen.pop() if len(chosen) == 1 else None

    def _checked(self, name: str, value: str) -> tuple[str | None, Broken]:
        if name == self._county and not (value.isdecimal() and len(value) == self._county_digits):
            return None, (("not_a_code", {}),)
        if name in self._kind_fields and self._kinds:
            return self._kinds.code_of(value), ()
        if name in self._school_fields and self._code and not self._code.fullmatch(value):
            return value, (("bad_school_code", {"expected": _in_words(self._code.pattern)}),)
        return (None, _OF_PERSON) if holds_person(value) else (value, ())

    def _fault(self, rule: str, row: RawRow, name: str, **details: str) -> Fault:
        zh = self._contract.fields.field(name).zh
        value = self._quoted(row, name) if name in row.raw else None
        if cells := row.cells.get(name):
            letters = "、".join(dict.fromkeys(named_column(cell.column) for cell in cells))
            rows = {(cell.sheet, cell.row) for cell in cells}
            sheet, number = rows.pop() if len(rows) == 1 else (cells[0].sheet, None)
            return row_fault(rule, sheet=sheet, row=number, column=f"{letters} {zh}", value=value, **details)
        column = row.columns.get(name, zh)
        return row_fault(rule, sheet=row.sheet, row=row.row, column=column, value=value, **details)

    def _quoted(self, row: RawRow, name: str) -> str:
        entry = self._contract.fields.field(name)
        text = show(row.raw[name])
        return quotable_beside_persons(text, entry) if self._of_person else quotable(text, entry)


def type_rows(contract: Contract, parts: Sequence[Records], landed: LandedFile) -> TypedRecords:
    """Type the records of a file. Raises Refusal for persons without a key, unless everybody lives in a fictional area."""
    typer = RowTyper(contract, landed)
    tables = [typer.type_records(part) for part in parts]
    good, bad = pa.concat_tables([table.good for table in tables]), list(chain.from_iterable(table.bad for table in tables))
    whole = TypedRecords(good, bad, tuple(tables), typer.links)
    if contract.fields.has_persons and person_key() == SAMPLE_PERSON_KEY:
        counties = {str(county or landed.area_code or "") for county in whole.values(contract.fields.county)}
        if not all(is_fictional(county) for county in counties):
            raise Refusal("person_key_missing")
    return whole


def _in_words(pattern: str) -> str:
    """What a code looks like, for a clerk; a pattern of more than digits stays as the contract has it."""
    digits = _DIGITS.fullmatch(pattern)
    return TEXT("digits", count=digits[1]) if digits else pattern


@lru_cache(maxsize=256)
def _constant(value: Typed, dtype: Any, size: int) -> pa.Array[Any]:
    constant: pa.Array[Any] = pa.repeat(pa.scalar(value, dtype), size)
    return constant


def _spellings(entry: Field) -> dict[str, str]:
    """Value of a choice by every way of writing it."""
    known = {value.casefold(): value for value, _ in entry.choices}
    return known | {squeeze(way).casefold(): value for value, ways in entry.choices for way in ways}


def _parts(text: str) -> list[str]:
    return [part for part in _SEPARATORS.split(text) if part]


def _is_of_person(value: Decimal, text: str) -> bool:
    """Whether a number is a person's: an identity number, or a telephone written as nobody writes an amount."""
    return (abs(value) >= _NO_AMOUNT or not _PLAIN_NUMBER.fullmatch(text.strip())) and holds_person(text)


def _from_folder(contract: Contract, landed: LandedFile | None) -> dict[str, str | int]:
    """Values that the landing folder states: its area where that is a county, its year."""
    if landed is None:
        return {}
    stated = {"area": county_of(landed, contract.area_system), "year": landed.school_year}
    fields = {f.name: stated[f.from_folder] for f in contract.fields.fields if f.from_folder}
    return {name: value for name, value in fields.items() if value is not None}
