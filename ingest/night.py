"""The ingest half of a night: open it, parse its files. Plain functions; the DAG only wires them.

What counts as a delivery, and when a refused file is judged again: docs/adr/0001-spine.md.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ingest import archive, landing, parse
from junheng.home import Home
from junheng.ledger import Candidate, Ledger, NightPlan, OpenNight
from junheng.records import LandedFile, ParseResult, Status
from junheng.settings import rules_version

BATCH_FILES = 64
BATCH_BYTES = 64 * 1024 * 1024

Bucket = tuple[str | None, int | None]
"""Landing folder of a file: area code and school year."""


@dataclass(frozen=True)
class _Judgement:
    """The latest word of the ledger on one file in one landing folder."""

    status: str
    rules_version: str
    delivery_night: int


def _bucket(file: LandedFile) -> Bucket:
    return file.area_code, file.school_year


def _previous_inventory(ledger: Ledger, school_years: list[int] | None) -> dict[Bucket, Counter[str]]:
    """Hashes per landing folder in the latest earlier night that read that school year."""
    wanted = set(school_years) if school_years is not None else None
    seen_years: set[int] = set()
    inventory: dict[Bucket, Counter[str]] = defaultdict(Counter)
    for number in reversed(ledger.numbers()):
        read = ledger.night(number)["school_years"]
        rows = ledger.table("inventory", number).to_pylist()
        years = set(read) if read is not None else None
        for row in rows:
            year = row["school_year"]
            if year not in seen_years:
                inventory[(row["area_code"], year)][row["sha256"]] += 1
        if years is None:
            break
        seen_years |= years
        if wanted is not None and wanted <= seen_years:
            break
    return inventory


def _latest_judgements(ledger: Ledger) -> dict[tuple[Bucket, str], _Judgement]:
    """Latest judgement per landing folder and hash."""
    return {
        ((row["area_code"], row["folder_school_year"]), row["sha256"]): _Judgement(
            row["status"], row["rules_version"], row["delivery_night"]
        )
        for row in ledger.table("submissions").to_pylist()
    }


def _select(
    files: list[LandedFile],
    before: dict[Bucket, Counter[str]],
    judged: dict[tuple[Bucket, str], _Judgement],
    tonight: int,
    version: str,
) -> Iterator[Candidate]:
    """Files to judge tonight: new deliveries, and refused files whose folder or rules have changed since."""
    now: dict[Bucket, Counter[str]] = defaultdict(Counter)
    for file in files:
        now[_bucket(file)][file.sha256] += 1
    taken: set[tuple[Bucket, str]] = set()
    for file in files:
        bucket, key = _bucket(file), (_bucket(file), file.sha256)
        if key in taken:
            continue
        taken.add(key)
        last = judged.get(key)
        if last is None or now[bucket][file.sha256] > before[bucket][file.sha256]:
            yield Candidate(file, tonight)
        elif last.status == Status.REFUSED and (last.rules_version != version or now[bucket] != before[bucket]):
            yield Candidate(file, last.delivery_night)


def _batches(candidates: Iterable[Candidate]) -> list[list[str]]:
    """Hashes to parse together: bounded by number and bytes, copies of one file in one batch."""
    sizes: dict[str, int] = {}
    for candidate in candidates:
        sizes[candidate.file.sha256] = candidate.file.size
    batches: list[list[str]] = []
    weight = 0
    for sha256, size in sizes.items():
        if not batches or len(batches[-1]) >= BATCH_FILES or weight + size > BATCH_BYTES:
            batches.append([])
            weight = 0
        batches[-1].append(sha256)
        weight += size
    return batches


def open_night(
    home: Home, landing_dir: Path, school_years: list[int] | None, run_id: str, as_of: str
) -> tuple[int, list[list[str]]]:
    """Scan landing, decide what is to be judged, open the night. Returns its number and the batches to parse.

    A night left open by a killed run is thrown away first. Raises OSError when landing itself cannot be listed.
    """
    ledger = Ledger(home)
    files, unreadable = landing.scan(landing_dir, set(school_years) if school_years is not None else None)
    night = ledger.open_next()
    version = rules_version()
    candidates = list(
        _select(
            files,
            _previous_inventory(ledger, school_years),
            _latest_judgements(ledger),
            night.number,
            version,
        )
    )
    night.write_plan(
        NightPlan(
            number=night.number,
            run_id=run_id,
            as_of=as_of,
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
            landing=str(landing_dir),
            school_years=school_years,
            rules_version=version,
            candidates=candidates,
            inventory=files,
            unreadable=unreadable,
        )
    )
    return night.number, _batches(candidates)


def _misplaced(result: ParseResult) -> ParseResult:
    """Give the refusal of a copy in a wrong folder an id of its own; the content's id belongs to the good copy."""
    own = hashlib.sha256(f"{result.file_name}\0{result.sha256}".encode()).hexdigest()
    return replace(result, submission_id=own[:16])


def parse_batch(home: Home, number: int, batch: list[str]) -> int:
    """Archive and parse the files of one batch; one result per file in the open night. Returns how many were parsed."""
    night = OpenNight(home, number)
    plan = night.plan
    copies: dict[str, list[LandedFile]] = defaultdict(list)
    for candidate in plan.candidates:
        copies[candidate.file.sha256].append(candidate.file)
    for sha256 in batch:
        results = []
        for file in copies[sha256]:
            archive.store(home, Path(plan.landing) / file.path, sha256)
            results.append(parse.parse_file(home, file))
        results.sort(key=lambda result: result.refused)
        night.write_result(results[0])
        for copy in results[1:]:
            if copy.refused:
                night.write_result(_misplaced(copy))
    return len(batch)


def commit_night(home: Home, number: int) -> None:
    """Make the judged night true."""
    night = OpenNight(home, number)
    plan = night.plan
    night.commit(
        {
            "night": plan.number,
            "run_id": plan.run_id,
            "as_of": plan.as_of,
            "started_at": plan.started_at,
            "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "landing": plan.landing,
            "school_years": plan.school_years,
            "rules_version": plan.rules_version,
        }
    )
