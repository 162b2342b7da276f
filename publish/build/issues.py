"""Events of the issue ledger between builds: what earlier builds derived from their figures, and how a build adds to it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from junheng.core import chain
from junheng.core.home import Home

if TYPE_CHECKING:  # whoever verifies a home reads no table, and loads nothing to read one
    import pyarrow as pa

DERIVED = "intermediate.int_issue__figure_event"
"""Events that tonight's figures give and the ledger does not hold yet."""
_FILE = re.compile(r"^([0-9]{6,18})-[0-9a-f]{12}\.parquet$")


def event_files(home: Home, nights: Sequence[int]) -> list[Path]:
    """Files with the events of these nights, in the order of the nights."""
    if not home.issue_events.is_dir():
        return []
    wanted = set(nights)
    matches = ((match, path) for path in home.issue_events.iterdir() if (match := _FILE.match(path.name)))
    return sorted(path for match, path in matches if int(match[1]) in wanted)


def unsealed(home: Home, sealed: chain.Files) -> list[Path]:
    """Files of events that a killed build kept and the chain does not know: of the last two nights, and what their names say."""
    nights = sorted(int(path.name) for path in home.nights.glob("[0-9]*") if path.name.isdecimal())[-2:]
    candidates = [path for path in event_files(home, nights) if path.relative_to(home.path).as_posix() not in sealed]
    return [path for path in candidates if _is_own(path)]


def catch_up(home: Home) -> None:
    """Enter the events that a killed build kept."""
    known = chain.known(home)
    if known.is_whole:
        chain.seal_files(home, unsealed(home, known.files), recovered=True)


def _is_own(path: Path) -> bool:
    import pyarrow.parquet as pq

    try:
        with chain.open_regular(path) as handle:
            events = pq.read_table(handle, columns=["event_id"])
    except (OSError, ValueError, KeyError):
        return False
    return path.name.endswith(f"-{_digest(events)}.parquet")


def _digest(events: pa.Table) -> str:
    return hashlib.sha256("\n".join(map(str, events.column("event_id").to_pylist())).encode()).hexdigest()[:12]


def keep_events(home: Home, build_db: Path) -> Path | None:
    """Append the events that an audited build derived to the ledger; None when there are none.

    A file is named after its night and its content and never changes, so that keeping the same events again changes nothing.
    """
    import duckdb
    import pyarrow.compute as pc

    from junheng.core.ledger import atomic_parquet
    from junheng.core.records import ISSUE_EVENTS

    with duckdb.connect(str(build_db), read_only=True) as connection:
        events: pa.Table = connection.execute(f"select * from {DERIVED} order by event_id").to_arrow_table()
    if not events.num_rows:
        return None
    events = events.select(ISSUE_EVENTS.names).cast(ISSUE_EVENTS)
    night = pc.max(events.column("source_night")).as_py()
    path = home.issue_events / f"{night:06d}-{_digest(events)}.parquet"
    if not path.exists():
        atomic_parquet(events, path)
    chain.seal_files(home, [path])
    return path
