"""Records of the ledger: what a night writes, with the Arrow schema of each table.

The ledger is the only truth about nights, submissions and checks (docs/adr/0001-spine.md). Every table is one
Parquet file per committed night; dbt reads them as the views of schema ``ledger``.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

import pyarrow as pa

ACCOUNTED = "rows_accounted"
"""Check id of the gate: rows read = rows accepted + rows quarantined, each counted on its own."""


class Status(StrEnum):
    """State of a submission in the ledger (received and parsed are passing states and not stored)."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPEATED = "repeated"
    """The same bytes as another file that lies there and was accepted: read once."""


class CheckStatus(StrEnum):
    """Outcome of one check. ``DID_NOT_RUN`` is red: a check that looked at nothing has shown nothing."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"
    DID_NOT_RUN = "did_not_run"
    NO_DATA = "no_data"


@dataclass(frozen=True)
class LandedFile:
    """A file found in landing. ``path`` is relative to the landing folder, with ``/``.

    ``area_code`` and ``school_year`` come from the two leading folders; None where the file does not lie below them.
    """

    path: str
    size: int
    area_code: str | None
    school_year: int | None
    sha256: str = ""

    @property
    def submission_id(self) -> str:
        """First 16 hex digits of the file's SHA-256."""
        return self.sha256[:16]


def part_id(sha256: str, contract: str) -> str:
    """Submission id of one of several tables of a file."""
    return hashlib.sha256(f"{sha256}\0{contract}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a file, at a place. ``rule`` is a check id of the catalogue (or of ingest)."""

    rule: str
    guidance: str
    """What is wrong and what to do, one Chinese sentence."""
    sheet: str | None = None
    row: int | None = None
    """1-based row in the sheet or text file."""
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Covered:
    """What a submission covers: one county and year, and how many of its schools (rows) it holds."""

    county_code: str
    school_year: int
    rows: int


@dataclass
class ParseResult:
    """What ingest learned of one file. ``faults`` non-empty with ``refused`` False: rows went to quarantine."""

    submission_id: str
    sha256: str
    file_name: str
    area_code: str | None
    folder_school_year: int | None
    source: str | None = None
    contract: str | None = None
    covers: str | None = None
    """``school`` | ``county`` | ``area``."""
    rows_read: int = 0
    rows_parsed: int = 0
    """Rows written to bronze; ``rows_read - rows_parsed`` are in quarantine."""
    covered: list[Covered] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Lines that are no records (totals, repeated headers …) and sheets without a table, told by kind; not in ``rows_read``."""
    hidden_cells: list[str] = field(default_factory=list)
    """Sheets, rows and columns that the file does not show; they are read like any other."""
    notes: list[Fault] = field(default_factory=list)
    """What was taken and is worth a look, in sentences with their places: filled cells, pictures left out of a cell."""
    part: bool = False
    """One of several tables of a workbook, each a delivery of its own: its id is not that of the file."""
    parts: list[ParseResult] = field(default_factory=list)
    """The other tables of the file."""
    copy_of: str = ""
    """Name of the file with the same bytes that speaks for this one; nothing else is known of a copy."""
    refused: bool = False
    reason: str = ""
    """Chinese sentence: why refused."""
    fix: str = ""
    """Chinese sentence: how to fix."""

    @property
    def file_id(self) -> str:
        """Submission id of the file as a whole."""
        return self.sha256[:16] if self.part else self.submission_id

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ParseResult:
        """Inverse of :meth:`to_dict`."""
        data = dict(data)
        data["covered"] = [Covered(**item) for item in data["covered"]]
        data["faults"] = [Fault(**item) for item in data["faults"]]
        data["notes"] = [Fault(**item) for item in data["notes"]]
        data["parts"] = [cls.from_dict(item) for item in data["parts"]]
        return cls(**data)


_TYPES = {
    "": pa.string(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "int": pa.int64(),
    "int32": pa.int32(),
    "list": pa.list_(pa.string()),
    "money": pa.decimal128(18, 2),
}


def _schema(columns: str) -> pa.Schema:
    """Columns in their order, ``name`` for a text and ``name:type`` for any other."""
    named = (column.partition(":") for column in columns.split())
    return pa.schema([pa.field(name, _TYPES[type_]) for name, _, type_ in named])


SCHEMAS: dict[str, pa.Schema] = {
    # what lies in landing after this night; not ``present``: remembered from an earlier night, its folder is gone tonight.
    # of evidence also what area it speaks for, since which night it lies there, and what its path says: what for, until when
    "inventory": _schema(
        "path sha256 submission_id size:int area_code school_year:int present:bool is_evidence:bool area_prefix since:int "
        "labels valid_until"
    ),
    # one row per submission judged tonight
    "submissions": _schema(
        "night:int delivery_night:int submission_id sha256 file_name area_code area_prefix folder_school_year:int source "
        "contract covers status reason fix refused_with:list rows_read:int rows_parsed:int rows_accepted:int "
        "rows_quarantined:int rules_version"
    ),
    # county x year held by each submission judged tonight
    "coverage": _schema("night:int delivery_night:int submission_id source covers county_code school_year:int rows:int"),
    # one row per check that should have run: per submission (engines ingest, sql) or per source (engine gx)
    "check_results": _schema(
        "night:int engine check_id source submission_id county_code school_year:int severity status observed expected "
        "rows_checked:int rows_failed:int"
    ),
    # one row per fault found, with its place
    "quarantined_rows": _schema("night:int submission_id file_name sheet row:int column value rule guidance"),
}


ISSUE_EVENTS = _schema(
    "event_id issue_id county_code school_code stage school_year:int32 origin requirement_code part event_type "
    "happened_on:date received_on:date actor_unit actor_role title description source_document source_item category "
    "severity rectification_type recheck_level leader_role lead_unit cooperating_units measure target money_yuan:money "
    "deadline:date reason approvals evidence merged_into note source_submission_id source_night:int32 source_file "
    "source_row:int seen_event_id"
)
"""One event of the issue ledger (docs/adr/0007-issue-ledger.md). Lists of units, approvals and evidence are joined with ``;``.

Kept outside of the nights, in ``<home>/ledger/issue_events``: a build adds to them after the night is committed.
"""
