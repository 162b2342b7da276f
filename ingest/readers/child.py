"""A child process that opens files from outside, asked through a pipe.

What it runs is limited in memory and CPU time (:mod:`ingest.readers.worker`). A file that makes it run out of either is
refused, and the night goes on.
"""

from __future__ import annotations

import atexit
import gc
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ingest.readers.budget import CPU_SECONDS
from ingest.readers.reply import Refused
from ingest.readers.texts import TEXT
from ingest.values.faults import Refusal
from junheng.core.settings import PROJECT_ROOT

_PATIENCE = 6.0 * CPU_SECONDS
"""Seconds on the wall for one answer of the child: one that neither works nor ends. What it may work is bounded by itself."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Make many objects at once, none of them garbage, without a search for garbage after every few hundred."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class Child:
    """The process, started when first needed and again after it died; it holds one open file."""

    def __init__(self, program: str) -> None:
        self._program = program
        """Module whose ``main`` answers."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._open: bytes | None = None
        atexit.register(self.stop)

    def ask(self, data: bytes, name: str | None) -> Any:
        """What the file holds, or its part of this name. Raises Refusal."""
        with self._lock:
            process = self._running()
            timer = threading.Timer(_PATIENCE, process.kill)
            timer.start()
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                pickle.dump((None if self._open is data else data, name), process.stdin, pickle.HIGHEST_PROTOCOL)
                process.stdin.flush()
                with uncollected():
                    reply = pickle.load(process.stdout)
            except (EOFError, OSError, pickle.UnpicklingError) as error:
                self.stop()
                raise Refusal("too_large", detail=TEXT("over_budget")) from error
            except BaseException:
                self.stop()
                raise
            finally:
                timer.cancel()
            self._open = None if isinstance(reply, Refused) else data
        if isinstance(reply, Refused):
            raise Refusal(reply.rule, detail=reply.detail)
        return reply

    def _running(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():  # a forked process must not speak through the pipe of its parent
            self._process = None
        if self._process is None or self._process.poll() is not None:
            self._owner, self._open = os.getpid(), None
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"from {self._program} import main; main()"],
                cwd=PROJECT_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def stop(self) -> None:
        """End the process, if it is ours."""
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        self._process = None
