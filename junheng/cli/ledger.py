"""``junheng ledger``: workbooks and reports of the issue ledger, from the release that readers see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from junheng.core.home import Home
from junheng.core.messages import Messages
from publish.issues.issue_books import export as export_books
from publish.issues.officials import RegisterUnusable, columns
from publish.issues.rectification import reports
from publish.release.release import Release, read_current
from publish.words.units import UnitListUnusable

_DONE, _USAGE, _NOTHING = 0, 2, 4


def export(path: Path, out: Path, county: str | None, unit: str | None, say: Messages) -> int:
    """Write the workbooks and name them. Exit codes: 0; 2 nothing to write, or a register of no use; 4 no release yet."""

    def write(home: Home, release: Release) -> list[Path]:
        return export_books(home, release, out, county, unit)

    try:
        return _written(path, write, "ledger_none", say)
    except UnitListUnusable as error:
        print(error)
    except RegisterUnusable as error:
        print(say(f"register_{error}", path=Home(path).duty_register, columns="、".join(columns())))
    return _USAGE


def report(path: Path, out: Path, county: str | None, document: str | None, say: Messages) -> int:
    """Write the reports on findings and name them. Exit codes: 0; 2 nothing to write; 4 no release yet."""

    def write(home: Home, release: Release) -> list[Path]:
        return reports(home, release, out, county, document)

    return _written(path, write, "report_none", say)


def _written(path: Path, write: Callable[[Home, Release], list[Path]], none: str, say: Messages) -> int:
    """Write what a home's release gives and name the files."""
    home = Home(path)
    release = read_current(home)
    if release is None:
        print(say("nothing_yet"))
        return _NOTHING
    files = write(home, release)
    for file in files:
        print(file)
    if not files:
        print(say(none))
    return _DONE if files else _USAGE
