"""What a file may cost in CPU time: the clock on the wall would punish a file for what else the machine does."""

from __future__ import annotations

import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

CPU_SECONDS = 600
"""CPU time for one file in each of the processes that read it; the largest files that are read take a quarter of it."""


class OverBudget(BaseException):
    """A file takes more CPU time than it may. No Exception, so that no reader takes it for a fault of the file's contents."""


@contextmanager
def budget(seconds: float | None = None) -> Iterator[None]:
    """Raise OverBudget in the block once this process has used so many seconds of CPU in it (default: CPU_SECONDS).

    Only the main thread of a process can be stopped so; elsewhere the block is not bounded.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS if seconds is None else seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before or signal.SIG_DFL)


def _stop(*_: Any) -> None:
    raise OverBudget


def limit_process(seconds: float) -> None:
    """Let the kernel end this process after so many more seconds of CPU, whatever it is doing then."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft if most == resource.RLIM_INFINITY else min(soft, most), most))
