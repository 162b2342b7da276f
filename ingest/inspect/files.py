"""One file looked at: how ingest would read it, without a home. Nothing stays on the disk."""

from __future__ import annotations

import hashlib
import re
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq

from ingest.landing import archive, envelope
from ingest.landing.landing import refused_member
from ingest.landing.parse import parse_file
from ingest.schema.source import Field, load_source
from junheng.core.home import Home
from junheng.core.records import LandedFile, ParseResult

SHOWN_ROWS = 3
_AREA = re.compile(r"[0-9]{2,12}")
_YEAR = re.compile(r"(?:19|20|21)[0-9]{2}")


@dataclass(frozen=True)
class Understood:
    """A field and what the first rows of bronze hold of it."""

    field: Field
    values: list[object]


@dataclass(frozen=True)
class Inspection:
    """What ingest makes of a file."""

    result: ParseResult
    row_numbers: list[int | None]
    """Of the rows shown; None in a form workbook."""
    understood: list[Understood]
    """Fields with a value in any of the rows shown; persons are left out."""
    absent: list[Field]
    """Fields without a value in any row."""


def inspect_file(path: Path, area: str | None = None, school_year: int | None = None) -> list[Inspection]:
    """Read a file as a night would; of an envelope each member, of a workbook of several tables each of them.

    Area and year not given come from the landing folder the file lies in, the year else from what the file says.
    Raises OSError when the file cannot be read, Refusal for an envelope that cannot be taken.
    """
    data = path.read_bytes()
    folder = _landing_folder(path)
    area = area or (folder[0] if folder else None)
    school_year = school_year or (folder[1] if folder else None)
    members = envelope.members(data) if envelope.may_be_envelope(data[:64]) else None
    if members is None:
        return _inspect(data, path.name, area, school_year)
    inspections = []
    for member in members:
        if member.rule:
            inspections.append(Inspection(refused_member(path.name, member), [], [], []))
            continue
        name = f"{path.name}{envelope.MARK}{member.name}"
        inspections.extend(_inspect(envelope.read(path, member.name), name, area, school_year))
    return inspections


def _inspect(data: bytes, name: str, area: str | None, school_year: int | None) -> list[Inspection]:
    digest = hashlib.sha256(data).hexdigest()
    with tempfile.TemporaryDirectory(prefix="junheng-inspect-") as folder:
        home = Home(folder).create()
        original = archive.path_of(home, digest)
        original.parent.mkdir(parents=True)
        original.write_bytes(data)
        result = parse_file(home, LandedFile(name, len(data), area, school_year, digest))
        if school_year is None and (year := _stated_year(home, result)) is not None:
            result = parse_file(home, LandedFile(name, len(data), area, year, digest))
        return [_inspection(home, one) for one in [result, *result.parts]]


def _landing_folder(path: Path) -> tuple[str, int] | None:
    """Area and school year of the landing folder that a file lies in."""
    parts = path.resolve().parent.parts
    pairs = [(area, int(year)) for area, year in pairwise(parts) if _AREA.fullmatch(area) and _YEAR.fullmatch(year)]
    return pairs[-1] if pairs else None


def _stated_year(home: Home, result: ParseResult) -> int | None:
    """The one school year that the rows of a file state."""
    if result.source is None:
        return None
    years: set[str] = set()
    for path in (
        home.bronze_file(result.source, result.submission_id),
        home.quarantine_file(result.source, result.submission_id),
    ):
        if path.exists() and "school_year" in pq.read_schema(path).names:
            years |= {str(year) for year in pq.ParquetFile(path).read(["school_year"]).column(0).to_pylist() if year is not None}
    return int(years.pop()) if len(years) == 1 and all(map(_YEAR.fullmatch, years)) else None


def _inspection(home: Home, result: ParseResult) -> Inspection:
    if result.source is None:
        return Inspection(result, [], [], [])
    path = home.bronze_file(result.source, result.submission_id)
    fields = load_source(result.source).fields
    if not path.exists():
        return Inspection(result, [], [], [])
    table = pq.ParquetFile(path).read()
    first = table.slice(0, SHOWN_ROWS).to_pydict()
    understood = [
        Understood(field, first[field.name])
        for field in fields
        if field.type != "person" and any(value is not None for value in first[field.name])
    ]
    absent = [field for field in fields if table.column(field.name).null_count == table.num_rows]
    return Inspection(result, first["_row"], understood, absent)
