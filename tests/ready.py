"""A program kept ready: a process that has imported it once, and that forks for every run.

What a run needs, it gets as a command line would get it: words, environment, its own standard output and exit code.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any


class Ready:
    """The process, started when it is first asked; ``command`` imports the program and calls :func:`serve`."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._command = list(command)
        self._folder = folder
        self._environment = environment
        self._waiting: subprocess.Popen[str] | None = None

    def run(self, words: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """The program with these words in this environment and the present folder; what it printed, and its exit code."""
        if self._waiting is None or self._waiting.poll() is not None:
            self._waiting = self._start()
        process, self._waiting = self._waiting, None  # one that a timeout interrupts is not asked again
        assert process.stdin is not None
        assert process.stdout is not None
        with tempfile.TemporaryDirectory() as folder:
            out, errors = Path(folder, "out"), Path(folder, "errors")
            asked = {
                "words": list(words),
                "environment": dict(environment),
                "cwd": str(Path.cwd()),
                "out": str(out),
                "errors": str(errors),
            }
            print(json.dumps(asked), file=process.stdin, flush=True)
            answer = process.stdout.readline()
            if not answer:
                raise AssertionError(f"{words} did not come back")
            self._waiting = process
            return subprocess.CompletedProcess(
                list(words), int(answer), out.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8")
            )

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self._folder, env=self._environment
        )
        atexit.register(_end, process)
        return process


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.wait()


def serve(program: str, main: Callable[[], int | None]) -> None:
    """Fork for every line asked, run ``main`` as the program of this name, and answer with its exit code, until nobody asks."""
    gc.freeze()
    while asked := sys.stdin.readline():
        child = os.fork()
        if child == 0:
            _become(program, json.loads(asked))
            sys.exit(main())
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(program: str, asked: dict[str, Any]) -> None:
    """Take the words, environment and outputs of a run."""
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(str(asked["cwd"]))
    for number, name in ((0, os.devnull), (1, str(asked["out"])), (2, str(asked["errors"]))):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT), number)
    sys.argv = [program, *asked["words"]]
