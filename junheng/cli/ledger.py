"""``junheng ledger``: workbooks and reports of the issue ledger, from the release that readers see."""

from __future__ import annotations

from pathlib import Path

from junheng.core.home import Home
from junheng.core.messages import Messages
from publish.issues.issue_books import export as export_books
from publish.issues.officials import RegisterUnusable, columns
from publish.issues.rectification import reports
from publish.release.release import read_current
from publish.words.units import UnitListUnusable

_DONE, _USAGE, _NOTHING = 0, 2, 4


def export(path: Path, out: Path, county: str | None, unit: str | None, say: Messages) -> int:
    """Write the workbooks and name them. Exit codes: 0; 2 nothing to write, or a register of no use; 4 no release yet."""
    home = Home(path)
    release = read_current(home)
    if release is None:
        print(say("nothing_yet"))
        return _NOTHING
    try:
        written = export_books(home, release, out, county, unit)
    except UnitListUnusable as error:
        print(error)
        return _USAGE
    except RegisterUnusable as error:
        print(say(f"register_{error}", path=home.duty_register, columns="、".join(columns())))
        return _USAGE
    return _named(written, "ledger_none", say)


def report(path: Path, out: Path, county: str | None, document: str | None, say: Messages) -> int:
    """Write the reports on findings and name them. Exit codes: 0; 2 nothing to write; 4 no release yet."""
    home = Home(path)
    release = read_current(home)
    if release is None:
        print(say("nothing_yet"))
        return _NOTHING
    return _named(reports(home, release, out, county, document), "report_none", say)


def _named(written: list[Path], none: str, say: Messages) -> int:
    for file in written:
        print(file)
    if not written:
        print(say(none))
    return _DONE if written else _USAGE
