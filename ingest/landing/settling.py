"""Files that are still being written when a night begins: the night waits until landing is quiet, for a while.

What is still growing after that is told as arriving and taken in the next night (``ingest.landing.taking``); names that say that
a file is not whole (``.part``, ``.crdownload``) are passed over (``ingest.landing.ignored``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ingest.landing import landing

_PATIENCE = 20
"""How many times as long as landing has to be quiet a night waits for that."""

State = dict[str, tuple[int, int]]
"""Path → size and time of change in nanoseconds."""


def state(folder: Path) -> State:
    """What lies there now, unread. Raises OSError where landing cannot be listed."""
    stats = {path: path.stat() for path in landing.readable(folder)}
    return {str(path): (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}


def wait(
    folder: Path,
    seconds: int,
    look: Callable[[Path], State] = state,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.time,
) -> bool:
    """Wait until nothing in landing has changed for ``seconds``. False where it never did within twenty times that.

    A file is young by the clock of this machine; whether it grows is seen by looking twice: a wrong clock costs one wait at most.
    Raises OSError where landing cannot be listed.
    """
    before = look(folder)
    if not seconds or not any(now() - changed / 1e9 < seconds for _, changed in before.values()):
        return True
    for _ in range(_PATIENCE):
        sleep(seconds)
        after = look(folder)
        if after == before:
            return True
        before = after
    return False
