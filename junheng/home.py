"""The home of a deployment: where everything lies, and the lock that keeps two nights apart."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_HELD: set[Path] = set()
"""Homes this process holds."""
_LEASE = ".lease"
LEASE_SECONDS = 2 * 60 * 60


class HomeLocked(RuntimeError):
    """Another night holds the home."""


class Home:
    """Paths below ``<home>`` (fixed surface, design 6.2). Creating an instance touches nothing."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).expanduser().resolve()
        self.landing = self.path / "landing"
        self.corrections = self.path / "corrections"
        self.units = self.path / "units.csv"
        self.archive = self.path / "archive"
        self.bronze = self.path / "bronze"
        self.quarantine = self.path / "quarantine"
        self.ledger = self.path / "ledger"
        self.nights = self.ledger / "nights"
        self.issue_events = self.ledger / "issue_events"
        self.report_template = self.path / "templates" / "rectification.docx"
        self.duty_register = self.path / "restricted" / "duty_register.csv"
        self.warehouse = self.path / "warehouse"
        self.airflow = self.path / "airflow"
        self.published = self.path / "published"
        self.releases = self.published / "releases"
        self.current = self.published / "current"
        self.signed = self.published / "signed"
        self.dispatch = self.published / "dispatch"

    def create(self) -> Home:
        """Make the folders that are missing. Raises OSError when the home cannot be written."""
        for folder in (
            self.landing,
            self.corrections,
            self.archive,
            self.bronze,
            self.quarantine,
            self.nights,
            self.issue_events,
            self.warehouse,
            self.airflow,
            self.releases,
        ):
            folder.mkdir(parents=True, exist_ok=True)
        return self

    @contextmanager
    def lock(self, wait: float = 0.0) -> Iterator[None]:
        """Hold the home exclusively; re-entrant within one process. Raises HomeLocked when taken for ``wait`` seconds.

        The lock belongs to the process (``flock``), so a killed night leaves none behind.
        """
        if self.path in _HELD:
            yield
            return
        self.path.mkdir(parents=True, exist_ok=True)
        with open(self.path / ".lock", "w") as handle:
            deadline = time.monotonic() + wait
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() >= deadline:
                        raise HomeLocked(str(self.path)) from error
                    time.sleep(1)
            _HELD.add(self.path)
            try:
                yield
            finally:
                _HELD.discard(self.path)

    def lease(self, run_id: str) -> None:
        """Say that a run whose tasks are processes of their own works here; it lasts until ``release`` or for two hours."""
        write_atomically(self.path / _LEASE, json.dumps({"run_id": run_id, "at": time.time()}).encode())

    def release(self, run_id: str) -> None:
        """End a lease of this run."""
        if self._leased().get("run_id") == run_id:
            (self.path / _LEASE).unlink(missing_ok=True)

    def refuse_if_leased(self) -> None:
        """Raise HomeLocked while a scheduler's run works here between two of its tasks."""
        if time.time() - float(self._leased().get("at", 0)) < LEASE_SECONDS:
            raise HomeLocked(str(self.path))

    def _leased(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.path / _LEASE).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}

    def bronze_file(self, source: str, submission_id: str) -> Path:
        """Bronze Parquet of one submission."""
        return self.bronze / source / f"submission_id={submission_id}" / "part-0.parquet"

    def original(self, sha256: str) -> Path:
        """Where the archive keeps the original with this hash."""
        return self.archive / sha256[:2] / sha256

    def quarantine_file(self, source: str, submission_id: str) -> Path:
        """Rows of one submission that could not be typed, as text Parquet."""
        return self.quarantine / source / f"submission_id={submission_id}" / "part-0.parquet"


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` through a temporary file and a rename, so that readers see all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with open(temporary, "wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
