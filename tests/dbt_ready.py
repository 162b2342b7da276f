"""dbt kept ready: a process that has imported it once, and that forks for every run.

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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_waiting: subprocess.Popen[str] | None = None


def run(words: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """``dbt <words>`` in this environment and the present folder; what it printed, and its exit code."""
    global _waiting
    if _waiting is None or _waiting.poll() is not None:
        _waiting = _start()
    process, _waiting = _waiting, None  # one that a timeout interrupts is not asked again
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
            raise AssertionError(f"dbt {words} did not come back")
        _waiting = process
        return subprocess.CompletedProcess(
            ["dbt", *words], int(answer), out.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8")
        )


def _start() -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(_end, process)
    return process


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.wait()


def _serve() -> None:
    """Fork for every line asked and answer with its exit code, until nobody asks any more."""
    from dbt import compilation
    from dbt.cli.main import cli
    from dbt.task import build, show, test  # noqa: F401  not DuckDB: it starts a thread, and a fork has none but its own

    compilation.sqlparse.parse = _opening
    gc.freeze()
    while asked := sys.stdin.readline():
        child = os.fork()
        if child == 0:
            _become(json.loads(asked))
            cli()
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _opening(sql: str) -> tuple[Any, ...]:
    """A statement of which the first two words are tokens and all the rest is one.

    dbt puts the rows of a unit test behind a leading WITH, and groups every token of the statement to find that one word:
    most of the time of a unit test.
    """
    from sqlparse import lexer, tokens
    from sqlparse import sql as parts

    found: list[Any] = []
    words = 0
    for kind, text in lexer.tokenize(sql):
        found.append(parts.Token(kind, text))
        words += not found[-1].is_whitespace and kind not in tokens.Comment
        if words == 2:
            break
    rest = sql[sum(len(token.value) for token in found) :]
    return (parts.Statement([*found, parts.Token(tokens.Text, rest)]),)


def _become(asked: dict[str, Any]) -> None:
    """Take the words, environment and outputs of a run."""
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(str(asked["cwd"]))
    for number, name in ((0, os.devnull), (1, str(asked["out"])), (2, str(asked["errors"]))):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT), number)
    sys.argv = ["dbt", *asked["words"]]


if __name__ == "__main__":
    _serve()
