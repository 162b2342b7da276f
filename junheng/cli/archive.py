"""``junheng archive`` in the terminal: which originals the rule of retention lets go; with ``--remove`` they do."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from rich.console import Console

from junheng.core.home import Home, HomeLocked
from junheng.core.messages import Messages
from junheng.core.run import CHINA
from junheng.core.wrapping import say_line
from publish.release.retention import old_originals, remove_originals

DONE, USAGE, LOCKED = 0, 2, 5
"""Exit codes of ``junheng archive``."""


def run(path: Path, remove: bool, say: Messages, console: Console) -> int:
    """List them, and remove them where that was asked for. Returns the exit code."""
    home = Home(path)
    if not home.archive.is_dir():
        say_line(console, say("verify_no_home", path=home.path))
        return USAGE
    try:
        with home.lock():
            home.refuse_if_leased()
            old = old_originals(home, datetime.now(CHINA).date())
            if remove:
                remove_originals(home, old)
    except HomeLocked:
        say_line(console, say("home_locked", path=home.path))
        return LOCKED
    for original in old:
        line = say("archive_line", seen=original.seen, size=original.size, file=original.file_name, sha256=original.sha256[:12])
        say_line(console, line)
    key = "archive_nothing" if not old else "archive_removed" if remove else "archive_would"
    say_line(console, say(key, count=len(old), size=f"{sum(original.size for original in old):,}"))
    return DONE
