"""The ingest half of a night: open it, parse its files, commit it. Plain functions; the DAG only wires them.

What counts as a delivery, and when a refused file is judged again: :mod:`ingest.landing.inventory`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ingest.landing import evidence, inventory, landing, taking, workers
from ingest.values.quotes import file_label
from junheng.core import chain
from junheng.core.days import iso_day
from junheng.core.home import Home
from junheng.core.ledger import Candidate, Ledger, NightPlan, OpenNight
from junheng.core.records import LandedFile
from junheng.core.settings import rules_version

_LOGGED = ("night", "file_name", "area_code", "source", "status", "rows_accepted", "rows_quarantined", "reason")
"""What a line of the log says of a file."""
BATCH_FILES = 64
BATCH_BYTES = 64 * 1024 * 1024


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

    A night left open by a killed run is thrown away first. Raises OSError when landing itself cannot be listed, ValueError for a
    date that is none.
    """
    day = iso_day(as_of)
    ledger = Ledger(home)
    files, unreadable, envelopes, proofs = landing.scan(
        landing_dir, set(school_years) if school_years is not None else None, home.original
    )
    numbers = ledger.numbers()
    before = ledger.table("inventory", numbers[-1]).to_pylist() if numbers else []
    judged = inventory.latest_judgements(ledger)
    lying_before = {row["submission_id"] for row in before}
    now = [inventory.lying(file) for file in files] + list(inventory.carried(before, files + envelopes + proofs, school_years))
    home.sweep()
    night = ledger.open_next()
    delivered_before = [row for row in before if row["sha256"] and not row.get("is_evidence")]
    candidates = list(inventory.select(files, now, delivered_before, judged, night.number))
    now += evidence.kept(home, landing_dir, proofs, before, night.number)
    night.write_plan(
        NightPlan(
            number=night.number,
            run_id=run_id,
            as_of=day,
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
            landing=str(landing_dir),
            school_years=school_years,
            rules_version=rules_version(),
            candidates=candidates,
            inventory=[*now, *map(inventory.opened, envelopes), *map(inventory.unreadable, unreadable)],
            unreadable=[
                result
                for result in unreadable
                if result.submission_id not in lying_before or not inventory.is_known(result.to_dict(), judged)
            ],
            copies=list(inventory.copies(files, candidates, judged)),
        )
    )
    return night.number, _batches(candidates)


def parse_batch(
    home: Home, number: int, batch: list[str], processes: int = 1, tell: Callable[[int, int], None] = lambda _done, _total: None
) -> int:
    """Archive and parse the files of one batch; one result per file in the open night. Returns how many were parsed.

    ``processes`` share the work where it is enough for them; ``tell`` gets how many files are done, and of how many.
    """
    night = OpenNight(home, number)
    plan = night.plan
    landing_dir = Path(plan.landing)
    copies: dict[str, list[LandedFile]] = defaultdict(list)
    for candidate in plan.candidates:
        copies[candidate.file.sha256].append(candidate.file)
    jobs = [
        workers.Job(
            (taking.parse_copies, (home.path, number, landing_dir, copies[sha256])),
            _unpacked(landing_dir, copies[sha256][0]),
            partial(taking.lose, night, copies[sha256]),
        )
        for sha256 in batch
    ]
    for done in workers.spread(jobs, processes):
        tell(done, len(batch))
    return len(batch)


def _unpacked(landing_dir: Path, file: LandedFile) -> int:
    return workers.unpacked(landing_dir / file.path, file.size)


def _log(ledger: Ledger, number: int) -> None:
    """A line of JSON for each file of the night, for whoever collects logs."""
    for row in ledger.table("submissions", number).select(_LOGGED).to_pylist():
        print(json.dumps(row, ensure_ascii=False), flush=True)


def commit_night(home: Home, number: int, run_id: str) -> None:
    """Make the judged night true and say in the log what became of its files. Repeating it after it succeeded does nothing."""
    ledger = Ledger(home)
    if number in ledger.numbers() and ledger.night(number)["run_id"] == run_id:
        chain.seal_nights(home, number)
        return
    night = OpenNight(home, number)
    plan = night.plan
    arriving = {r.file_name for r in night.results() if any(fault.rule == taking.STILL_ARRIVING for fault in r.faults)}
    candidates = [replace(c, file=replace(c.file, path=file_label(c.file.path))) for c in plan.candidates]
    night.write_plan(replace(plan, candidates=candidates))  # it stays in the ledger, and no file is opened by it any more
    night.write_table("inventory", [row for row in plan.inventory if row["path"] not in arriving])
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
    _log(ledger, number)
