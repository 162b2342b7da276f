"""Work for other processes that does not end well."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from ingest.landing import night as nights
from ingest.readers.budget import limit_process
from junheng.core.home import Home
from junheng.core.records import LandedFile, ParseResult


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def spin_for_ever() -> None:
    limit_process(1)
    while True:
        pass


def parse_or_die(home: Home, file: LandedFile, rows: Home) -> ParseResult:
    (rows.bronze / "school_census" / f"submission_id={file.submission_id}").mkdir(parents=True)
    if int(file.path[-7:-4]) % 3 == 0:
        kill_self()
    return ParseResult(file.submission_id, file.sha256, file.path, file.area_code, file.school_year)


def die_on_every_third(home: Path, number: int, landing: Path, copies: list[LandedFile]) -> None:
    """What a process does with the copies of a file, with a reader that dies over every third."""
    nights.parse.parse_file = parse_or_die
    nights._parse_copies(home, number, landing, copies)
