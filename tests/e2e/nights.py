"""Run whole nights through the command line and read what they published."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from junheng.core.home import Home
from publish.release.release import Release, read_current

ROOT = Path(__file__).resolve().parents[2]
JUNHENG = [sys.executable, "-m", "junheng.cli.main"]
NO_NETWORK = ["unshare", "--user", "--map-root-user", "--net"]
AS_OF = "2026-03-01"


@dataclass(frozen=True)
class Night:
    """What one run of the command line did."""

    code: int
    output: str
    home: Home

    @property
    def release(self) -> Release | None:
        return read_current(self.home)

    def refusals(self) -> dict[str, str]:
        """File name → its one line."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip().startswith("✗ ")]
        return {line.removeprefix("✗ ").split("｜")[0]: line for line in lines}


def _command(home: Path, landing: Path, options: Sequence[str], *, offline: bool) -> list[str]:
    words = [*JUNHENG, "nightly", "--home", str(home), "--landing", str(landing), "--as-of", AS_OF, *options]
    return [*NO_NETWORK, *words] if offline else words


def run(home: Path, landing: Path, *options: str, offline: bool = True, timeout: float = 300) -> Night:
    """One night, by default in a world without a network."""
    done = subprocess.run(
        _command(home, landing, options, offline=offline),
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
    )
    return Night(done.returncode, done.stdout + done.stderr, Home(home))


def run_killed_at(home: Path, landing: Path, step: str, delay: float = 0.0) -> str:
    """Start a night and SIGKILL it and its children ``delay`` seconds after ``step`` began. Returns its output so far."""
    process = subprocess.Popen(
        _command(home, landing, (), offline=False),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if f"· {step}" in line:
            time.sleep(delay)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            await_end(home)
            return seen
    raise AssertionError(f"the night ended before {step!r}:\n{seen}")


def of_home(home: Path) -> list[str]:
    """Command lines of the processes that work in a home folder, wherever they were started."""
    working = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile
            given = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            if bytes(home) in given and int(process.name) != os.getpid():
                working.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return working


def await_end(home: Path, seconds: float = 5.0) -> None:
    """Wait for the processes that a killed night leaves behind. Raises AssertionError when one goes on."""
    until = time.monotonic() + seconds
    while working := of_home(home):
        assert time.monotonic() < until, working
        time.sleep(0.05)


def query(night: Night, sql: str) -> list[dict[str, Any]]:
    """Rows of a query on the release in force."""
    assert night.release is not None
    with duckdb.connect(str(night.release.database), read_only=True) as connection:
        return connection.execute(sql).to_arrow_table().to_pylist()


def ledger_rows(home: Home, table: str) -> list[dict[str, Any]]:
    """Rows of one ledger table over all nights."""
    return [row for folder in sorted(home.nights.iterdir()) for row in pq.read_table(folder / f"{table}.parquet").to_pylist()]


def stray(home: Home) -> list[str]:
    """Leftovers that no finished night may leave."""
    return [
        str(path.relative_to(home.path))
        for pattern in ("ledger/.open-*", "published/releases/.tmp-*", "warehouse/build-*", "**/*.tmp", "**/.*.tmp")
        for path in home.path.glob(pattern)
    ]
