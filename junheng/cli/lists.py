"""``junheng lists``: the papers of the meetings on the issue ledger and the three lists of tasks, from the current release."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from junheng.core.home import Home, write_atomically
from junheng.core.ledger import Ledger
from junheng.core.messages import Messages
from publish.issues.dispatch import dispatch, rhythms
from publish.papers.task_lists import task_books
from publish.release import signature
from publish.release.release import Release, read_current
from publish.tables.reading import newest_counties

_DONE, _USAGE, _NOTHING = 0, 2, 4


def run(path: Path, out: Path, county: str | None, say: Messages) -> int:
    """Write the lists of every meeting, as of the day of the last night, and those of each unit and leader; name the files.

    Exit codes: 0; 2 no issue to list; 4 no release yet.
    """
    home = Home(path)
    release = read_current(home)
    if release is None:
        print(say("nothing_yet"))
        return _NOTHING
    ledger = Ledger(home)
    day = date.fromisoformat(str(ledger.night(ledger.numbers()[-1])["as_of"]))
    out.mkdir(parents=True, exist_ok=True)
    files = [path for each in dispatch(home, release, day, rhythms(), out, county) for path in (each.workbook, each.page)]
    files += _books(release, out, county)
    for file in files:
        print(file)
    if not files:
        print(say("lists_none"))
    return _DONE if files else _USAGE


def _books(release: Release, out: Path, county: str | None) -> list[Path]:
    foot = {"release": release.release_id, "created_at": release.created_at, "state": signature.said(release.signature)}
    written = []
    with duckdb.connect(str(release.database), read_only=True) as connection:
        for each in newest_counties(connection):
            if county in (None, each.code):
                for name, content in task_books(connection, each, foot).items():
                    path = out / f"{each.code}_{name}"
                    write_atomically(path, content)
                    written.append(path)
    return written
