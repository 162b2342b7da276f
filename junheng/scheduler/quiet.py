"""A night whose files are those of the last one: the steps of ``dags/ingest_exports.py`` one after the other, without Airflow.

To start Airflow takes longer than such a night. What it says is written by the same functions, so that a file that changed after
all is taken as on any other night; a build that is due runs under Airflow.
"""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from expectations.gate import judge
from expectations.validate import validate
from ingest.landing import envelope, landing, night
from junheng.core.home import Home
from junheng.core.ledger import Ledger, OpenNight
from junheng.core.progress import tell
from junheng.core.run import parse_workers
from junheng.scheduler.inprocess import DagOutcome, Progress, configure

STEPS = ("open_night", "parse_batch", "gate", "validate", "commit_night")
"""Tasks of the DAG that do something of their own on the command line."""


def may_be(home: Home, conf: dict[str, Any]) -> bool:
    """Whether landing holds the names and sizes of the last night; no file is opened. Any doubt is none."""
    if conf["school_years"] is not None:
        return False
    try:
        ledger = Ledger(home)
        numbers = ledger.numbers()
        rows = ledger.table("inventory", numbers[-1]).to_pylist() if numbers else []
        known = {(row["path"], row["size"]) for row in rows if row["present"] and envelope.MARK not in row["path"]}
        return bool(numbers) and landing.listed(Path(conf["landing"])) == known
    except (OSError, ValueError):  # the night itself says what is wrong
        return False


def run(home: Home, conf: dict[str, Any], progress: Progress) -> DagOutcome:
    """Run the night; whoever calls holds the home."""
    configure(home)  # what tells somebody of a file may ask Airflow for an address
    progress.expect(len(STEPS))
    steps = _Night(home, conf)
    for name in STEPS:
        progress.started(name)
        try:
            getattr(steps, name)()
        except Exception as error:  # as of a task: one line for the person, the rest for the log
            traceback.print_exc()
            return DagOutcome(False, {name: str(error) or type(error).__name__})
        finally:
            progress.finished(name)
    return DagOutcome(True)


class _Night:
    """The steps, by the names of their tasks."""

    def __init__(self, home: Home, conf: dict[str, Any]) -> None:
        self._home = home
        self._conf = conf
        self._run_id = f"manual__{datetime.now(UTC).isoformat()}"
        self._number = 0
        self._batches: list[list[str]] = []

    @property
    def _open(self) -> OpenNight:
        return OpenNight(self._home, self._number)

    def open_night(self) -> None:
        landed, day = Path(self._conf["landing"]), self._conf["as_of"]
        self._number, self._batches = night.open_night(self._home, landed, None, self._run_id, day)

    def parse_batch(self) -> None:
        if self._batches:
            night.parse_batch(self._home, self._number, list(chain.from_iterable(self._batches)), parse_workers(), tell)

    def gate(self) -> None:
        judge(self._home, self._open)

    def validate(self) -> None:
        validate(self._home, self._open)

    def commit_night(self) -> None:
        night.commit_night(self._home, self._number, self._run_id)
