"""What lies in landing tonight, and which of it a night judges (docs/adr/0001-spine.md)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ingest.landing import parse
from ingest.values.quotes import file_label
from junheng.core.ledger import Candidate, Ledger, OpenNight
from junheng.core.records import LandedFile, ParseResult, Status, part_id

Bucket = tuple[str | None, int | None]
"""Landing folder of a file: area code and school year."""
Row = dict[str, Any]


def _bucket(file: LandedFile) -> Bucket:
    return file.area_code, file.school_year


def _row_bucket(row: Row) -> Bucket:
    return row["area_code"], row["school_year"]


def lying(file: LandedFile) -> Row:
    """The row of the inventory for a file that lies there."""
    return {
        "path": file_label(file.path),
        "sha256": file.sha256,
        "submission_id": file.submission_id,
        "size": file.size,
        "area_code": file.area_code,
        "school_year": file.school_year,
        "present": True,
    }


def opened(envelope: LandedFile) -> Row:
    """An envelope whose members were taken: it lies there and is no submission, even if an earlier night refused it as one."""
    id_of_path = hashlib.sha256(envelope.path.encode()).hexdigest()[:16]
    return lying(envelope) | {"sha256": "", "submission_id": id_of_path}


def unreadable(result: ParseResult) -> Row:
    """The row of a file of which nothing can be read."""
    return {
        "path": result.file_name,
        "sha256": "",
        "submission_id": result.submission_id,
        "area_code": result.area_code,
        "school_year": result.folder_school_year,
        "present": True,
    }


def carried(before: list[Row], files: list[LandedFile], school_years: list[int] | None) -> Iterator[Row]:
    """Rows of the last inventory that tonight says nothing about.

    A year that was not read stays as it was. A folder that held files and now holds none was not emptied by a delivery: a
    mount may be missing. Its files are remembered as absent, so that they are no new deliveries when it is back.
    """
    filled = {_bucket(file) for file in files}
    for row in before:
        if not row["sha256"]:
            continue
        if school_years is not None and row["school_year"] not in school_years:
            yield row
        elif _row_bucket(row) not in filled:
            yield row | {"present": False}


def select(
    files: list[LandedFile], now: list[Row], before: list[Row], judged: dict[str, Row], tonight: int
) -> Iterator[Candidate]:
    """Files to judge tonight: new deliveries, and everything refused that still lies there."""
    refused = {file_id(row) for row in judged.values() if row["status"] == Status.REFUSED}
    total_now, total_before = Counter(row["sha256"] for row in now), Counter(row["sha256"] for row in before)
    here_now = Counter((_row_bucket(row), row["sha256"]) for row in now)
    here_before = Counter((_row_bucket(row), row["sha256"]) for row in before)
    taken: set[tuple[Bucket, str]] = set()
    for file in files:
        key = (_bucket(file), file.sha256)
        if key in taken:
            continue
        taken.add(key)
        last = judged.get(file.submission_id)
        if last is None or total_now[file.sha256] > total_before[file.sha256]:
            if last is None or here_now[key] > here_before[key]:
                yield Candidate(file, tonight)
        elif file.submission_id in refused:
            yield Candidate(file, last["delivery_night"])


def copies(files: list[LandedFile], candidates: list[Candidate], judged: dict[str, Row]) -> Iterator[ParseResult]:
    """Files with the same bytes as an earlier one of their folder, or as one of another folder that was accepted."""
    first: dict[tuple[Bucket, str], LandedFile] = {}
    named = {(file.sha256, file_label(file.path)): file for file in files}
    tonight = {candidate.file.path for candidate in candidates}
    for file in files:
        head = first.setdefault((_bucket(file), file.sha256), file)
        if head is file and file.path not in tonight and id_of_copy(file) not in judged:
            last = judged.get(file.submission_id, {})
            head = named.get((file.sha256, last.get("file_name", "")), file)
        if head is not file:
            yield copy_of(file, head)


def copy_of(file: LandedFile, head: LandedFile) -> ParseResult:
    """The result of a file with the same bytes as ``head``."""
    return replace(parse.unread(file), submission_id=id_of_copy(file), copy_of=file_label(head.path))


def id_of_copy(file: LandedFile) -> str:
    """Id of a file whose content's id belongs to another copy."""
    return hashlib.sha256(f"{file.path}\0{file.sha256}".encode()).hexdigest()[:16]


def latest_judgements(ledger: Ledger) -> dict[str, Row]:
    """The latest word of the ledger on each submission."""
    return {row["submission_id"]: row for row in ledger.table("submissions").to_pylist()}


def file_id(row: Row) -> str:
    """Submission id of the file that a judged submission is, or is one of several tables of."""
    is_part = row["contract"] and row["submission_id"] == part_id(row["sha256"], row["contract"])
    return str(row["sha256"][:16] if is_part else row["submission_id"])


def is_unchanged(row: Row, judged: dict[str, Row]) -> bool:
    """Whether the ledger has accepted this table of a file before, with as many rows."""
    last = judged.get(row["submission_id"])
    compared = ("status", "contract", "rows_read", "rows_accepted")
    return last is not None and row["status"] == Status.ACCEPTED and all(last[name] == row[name] for name in compared)


def is_known(result: Row, judged: dict[str, Row]) -> bool:
    """Whether the ledger says this of the file already, word for word; what is not judged yet is a refusal."""
    last = judged.get(result["submission_id"])
    judgement = result.get("status", Status.REFUSED), result["reason"]
    return last is not None and (last["status"], last["reason"]) == judgement


def enter(night: OpenNight, tables: Mapping[str, list[Row]]) -> None:
    """Write the tables of what was judged tonight, and forget what the ledger says already.

    It says so of files refused again for the same reason, and of copies told: a file that lies there for weeks is looked at every
    night and recorded once; the tables of one file together.
    """
    judged = latest_judgements(Ledger(night.home))
    plan = night.plan
    news = {c.file.submission_id for c in plan.candidates if c.delivery_night == plan.number} | {
        file_id(row)
        for row in tables["submissions"]
        if not (is_unchanged(row, judged) if row["status"] == Status.ACCEPTED else is_known(row, judged))
    }
    repeated = {row["submission_id"] for row in tables["submissions"] if file_id(row) not in news}
    for name, rows in tables.items():
        night.write_table(name, [row for row in rows if row["submission_id"] not in repeated])
    night.drop_results(repeated)
    night.write_plan(replace(plan, candidates=[c for c in plan.candidates if c.file.submission_id not in repeated]))
