"""``junheng verify`` in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from junheng.core import progress
from junheng.core.home import Home, HomeLocked, HomeUnwritable
from junheng.core.messages import Messages
from junheng.core.wrapping import say_line
from publish.trust.verify import Verification, verify

INTACT, BROKEN, USAGE, LOCKED = 0, 1, 2, 5
"""Exit codes of ``junheng verify``."""

_SHOWN = 20


def run(path: Path, anchor: str, say: Messages, console: Console) -> int:
    """Verify a home and print the outcome. Returns the exit code."""
    home = Home(path)
    if not any(place.is_dir() for place in (home.published, home.ledger, home.archive)):
        say_line(console, say("verify_no_home", path=home.path))
        return USAGE
    try:
        with _held(home), _bar(console, say):
            verification = verify(home, anchor, progress.tell)
    except HomeLocked:
        say_line(console, say("home_locked", path=home.path))
        return LOCKED
    _report(verification, say, console)
    return BROKEN if verification.breaks else INTACT


@contextmanager
def _held(home: Home) -> Iterator[None]:
    """Hold the home, so that nothing changes meanwhile; a copy that cannot be written (a disk for the auditor) needs none."""
    try:
        with home.lock():
            yield
    except HomeUnwritable:
        yield


@contextmanager
def _bar(console: Console, say: Messages) -> Iterator[None]:
    if not console.is_terminal:
        yield
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        job = bar.add_task(say("verify_hashing"))
        with progress.listening(lambda done, total: bar.update(job, completed=done, total=total)):
            yield


def _report(verification: Verification, say: Messages, console: Console) -> None:
    for notice in verification.notices[:_SHOWN]:
        say_line(console, say("verify_notice", notice=notice), style="dim")
    if verification.breaks:
        first, *more = verification.breaks
        say_line(console, say("verify_broken", path=first.path, reason=first.reason), style="bold red")
        if more:
            console.print(say("verify_more", count=len(more)))
        for one in more[:_SHOWN]:
            say_line(console, say("verify_break", path=one.path, reason=one.reason), indent=2)
        return
    if not verification.entries:
        console.print(say("verify_nothing"))
        return
    say_line(console, say("verify_holds", files=f"{verification.files:,}", entries=verification.entries), style="bold green")
    say_line(console, say("verify_head", head=verification.head))
