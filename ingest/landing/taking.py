"""One file taken in an open night: archived, parsed within its budget, its copies told, its results written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ingest.landing import archive, parse, workers
from ingest.landing.inventory import copy_of, id_of_copy
from ingest.readers.budget import OverBudget, budget
from ingest.shapes.contracts import load_contracts
from ingest.values.causes import cause
from ingest.values.faults import FOLDER_DISAGREES, Refusal, refuse
from ingest.values.quotes import file_label
from junheng.core.home import Home
from junheng.core.ledger import OpenNight
from junheng.core.records import LandedFile, ParseResult, part_id

STILL_ARRIVING = "still_arriving"


def _misplaced(result: ParseResult, file: LandedFile) -> ParseResult:
    """Give the refusal of a copy in a wrong folder an id of its own; the content's id belongs to the good copy."""
    return replace(result, submission_id=id_of_copy(file), parts=[])


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


def lose(night: OpenNight, copies: list[LandedFile], rule: str) -> None:
    """Refuse the copies of a file over which the process that read it has ended."""
    _forget_rows(night, copies[0].sha256)
    for number, file in enumerate(copies):
        result = refuse(parse.unread(file), Refusal(rule))
        night.write_result(_misplaced(result, file) if number else result)


def parse_copies(home_path: Path, number: int, landing_dir: Path, copies: list[LandedFile]) -> None:
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
        night.write_result(_misplaced(copy, file) if copy.refused else copy_of(file, taken[0][1]))
