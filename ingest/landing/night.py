"""The ingest half of a night: open it, parse its files, commit it. Plain functions; the DAG only wires them.

What counts as a delivery, and when a refused file is judged again: docs/adr/0001-spine.md.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from ingest.landing import archive, landing, parse, workers
from ingest.readers.budget import OverBudget, budget
from ingest.schema.contract import load_contracts
from ingest.values.causes import cause
from ingest.values.faults import FOLDER_DISAGREES, Refusal, refuse
from ingest.values.quotes import file_label
from junheng.core import chain
from junheng.core.days import iso_day
from junheng.core.home import Home
from junheng.core.ledger import Candidate, Ledger, NightPlan, OpenNight
from junheng.core.records import LandedFile, ParseResult, Status, part_id
from junheng.core.settings import rules_version

BATCH_FILES = 64
BATCH_BYTES = 64 * 1024 * 1024
STILL_ARRIVING = "still_arriving"

Bucket = tuple[str | None, int | None]
"""Landing folder of a file: area code and school year."""
Row = dict[str, Any]


def _bucket(file: LandedFile) -> Bucket:
    return file.area_code, file.school_year


def _row_bucket(row: Row) -> Bucket:
    return row["area_code"], row["school_year"]


def _lying(file: LandedFile) -> Row:
    return {
        "path": file_label(file.path),
        "sha256": file.sha256,
        "submission_id": file.submission_id,
        "size": file.size,
        "area_code": file.area_code,
        "school_year": file.school_year,
        "present": True,
    }


def _opened(envelope: LandedFile) -> Row:
    """An envelope whose members were taken: it lies there and is no submission, even if an earlier night refused it as one."""
    own = hashlib.sha256(envelope.path.encode()).hexdigest()
    return _lying(envelope) | {"sha256": "", "submission_id": own[:16]}


def _unreadable(result: ParseResult) -> Row:
    return {
        "path": result.file_name,
        "sha256": "",
        "submission_id": result.submission_id,
        "area_code": result.area_code,
        "school_year": result.folder_school_year,
        "present": True,
    }


def _carried(before: list[Row], files: list[LandedFile], school_years: list[int] | None) -> Iterator[Row]:
    """Rows of the last inventory that tonight says nothing about.

    A year that was not read stays as it was. A folder that held files and now holds none was not emptied by a delivery: a
    mount may be missing. Its files are remembered as absent, so that they are no new deliveries when it is back.
    """
    found = {_bucket(file) for file in files}
    for row in before:
        if not row["sha256"]:
            continue
        if school_years is not None and row["school_year"] not in school_years:
            yield row
        elif _row_bucket(row) not in found:
            yield row | {"present": False}


def _select(
    files: list[LandedFile], now: list[Row], before: list[Row], judged: dict[str, Row], tonight: int
) -> Iterator[Candidate]:
    """Files to judge tonight: new deliveries, and everything refused that still lies there."""
    refused = {_file_id(row) for row in judged.values() if row["status"] == Status.REFUSED}
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


def _copies(files: list[LandedFile], candidates: list[Candidate], judged: dict[str, Row]) -> Iterator[ParseResult]:
    """Files with the same bytes as an earlier one of their folder, or as one of another folder that was accepted."""
    first: dict[tuple[Bucket, str], LandedFile] = {}
    named = {(file.sha256, file_label(file.path)): file for file in files}
    tonight = {candidate.file.path for candidate in candidates}
    for file in files:
        head = first.setdefault((_bucket(file), file.sha256), file)
        if head is file and file.path not in tonight and _own_id(file) not in judged:
            last = judged.get(file.submission_id, {})
            head = named.get((file.sha256, last.get("file_name", "")), file)
        if head is not file:
            yield _copy(file, head)


def _copy(file: LandedFile, head: LandedFile) -> ParseResult:
    return replace(parse.unread(file), submission_id=_own_id(file), copy_of=file_label(head.path))


def _own_id(file: LandedFile) -> str:
    """Id of a file whose content's id belongs to another copy."""
    return hashlib.sha256(f"{file.path}\0{file.sha256}".encode()).hexdigest()[:16]


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


def _latest_judgements(ledger: Ledger) -> dict[str, Row]:
    """The latest word of the ledger on each submission."""
    return {row["submission_id"]: row for row in ledger.table("submissions").to_pylist()}


def _file_id(row: Row) -> str:
    """Submission id of the file that a judged submission is, or is one of several tables of."""
    is_part = row["contract"] and row["submission_id"] == part_id(row["sha256"], row["contract"])
    return str(row["sha256"][:16] if is_part else row["submission_id"])


def _unchanged(row: Row, judged: dict[str, Row]) -> bool:
    """Whether the ledger has accepted this table of a file before, with as many rows."""
    last = judged.get(row["submission_id"])
    said = ("status", "contract", "rows_read", "rows_accepted")
    return last is not None and row["status"] == Status.ACCEPTED and all(last[name] == row[name] for name in said)


def _known(result: Row, judged: dict[str, Row]) -> bool:
    """Whether the ledger says this of the file already, word for word; what is not judged yet is a refusal."""
    last = judged.get(result["submission_id"])
    said = result.get("status", Status.REFUSED), result["reason"]
    return last is not None and (last["status"], last["reason"]) == said


def open_night(
    home: Home, landing_dir: Path, school_years: list[int] | None, run_id: str, as_of: str
) -> tuple[int, list[list[str]]]:
    """Scan landing, decide what is to be judged, open the night. Returns its number and the batches to parse.

    A night left open by a killed run is thrown away first. Raises OSError when landing itself cannot be listed, ValueError for a
    date that is none.
    """
    day = iso_day(as_of)
    ledger = Ledger(home)
    files, unreadable, envelopes = landing.scan(landing_dir, set(school_years) if school_years is not None else None)
    numbers = ledger.numbers()
    before = ledger.table("inventory", numbers[-1]).to_pylist() if numbers else []
    judged = _latest_judgements(ledger)
    lying_before = {row["submission_id"] for row in before}
    now = [_lying(file) for file in files] + list(_carried(before, files + envelopes, school_years))
    home.sweep()
    night = ledger.open_next()
    candidates = list(_select(files, now, [row for row in before if row["sha256"]], judged, night.number))
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
            inventory=now + [_opened(file) for file in envelopes] + [_unreadable(result) for result in unreadable],
            unreadable=[
                result
                for result in unreadable
                if result.submission_id not in lying_before or not _known(result.to_dict(), judged)
            ],
            copies=list(_copies(files, candidates, judged)),
        )
    )
    return night.number, _batches(candidates)


def _misplaced(result: ParseResult, file: LandedFile) -> ParseResult:
    """Give the refusal of a copy in a wrong folder an id of its own; the content's id belongs to the good copy."""
    return replace(result, submission_id=_own_id(file), parts=[])


def _still_arriving(file: LandedFile, error: Exception) -> ParseResult:
    """The refusal of a file that changed or vanished after it was listed; the next night takes what lies there then."""
    refusal = Refusal(STILL_ARRIVING, path=file_label(file.path), detail=cause(error))
    return refuse(parse.unread(file), refusal)


def _take(night: OpenNight, landing_dir: Path, file: LandedFile) -> ParseResult:
    """Archive and parse one file."""
    home = night.home
    try:
        archive.store_landed(home, landing_dir, file.path, file.sha256)
    except (archive.FileChanged, OSError) as error:
        if not archive.path_of(home, file.sha256).exists():
            return _still_arriving(file, error)
    try:
        with budget():
            return parse.parse_file(home, file, night.rows)
    except OverBudget:
        _forget_rows(night, file.sha256)
        return refuse(parse.unread(file), Refusal(workers.OVER_BUDGET))


def _forget_rows(night: OpenNight, sha256: str) -> None:
    """Forget what was learned of a file of which nothing is to be kept."""
    night.drop_results({sha256[:16], *(part_id(sha256, contract.id) for contract in load_contracts())})


def _lose(night: OpenNight, copies: list[LandedFile], rule: str) -> None:
    """Refuse the copies of a file over which the process that read it has ended."""
    _forget_rows(night, copies[0].sha256)
    for number, file in enumerate(copies):
        result = refuse(parse.unread(file), Refusal(rule))
        night.write_result(_misplaced(result, file) if number else result)


def parse_batch(
    home: Home, number: int, batch: list[str], processes: int = 1, told: Callable[[int, int], None] = lambda _done, _total: None
) -> int:
    """Archive and parse the files of one batch; one result per file in the open night. Returns how many were parsed.

    ``processes`` share the work where it is enough for them; ``told`` gets how many files are done, and of how many.
    """
    night = OpenNight(home, number)
    plan = night.plan
    landing_dir = Path(plan.landing)
    copies: dict[str, list[LandedFile]] = defaultdict(list)
    for candidate in plan.candidates:
        copies[candidate.file.sha256].append(candidate.file)
    jobs = [
        workers.Job(
            (_parse_copies, (home.path, number, landing_dir, copies[sha256])),
            _unpacked(landing_dir, copies[sha256][0]),
            partial(_lose, night, copies[sha256]),
        )
        for sha256 in batch
    ]
    for done in workers.spread(jobs, processes):
        told(done, len(batch))
    return len(batch)


def _unpacked(landing_dir: Path, file: LandedFile) -> int:
    return workers.unpacked(landing_dir / file.path, file.size)


def _parse_copies(home_path: Path, number: int, landing_dir: Path, copies: list[LandedFile]) -> None:
    """Archive and parse the copies of one file, and write what was learned."""
    night = OpenNight(Home(home_path), number)
    taken = [(_take(night, landing_dir, file), file) for file in copies]
    # a copy in its own folder before one that lies wrong: the content's id belongs to it even when it is refused
    taken.sort(key=lambda one: (one[0].refused, any(fault.rule == FOLDER_DISAGREES for fault in one[0].faults)))
    if len(taken) > 1:  # bronze is addressed by content: leave in it what the copy that counts says
        taken[0] = _take(night, landing_dir, taken[0][1]), taken[0][1]
    for part in [taken[0][0], *taken[0][0].parts]:
        night.write_result(replace(part, parts=[]))
    for copy, file in taken[1:]:
        night.write_result(_misplaced(copy, file) if copy.refused else _copy(file, taken[0][1]))


def drop_repeated(home: Home, number: int) -> int:
    """Take out of the judged night what the ledger says already: files refused again for the same reason, copies told.

    Returns how many.

    So a file that lies there for weeks is looked at every night and recorded once; the tables of one file together.
    """
    night = OpenNight(home, number)
    judged = _latest_judgements(Ledger(home))
    plan = night.plan
    new = {c.file.submission_id for c in plan.candidates if c.delivery_night == number}
    submissions = night.read_table("submissions").to_pylist()
    news = new | {
        _file_id(row)
        for row in submissions
        if not (_unchanged(row, judged) if row["status"] == Status.ACCEPTED else _known(row, judged))
    }
    repeated = {row["submission_id"] for row in submissions if _file_id(row) not in news}
    for table in ("submissions", "coverage", "check_results", "quarantined_rows"):
        rows = night.read_table(table).to_pylist()
        night.write_table(table, [row for row in rows if row["submission_id"] not in repeated])
    night.drop_results(repeated)
    night.write_plan(replace(plan, candidates=[c for c in plan.candidates if c.file.submission_id not in repeated]))
    return len(repeated)


def commit_night(home: Home, number: int, run_id: str) -> None:
    """Make the judged night true. Repeating it after it succeeded does nothing."""
    ledger = Ledger(home)
    if number in ledger.numbers() and ledger.night(number)["run_id"] == run_id:
        chain.seal_nights(home, number)
        return
    night = OpenNight(home, number)
    plan = night.plan
    arriving = {r.file_name for r in night.results() if any(fault.rule == STILL_ARRIVING for fault in r.faults)}
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
