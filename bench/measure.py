"""Run a command in its own process and measure wall time and peak memory."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_SAMPLE_SECONDS = 0.01


class CommandFailed(RuntimeError):
    """A measured command ended with an error."""


@dataclass(frozen=True)
class Measurement:
    """One measured run: wall and CPU seconds, and the largest resident set of one of its processes in MiB."""

    seconds: float
    peak_mib: float
    cpu_seconds: float = 0.0

    def __add__(self, other: Measurement) -> Measurement:
        return Measurement(self.seconds + other.seconds, max(self.peak_mib, other.peak_mib), self.cpu_seconds + other.cpu_seconds)


class _Peak(threading.Thread):
    """Reads a process's high-water mark until the process ends.

    The kernel's own record of ended children starts at the size of the parent and would hide small ones.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._status = Path(f"/proc/{pid}/status")
        self._ended = threading.Event()
        self.mib = 0.0

    def run(self) -> None:
        """Sample; the mark itself never falls, so only the last instant can be missed."""
        while not self._ended.wait(_SAMPLE_SECONDS):
            try:
                lines = self._status.read_text(encoding="ascii", errors="replace").splitlines()
            except OSError:
                return
            for line in lines:
                if line.startswith("VmHWM:"):
                    self.mib = int(line.split()[1]) / 1024

    def stop(self) -> float:
        """End sampling; returns the mark in MiB."""
        self._ended.set()
        self.join()
        return self.mib


def run(command: Sequence[str], environment: Mapping[str, str], log: Path, codes: Sequence[int] = (0,)) -> Measurement:
    """Run ``command``; output goes to ``log``. Raises CommandFailed with its end where the exit code is none of ``codes``."""
    with open(log, "wb") as handle:
        started = time.perf_counter()
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=handle, stderr=subprocess.STDOUT)
        peak = _Peak(process.pid)
        peak.start()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = code = os.waitstatus_to_exitcode(status)
    mib = peak.stop()
    if code not in codes:
        tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
        raise CommandFailed(f"{' '.join(command)} ended with {code}\n{tail}")
    return Measurement(seconds, mib, used.ru_utime + used.ru_stime)


@dataclass
class Series:
    """Repetitions of one measurement."""

    runs: list[Measurement]

    @property
    def seconds(self) -> float:
        """Median of the wall times."""
        return median(run.seconds for run in self.runs)

    @property
    def cpu_seconds(self) -> float:
        """Median of the CPU times, those of ended child processes included."""
        return median(run.cpu_seconds for run in self.runs)

    @property
    def range(self) -> tuple[float, float]:
        """Shortest and longest wall time."""
        return min(run.seconds for run in self.runs), max(run.seconds for run in self.runs)

    @property
    def peak_mib(self) -> float:
        """Largest peak of all runs."""
        return max(run.peak_mib for run in self.runs)
