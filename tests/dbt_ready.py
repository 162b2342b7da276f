"""dbt kept ready: a process that has imported it once, and that forks for every run."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

from publish.build.dbt_process import RARELY
from tests.ready import Ready, serve

run = Ready([sys.executable, "-m", "tests.dbt_ready"], Path(__file__).resolve().parents[1]).run
"""``dbt <words>`` in this environment and the present folder."""


def _serve() -> None:
    from dbt import compilation
    from dbt.cli.main import cli
    from dbt.task import build, show, test  # noqa: F401  not DuckDB: it starts a thread, and a fork has none but its own

    from publish.build.dbt_events import spare_unheard

    spare_unheard()
    gc.set_threshold(RARELY)
    compilation.sqlparse.parse = _opening
    serve("dbt", cli)


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


if __name__ == "__main__":
    _serve()
