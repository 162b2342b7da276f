"""``python -m bench.parts OUT WORDS…``: the command line with a clock on the CPU seconds of each part of a night."""

from __future__ import annotations

import json
import resource
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from junheng.cli.main import main
from junheng.scheduler import inprocess

PARTS = {
    "open_night": "find, parse, commit",
    "list_batches": "find, parse, commit",
    "parse_batch": "find, parse, commit",
    "commit_night": "find, parse, commit",
    "gate": "gate",
    "validate": "Great Expectations",
    "plan_build": "dbt",
    "dbt_build": "dbt",
    "audit": "audit, publish, pages",
    "publish": "audit, publish, pages",
}
"""Of a task; between the tasks it is what starts and runs them, and what is printed."""
BETWEEN = "Airflow, and between"


class PartsClock:
    """CPU seconds of this process and its ended children, by part."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._part, self._since = BETWEEN, 0.0

    def turn(self, part: str) -> None:
        """What follows belongs to this part."""
        now = 0.0
        for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
            used = resource.getrusage(whose)
            now += used.ru_utime + used.ru_stime
        self.seconds[self._part] += now - self._since
        self._part, self._since = part, now


def listen(clock: PartsClock) -> None:
    """Put the clock on what the command line is told of its tasks."""
    plain = inprocess.Progress

    def clocked(
        started: Callable[[str], None] = lambda _: None,
        finished: Callable[[str], None] = lambda _: None,
        expect: Callable[[int], None] = lambda _: None,
    ) -> inprocess.Progress:
        def begin(task: str) -> None:
            clock.turn(PARTS.get(task, BETWEEN))
            started(task)

        def end(task: str) -> None:
            clock.turn(BETWEEN)
            finished(task)

        return plain(begin, end, expect)

    inprocess.Progress = clocked  # type: ignore[assignment,misc]


if __name__ == "__main__":
    clock = PartsClock()
    listen(clock)
    out = Path(sys.argv[1]).absolute()  # a night works in its home
    code = main(sys.argv[2:])
    clock.turn(BETWEEN)
    out.write_text(json.dumps(clock.seconds), encoding="utf-8")
    sys.exit(code)
