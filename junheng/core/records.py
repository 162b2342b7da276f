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


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, dtype) for name, dtype in columns.items()])


_S, _I = pa.string(), pa.int64()

SCHEMAS: dict[str, pa.Schema] = {
    # what lies in landing after this night; not ``present``: remembered from an earlier night, its folder is gone tonight
    "inventory": _schema(path=_S, sha256=_S, submission_id=_S, size=_I, area_code=_S, school_year=_I, present=pa.bool_()),
    # one row per submission judged tonight
    "submissions": _schema(
        night=_I,
        delivery_night=_I,
        submission_id=_S,
        sha256=_S,
        file_name=_S,
        area_code=_S,
        area_prefix=_S,
        folder_school_year=_I,
        source=_S,
        contract=_S,
        covers=_S,
        status=_S,
        reason=_S,
        fix=_S,
        refused_with=pa.list_(_S),
        rows_read=_I,
        rows_parsed=_I,
        rows_accepted=_I,
        rows_quarantined=_I,
        rules_version=_S,
    ),
    # county x year held by each submission judged tonight
    "coverage": _schema(
        night=_I,
        delivery_night=_I,
        submission_id=_S,
        source=_S,
        covers=_S,
        county_code=_S,
        school_year=_I,
        rows=_I,
    ),
    # one row per check that should have run: per submission (engines ingest, sql) or per source (engine gx)
    "check_results": _schema(
        night=_I,
        engine=_S,
        check_id=_S,
        source=_S,
        submission_id=_S,
        county_code=_S,
        school_year=_I,
        severity=_S,
        status=_S,
        observed=_S,
        expected=_S,
        rows_checked=_I,
        rows_failed=_I,
    ),
    # one row per fault found, with its place
    "quarantined_rows": _schema(
        night=_I,
        submission_id=_S,
        file_name=_S,
        sheet=_S,
        row=_I,
        column=_S,
        value=_S,
        rule=_S,
        guidance=_S,
    ),
}


ISSUE_EVENTS = _schema(
    event_id=_S,
    issue_id=_S,
    county_code=_S,
    school_code=_S,
    stage=_S,
    school_year=pa.int32(),
    origin=_S,
    requirement_code=_S,
    part=_S,
    event_type=_S,
    happened_on=pa.date32(),
    received_on=pa.date32(),
    actor_unit=_S,
    actor_role=_S,
    title=_S,
    description=_S,
    source_document=_S,
    source_item=_S,
    category=_S,
    severity=_S,
    rectification_type=_S,
    recheck_level=_S,
    leader_role=_S,
    lead_unit=_S,
    cooperating_units=_S,
    measure=_S,
    target=_S,
    money_yuan=pa.decimal128(18, 2),
    deadline=pa.date32(),
    reason=_S,
    approvals=_S,
    evidence=_S,
    merged_into=_S,
    note=_S,
    source_submission_id=_S,
    source_night=pa.int32(),
    source_file=_S,
    source_row=_I,
    seen_event_id=_S,
)
"""One event of the issue ledger (docs/adr/0007-issue-ledger.md). Lists of units, approvals and evidence are joined with ``;``.

Kept outside of the nights, in ``<home>/ledger/issue_events``: a build adds to them after the night is committed.
"""
