"""Files parsed by processes that take the next one when they are free.

Every file is parsed in another process than the one that runs the night, however little there is to do: one that dies over a
file, be it of memory, costs that file alone. The processes are forked, which takes no time worth counting, and end with the one
that started them. What they hold at once is bounded by what their files unpack to: a larger file is read while the others wait.
"""

from __future__ import annotations

import gc
import logging
import math
import os
import resource
import signal
import sys
import time
import traceback
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from ingest.readers.budget import CPU_SECONDS, limit_process
from ingest.readers.sniff import ZIP
from junheng.core.owner import end_with

MAX_UNPACKED = 256 << 20
"""Bytes of all files in work, unpacked; cells take some ten times as much."""
_PAYS = 16 << 20
"""So many bytes are read in about the time that another process takes to come into work."""
_SMALL = 1 << 20
_HARD = 3
"""A process that does not stop at its budget, because it is somewhere deep in a library, is ended at so many of them."""
_PATIENCE = 10.0 * CPU_SECONDS
"""Seconds on the wall for one file: one whose process neither works nor ends."""
_RATIO = 20
"""A file unpacks to so many times its size, where that is not worth a look."""
_END_OF_LIST, _END_OF_LONG_LIST = b"PK\x05\x06", b"PK\x06\x07"
_LONGEST_END = (1 << 16) + 64
"""Bytes at the end of a zip in which those stand."""
_FIRST_TO_GO = b"500"
"""Where memory runs out the system ends one of these processes and not the one that runs the night."""

Work = tuple[Callable[..., None], tuple[Any, ...]]
"""A function, and what it is called with."""


OVER_BUDGET, DIED = "over_budget", "reader_died"
"""Why a process ended over its work."""
_SILENT = ""
"""Answer of a process that gave none."""


class WorkFailed(RuntimeError):
    """Work ended with an error; the message is its traceback."""


@dataclass(frozen=True)
class Job:
    """Work on one file, and how much the file unpacks to. ``lost`` is called, with the cause, when a process ended over it."""

    work: Work
    unpacked: int
    lost: Callable[[str], None] | None = None


def unpacked(path: Path, size: int) -> int:
    """About how many bytes a file of this size holds; of a large container what it says itself."""
    if size > _SMALL:
        try:
            with open(path, "rb") as handle:
                if handle.read(4) in ZIP and _is_listed_briefly(handle, size):
                    return max(size, sum(member.file_size for member in zipfile.ZipFile(handle).infolist()))
        except (OSError, ValueError, zipfile.BadZipFile):
            pass  # it is refused when it is read
    return size * _RATIO


def _is_listed_briefly(handle: BinaryIO, size: int) -> bool:
    """Whether the list of a container's members is short: a crafted one fills the memory of whoever reads it."""
    handle.seek(max(0, size - _LONGEST_END))
    end = handle.read()
    at = end.rfind(_END_OF_LIST)
    if at < 0 or _END_OF_LONG_LIST in end or len(end) < at + 16:
        return False
    return int.from_bytes(end[at + 12 : at + 16], "little") <= _SMALL


def spread(jobs: Sequence[Job], processes: int) -> Iterator[int]:
    """Do all jobs in other processes, in as many as pay; yields how many are done.

    Jobs begin in their order. Raises WorkFailed.
    """
    processes = min(processes, len(jobs), 1 + sum(job.unpacked for job in jobs) // _PAYS)
    waiting, done = deque(range(len(jobs))), 0
    idle: list[_Worker] = []
    busy: dict[Connection, _Worker] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < processes and _fits(jobs[waiting[0]], busy.values()):
                worker = idle.pop() if idle else _Worker(jobs)
                worker.begin(waiting.popleft())
                busy[worker.pipe] = worker
            for pipe in _answered(busy):
                worker = busy.pop(pipe)
                if worker.finish():
                    idle.append(worker)
                done += 1
                yield done
    finally:
        for worker in [*idle, *busy.values()]:
            worker.stop()


def _fits(job: Job, busy: Iterable[_Worker]) -> bool:
    """Whether what files in work unpack to together stays within bounds; one that is larger is in work alone."""
    taken = [worker.job.unpacked for worker in busy]
    return not taken or sum(taken) + job.unpacked <= MAX_UNPACKED


def _answered(busy: Mapping[Connection, _Worker]) -> list[Connection]:
    """Pipes of the processes that are done, have ended or are waited for no longer."""
    patience = min(worker.deadline for worker in busy.values()) - time.monotonic()
    answered = [pipe for pipe in wait(list(busy), max(0.0, patience)) if isinstance(pipe, Connection)]
    return answered or [pipe for pipe, worker in busy.items() if worker.deadline <= time.monotonic()]


class _Worker:
    """A process that does one of the jobs at a time."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs
        self.job = jobs[0]
        self.deadline = math.inf
        self.pipe, theirs = Pipe()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # else both processes print what is in it
        owner = os.getpid()
        self._pid = os.fork()
        if not self._pid:
            _work(jobs, theirs, owner)
        theirs.close()

    def begin(self, number: int) -> None:
        """Take up one of the jobs."""
        self.job, self.deadline = self._jobs[number], time.monotonic() + _PATIENCE
        with suppress(OSError):  # of one that has ended the outcome says so
            self.pipe.send(number)

    def finish(self) -> bool:
        """Take the outcome of the job; returns whether the process can do another one. Raises WorkFailed."""
        try:
            problem = self.pipe.recv() if self.pipe.poll() else _SILENT
        except (EOFError, OSError):
            problem = _SILENT
        if problem is None:
            return True
        ended = self.stop()
        if problem != _SILENT:
            raise WorkFailed(problem)
        cause = OVER_BUDGET if ended == -signal.SIGXCPU else DIED
        if self.job.lost is None:
            raise WorkFailed(f"a process that parses files has ended: {cause}")
        self.job.lost(cause)
        return False

    def stop(self) -> int:
        """End the process, which has nothing to do any more; returns how it ended."""
        self.pipe.close()
        os.kill(self._pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])


def _work(jobs: Sequence[Job], pipe: Connection, owner: int) -> NoReturn:
    """Do jobs until the process is ended; it shares nothing with the one it was forked from that either may disturb."""
    try:
        _detach(owner)
        while True:
            job = jobs[pipe.recv()]
            limit_process(_HARD * CPU_SECONDS)
            pipe.send(outcome(*job.work))
    finally:
        os._exit(1)


def _detach(owner: int) -> None:
    end_with(owner)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that is interrupted ends this one
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_bytes(_FIRST_TO_GO)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    logging.root.handlers = [logging.StreamHandler()]
    gc.freeze()  # what came from the other process is shared with it as long as nobody looks at it
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _WithoutPandas())


def outcome(function: Callable[..., None], arguments: tuple[Any, ...]) -> str | None:
    """Call the function; returns the traceback of what fails."""
    try:
        function(*arguments)
    except Exception:
        return traceback.format_exc()
    return None


class _WithoutPandas(MetaPathFinder):
    """Arrow imports pandas, most of the start of a process, only to ask of a list whether it is a series."""

    def find_spec(self, fullname: str, _path: object, _target: object = None) -> None:
        """Raises ModuleNotFoundError for pandas."""
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)
