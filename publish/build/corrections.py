"""The corrections ledger: ``<home>/corrections/*.yml`` and filled-in ``*.xlsx``, read strictly and pinned into a build.

A file is a list of entries (``run.correction``). Each names one cell of the school census, the value it expects to find there
and the value to use instead; bronze stays as delivered. Whether an entry holds is decided in dbt and judged by the audit.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, field_validator, model_validator

from ingest.schema.source import load_source
from ingest.values import causes
from ingest.values.cells import BadCell, typed
from ingest.values.persons import holds_person, masked
from junheng.core.days import iso_day
from junheng.core.home import Home
from publish.build import correction_book
from publish.words.texts import texts

CENSUS = "school_census"
_COLUMNS: dict[str, pa.DataType] = {
    "correction_file": pa.string(),
    "entry_number": pa.int32(),
    "county_code": pa.string(),
    "school_year": pa.int32(),
    "school_code": pa.string(),
    "field": pa.string(),
    "field_name": pa.string(),
    "expected_value": pa.decimal128(38, 4),
    "corrected_value": pa.decimal128(38, 4),
    "reason": pa.string(),
    "document": pa.string(),
    "corrected_by": pa.string(),
    "corrected_on": pa.date32(),
}
SCHEMA = pa.schema(_COLUMNS)
"""Columns of ``run.correction``. ``field_name`` is the Chinese name; None where the census has no such field."""

_SUFFIXES = {".yml", ".yaml", correction_book.SUFFIX}
_NULL = "tag:yaml.org,2002:null"
_TOO_LARGE = Decimal(10) ** 14
_SHOWN = 5


class CorrectionError(ValueError):
    """A file of corrections that cannot be read; the message is Chinese and names file and entry."""


def _said(text: str, /, **values: object) -> str:
    return str(texts()["corrections"][text]).format(**values)


def _only_null() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    known = yaml.SafeLoader.yaml_implicit_resolvers.items()
    return {first: [(tag, pattern) for tag, pattern in resolvers if tag == _NULL] for first, resolvers in known}


class _Loader(yaml.SafeLoader):
    """Numbers, dates and codes stay the text that was written (``0012`` is no octal number); only null is apart."""

    yaml_implicit_resolvers = _only_null()

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value]
        if twice := sorted({str(key) for key in keys if keys.count(key) > 1}):
            raise yaml.constructor.ConstructorError(None, None, _said("key_twice", keys="、".join(twice)), node.start_mark)
        return super().construct_mapping(node, deep)


def _text(value: object) -> str:
    """A text that is there and names nobody."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(_said("empty"))
    if holds_person(value):
        raise ValueError(_said("personal"))
    return value.strip()


Text = Annotated[str, BeforeValidator(_text)]


class CorrectionEntry(BaseModel):
    """One entry of a file of corrections."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    county_code: Text
    school_year: int
    school_code: Text
    field: Text
    expected: Decimal | None
    value: Decimal | None
    reason: Text
    document: Text
    by: Text
    date: dt.date

    @field_validator("county_code", "school_code")
    @classmethod
    def _code(cls, code: str) -> str:
        if not re.fullmatch(r"[0-9A-Za-z]+", code):
            raise ValueError(_said("not_a_code"))
        return code

    @field_validator("school_year", mode="before")
    @classmethod
    def _year(cls, year: object) -> object:
        if not re.fullmatch(r"(19|20|21)\d\d", str(year)):
            raise ValueError(_said("not_a_year"))
        return year

    @field_validator("by")
    @classmethod
    def _post(cls, by: str) -> str:
        """A post or an office, not a person: words alone, one of them a word for either."""
        if re.search(r"\d", by) or not any(word in by.lower() for word in texts()["corrections"]["posts"]):
            raise ValueError(_said("not_a_post"))
        return by

    @field_validator("date", mode="before")
    @classmethod
    def _date(cls, day: object) -> dt.date:
        try:
            return dt.date.fromisoformat(iso_day(str(day)))
        except ValueError as error:
            raise ValueError(_said("not_a_date")) from error

    @model_validator(mode="before")
    @classmethod
    def _figures(cls, given: Any) -> Any:
        """``expected`` and ``value`` as the census would read them in this field."""
        if not isinstance(given, dict):
            raise ValueError(_said("not_an_entry"))
        return given | {key: _figure(given.get("field"), given[key], key) for key in ("expected", "value") if key in given}

    @model_validator(mode="after")
    def _changes_something(self) -> CorrectionEntry:
        if self.expected == self.value:
            raise ValueError(_said("no_change"))
        return self


def _figure(name: object, written: object, key: str) -> Decimal | None:
    if written is None:
        return None
    known = load_source(CENSUS).by_name.get(str(name))
    field_type = known.type if known and known.type == "count" else "amount"
    try:
        text = typed(written, field_type) if isinstance(written, str) else None
    except BadCell:
        text = None
    if text is None or (number := Decimal(text)) < 0 or number >= _TOO_LARGE:
        kind = _said("whole_number" if field_type == "count" else "number")
        raise ValueError(_said("not_a_figure", key=key, kind=kind))
    return number


@dataclass(frozen=True)
class Correction:
    """An entry and where it stands: the file's name and its place in it, from 1; of a workbook the row of its sheet."""

    file: str
    number: int
    entry: CorrectionEntry

    def row(self) -> dict[str, object]:
        """As a row of ``run.correction``."""
        known = load_source(CENSUS).by_name.get(self.entry.field)
        kept = ("county_code", "school_year", "school_code", "field", "reason", "document")
        return {name: getattr(self.entry, name) for name in kept} | {
            "correction_file": self.file,
            "entry_number": self.number,
            "field_name": known.zh if known else None,
            "expected_value": self.entry.expected,
            "corrected_value": self.entry.value,
            "corrected_by": self.entry.by,
            "corrected_on": self.entry.date,
        }


def _faults(error: ValidationError) -> list[str]:
    faults = []
    for detail in error.errors():
        key = ".".join(map(str, detail["loc"]))
        fault = {
            "missing": _said("missing_key", key=key),
            "extra_forbidden": _said("unknown_key", key=key, keys="、".join(CorrectionEntry.model_fields)),
        }.get(detail["type"])
        if fault is None:
            cause = detail.get("ctx", {}).get("error")
            fault = str(cause) if cause is not None else _said("bad_value")
            fault = f"{key}：{fault}" if key else fault
        faults.append(fault)
    return faults


def _read(path: Path) -> tuple[list[Correction], list[str]]:
    """Entries of one file, and what is wrong with it."""
    if holds_person(path.name):
        return [], [_said("file_fault", file=masked(path.name), fault=_said("personal"))]
    if path.suffix.lower() == correction_book.SUFFIX:
        return _read_book(path)
    try:
        listed = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)
    except UnicodeDecodeError:
        return [], [_said("file_fault", file=path.name, fault=_said("not_utf8"))]
    except OSError as error:
        return [], [_said("file_fault", file=path.name, fault=_said("unreadable", error=causes.cause(error)))]
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = _said("at_line", line=mark.line + 1) if mark else ""
        cause = getattr(error, "problem", None) if isinstance(error, yaml.constructor.ConstructorError) else None
        return [], [_said("file_fault", file=path.name, fault=line + (cause or _said("not_yaml")))]
    if listed is None:
        return [], []
    if not isinstance(listed, list):
        return [], [_said("file_fault", file=path.name, fault=_said("not_a_list"))]
    return _entries(path, enumerate(listed, 1))


def _read_book(path: Path) -> tuple[list[Correction], list[str]]:
    """Entries of a workbook that somebody filled in."""
    try:
        return _entries(path, correction_book.entries(path))
    except OSError as error:
        return [], [_said("file_fault", file=path.name, fault=_said("unreadable", error=causes.cause(error)))]
    except ValueError as error:
        return [], [_said("file_fault", file=path.name, fault=error)]


def _entries(path: Path, listed: Iterable[tuple[int, object]]) -> tuple[list[Correction], list[str]]:
    """Entries with their numbers, and what is wrong with others."""
    entries, faults = [], []
    for number, given in listed:
        try:
            entries.append(Correction(path.name, number, CorrectionEntry.model_validate(given)))
        except ValidationError as error:
            faults += [_said("entry_fault", file=path.name, number=number, fault=fault) for fault in _faults(error)]
    return entries, faults


def load_corrections(home: Home) -> list[Correction]:
    """All corrections of a home, by file name and place. Raises CorrectionError when any file cannot be read whole."""
    if not home.corrections.is_dir():
        return []
    corrections, faults = [], []
    for path in sorted(home.corrections.iterdir()):
        if path.suffix.lower() in _SUFFIXES and not path.name.startswith((".", "~$")):
            entries, wrong = _read(path)
            corrections += entries
            faults += wrong
    if faults:
        more = _said("more_faults", count=len(faults) - _SHOWN) if len(faults) > _SHOWN else ""
        raise CorrectionError(masked("；".join(faults[:_SHOWN]) + more))
    return corrections


def correction_table(home: Home) -> pa.Table:
    """``run.correction`` of a build. Raises CorrectionError."""
    return pa.Table.from_pylist([correction.row() for correction in load_corrections(home)], schema=SCHEMA)
