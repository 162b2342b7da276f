"""Files parsed side by side by processes that take the next one when they are free.

What they hold at once is bounded by what their files unpack to: a file larger than that is read while the others wait. A process
ends with the one that started it, by the end of its pipe. One that dies over a file, be it of memory, costs that file alone.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from ingest.readers.budget import CPU_SECONDS, limit_process
from ingest.readers.sniff import ZIP
from junheng.core.settings import PROJECT_ROOT

MAX_UNPACKED = 256 << 20
"""Bytes of all files in work, unpacked; cells take some ten times as much."""
_PAYS = 16 << 20
"""So many bytes are read in about the time that a process takes to start."""
_SMALL = 1 << 20
_HARD = 3
"""A process that does not stop at its budget, because it is somewhere deep in a library, is ended at so many of them."""
_RATIO = 20
"""A file unpacks to so many times its size, where that is not worth a look."""

Work = tuple[Callable[..., None], tuple[Any, ...]]
"""A function of a module, and what it is called with."""


OVER_BUDGET, DIED = "over_budget", "reader_died"
"""Why a process ended over its work."""


class WorkFailed(RuntimeError):
    """Work ended with an error; the message is its traceback."""


class _Ended(Exception):
    """The process ended over its work: of too much CPU time, or of memory or whatever else the system ends processes for."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


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
                if handle.read(4) in ZIP:
                    return max(size, sum(member.file_size for member in zipfile.ZipFile(handle).infolist()))
        except (OSError, ValueError, zipfile.BadZipFile):
            pass  # it is refused when it is read
    return size * _RATIO


def spread(jobs: Sequence[Job], processes: int) -> Iterator[int]:
    """Do all jobs, in this process where others would not pay; yields how many are done.

    Jobs begin in their order. Raises WorkFailed, in this process the error itself.
    """
    total = sum(job.unpacked for job in jobs)
    processes = min(processes, len(jobs), 1 + total // _PAYS)
    if total <= _PAYS:  # so little needs no process that may die
        for done, job in enumerate(jobs, 1):
            function, arguments = job.work
            function(*arguments)
            yield done
        return
    yield from _side_by_side(jobs, processes)


def _side_by_side(jobs: Sequence[Job], processes: int) -> Iterator[int]:
    share = _Share(MAX_UNPACKED)
    free: SimpleQueue[_Worker] = SimpleQueue()
    workers = [_Worker() for _ in range(processes)]
    for worker in workers:
        free.put(worker)

    def run(job: Job) -> None:
        with share.of(job.unpacked):
            worker = free.get()
            try:
                worker.do(job.work)
            except _Ended as ended:
                if job.lost is None:
                    raise WorkFailed(f"a process that parses files has ended: {ended.cause}") from ended
                job.lost(ended.cause)
            finally:
                free.put(worker)

    pool = ThreadPoolExecutor(processes)
    try:
        running = [pool.submit(run, job) for job in jobs]
        for done, future in enumerate(as_completed(running), 1):
            future.result()
            yield done
    finally:
        pool.shutdown(cancel_futures=True)
        for worker in workers:
            worker.stop()


class _Share:
    """What files in work may unpack to together; one that is larger is in work alone. First come, first served."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0
        self._turn = threading.Lock()
        self._changed = threading.Condition()

    @contextmanager
    def of(self, size: int) -> Iterator[None]:
        with self._turn, self._changed:
            self._changed.wait_for(lambda: self._taken == 0 or self._taken + size <= self._limit)
            self._taken += size
        try:
            yield
        finally:
            with self._changed:
                self._taken -= size
                self._changed.notify_all()


class _Worker:
    """A process that does one piece of work at a time; another one takes its place when it has ended."""

    def __init__(self) -> None:
        self._process = self._start()

    @staticmethod
    def _start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", "from ingest.landing.workers import main; main()"],
            cwd=PROJECT_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def do(self, work: Work) -> None:
        """Raises WorkFailed, _Ended."""
        if self._process.poll() is not None:
            self._process = self._start()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            pickle.dump(work, self._process.stdin, pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
            problem = pickle.load(self._process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            self._process.kill()
            self.stop()
            raise _Ended(OVER_BUDGET if self._process.returncode == -signal.SIGXCPU else DIED) from error
        if problem is not None:
            raise WorkFailed(problem)

    def stop(self) -> None:
        """Let the process end."""
        with suppress(OSError, ValueError):  # its pipe is broken
            self._process.communicate()
        self._process.wait()


def serve(requests: Iterable[Work]) -> Iterator[str | None]:
    """Do work; yields the traceback of what fails."""
    for function, arguments in requests:
        try:
            function(*arguments)
            yield None
        except Exception:
            yield traceback.format_exc()


class _WithoutPandas(MetaPathFinder):
    """Arrow imports pandas, most of the start of a process, only to ask of a list whether it is a series."""

    def find_spec(self, fullname: str, _path: object, _target: object = None) -> None:
        """Raises ModuleNotFoundError for pandas."""
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def main() -> None:
    """Work until the pipe ends; whatever is printed goes where errors go."""
    sys.meta_path.insert(0, _WithoutPandas())
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def requests() -> Iterator[Work]:
        while True:
            try:
                work = pickle.load(sys.stdin.buffer)
            except EOFError:
                return
            limit_process(_HARD * CPU_SECONDS)
            yield work

    for reply in serve(requests()):
        pickle.dump(reply, replies, pickle.HIGHEST_PROTOCOL)
        replies.flush()
