"""``junheng evidence``: the files of evidence of each county in numbered folders, for the owner of the home."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from junheng.core.home import Home
from junheng.core.ledger import Ledger
from junheng.core.messages import Messages
from publish.papers.evidence_package import write_package
from publish.release import signature
from publish.release.release import read_current
from publish.tables.reading import newest_counties

_DONE, _USAGE, _NOTHING = 0, 2, 4


def run(path: Path, out: Path, county: str | None, say: Messages) -> int:
    """Write a package for each county, as of the day of the last night, and name its files; they are their owner's alone.

    Exit codes: 0; 2 no evidence and none owed; 4 no release yet.
    """
    home = Home(path)
    release = read_current(home)
    if release is None:
        print(say("nothing_yet"))
        return _NOTHING
    ledger = Ledger(home)
    today = date.fromisoformat(str(ledger.night(ledger.numbers()[-1])["as_of"]))
    foot = {"release": release.release_id, "created_at": release.created_at, "state": signature.said(release.signature)}
    written: list[Path] = []
    with duckdb.connect(str(release.database), read_only=True) as connection:
        for each in newest_counties(connection):
            if county in (None, each.code):
                written += write_package(home, connection, each, out, foot, today)
    for file in written:
        print(file)
    if not written:
        print(say("evidence_none"))
    return _DONE if written else _USAGE
