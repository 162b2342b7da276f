"""What the ledger says about deliveries: received in the latest night, refused and still there, folders read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TypedDict, cast

from ingest.schema.areas import area_prefix
from junheng.core.home import Home
from junheng.core.ledger import Ledger
from junheng.core.records import Status


@dataclass(frozen=True)
class ShownSubmission:
    """One submission of the ledger, as a page shows it."""

    file_name: str
    source: str | None
    area_code: str | None
    school_year: int | None
    rows: int
    reason: str
    """Why it was refused, or why the first row of an accepted one was set aside, and what to do about that."""
    fix: str
    counties: tuple[tuple[str, int], ...] = ()
    """County and school year pairs that an accepted submission covers."""
    rows_aside: int = 0
    """Rows set aside; of a refused file every row."""

    def concerns(self, county: str) -> bool:
        """Whether a county's page has to show it."""
        if self.counties:
            return any(code == county for code, _ in self.counties)
        return self.area_code is None or county.startswith(area_prefix(self.area_code))


@dataclass(frozen=True)
class NightFacts:
    """The latest committed night. ``number`` is 0 before the first one."""

    number: int
    as_of: str
    received: tuple[ShownSubmission, ...]
    refused: tuple[ShownSubmission, ...]
    folders: tuple[tuple[str, int], ...]
    """Landing folders with files: area code and school year."""
    repeated: tuple[ShownSubmission, ...] = ()
    """Files with the bytes of another one that was not refused; their ``reason`` names it."""


class _JudgedFile(TypedDict):
    """What is read of a row of ``submissions``."""

    submission_id: str
    night: int
    status: str
    reason: str | None
    sha256: str
    file_name: str
    source: str | None
    area_code: str | None
    folder_school_year: int | None
    rows_accepted: int | None
    rows_quarantined: int | None
    fix: str | None


def _delivery(row: _JudgedFile, reason: str, counties: tuple[tuple[str, int], ...] = ()) -> ShownSubmission:
    return ShownSubmission(
        file_name=row["file_name"],
        source=row["source"],
        area_code=row["area_code"],
        school_year=row["folder_school_year"],
        rows=row["rows_accepted"] or 0,
        rows_aside=row["rows_quarantined"] or 0,
        reason=reason,
        fix=row["fix"] or "",
        counties=counties,
    )


def night_facts(home: Home) -> NightFacts:
    """Facts of the latest committed night, in a fixed order."""
    ledger = Ledger(home)
    numbers = ledger.numbers()
    if not numbers:
        return NightFacts(0, "", (), (), ())
    latest = numbers[-1]
    lying = [row for row in ledger.table("inventory", latest).to_pylist() if row["present"]]
    ids = {row["submission_id"] for row in lying}
    hashes = {
        ((row["area_code"], row["school_year"]), row["sha256"]) for row in lying if row["sha256"] and not row.get("is_evidence")
    }
    covered: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for row in ledger.table("coverage", latest).to_pylist():
        covered[row["submission_id"]].add((row["county_code"], row["school_year"]))
    aside: dict[str, str] = {}
    for row in ledger.table("quarantined_rows", latest).to_pylist():
        aside.setdefault(row["submission_id"], row["guidance"])
    judged_files = cast(list[_JudgedFile], ledger.table("submissions").to_pylist())
    judged = {file["submission_id"]: file for file in judged_files}
    paths = {row["path"] for row in lying}
    received, refused, repeated = [], [], []
    for file in judged.values():
        here = (file["area_code"], file["folder_school_year"]), file["sha256"]
        if file["status"] == Status.ACCEPTED:
            if file["night"] == latest:
                received.append(
                    _delivery(file, aside.get(file["submission_id"], ""), tuple(sorted(covered[file["submission_id"]])))
                )
        elif file["status"] == Status.REPEATED:
            if file["night"] == latest:
                repeated.append(_delivery(file, file["reason"] or ""))
        elif (
            file["night"] == latest
            or file["submission_id"] in ids
            or (here in hashes and (file["source"] or file["file_name"] in paths))
        ):
            refused.append(_delivery(file, file["reason"] or ""))
    folders = sorted({(area, year) for (area, year), _ in hashes if area and year})
    return NightFacts(
        number=latest,
        as_of=str(ledger.night(latest).get("as_of") or ""),
        received=tuple(sorted(received, key=lambda d: d.file_name)),
        refused=tuple(sorted(refused, key=lambda d: d.file_name)),
        folders=tuple(folders),
        repeated=tuple(sorted(repeated, key=lambda d: d.file_name)),
    )
