"""``python -m bench.steps STEP --landing DIR --home HOME --processes N --out FILE``: one way to read a landing folder.

``bare``: every sheet of every file through python-calamine into lists. ``night``: the files through ingest as the nightly
runs it. ``stages``: the same in one process, with a clock on each stage.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from ingest.landing.workers import Job
from junheng.core.home import Home

RUN_ID = "bench"
AS_OF = "2026-03-01"

Usage = dict[int, tuple[float, float]]
"""CPU seconds and high-water mark in MiB of each process so far."""


_TICKS = os.sysconf("SC_CLK_TCK")


def usage(pid: int | str = "self") -> Usage:
    """A process and those below it; the reader of workbooks is one. Read from /proc directly: it happens often."""
    process = Path("/proc") / str(pid)
    number, _, rest = (process / "stat").read_text(encoding="utf-8", errors="replace").partition(" ")
    times = rest.rpartition(")")[2].split()
    status = (process / "status").read_text(encoding="utf-8", errors="replace")
    mark = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    used = {int(number): ((int(times[11]) + int(times[12])) / _TICKS, int(mark.split()[1]) / 1024)}
    for thread in (process / "task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended just now
            for child in (thread / "children").read_text(encoding="ascii").split():
                used |= usage(child)
    return used


def _measured(work: Callable[[Any], int], item: Any) -> tuple[int, Usage]:
    return work(item), usage()


def _spread(work: Callable[[Any], int], items: Sequence[Any], processes: int, chunk: int = 1) -> tuple[int, Usage]:
    """Sum of ``work`` over the items, in this process or in several that take the next ``chunk`` when they are free."""
    total = 0
    seen: Usage = {}
    if processes == 1:
        total = sum(map(work, items))
    else:
        with ProcessPoolExecutor(processes) as pool:
            for number, used in pool.map(partial(_measured, work), items, chunksize=chunk):
                total += number
                seen |= used  # later figures of a process replace its earlier ones
    return total, seen | usage()


def read_cells(path: Path) -> int:
    """Every sheet of a workbook as Python lists; returns the number of cells."""
    book = CalamineWorkbook.from_path(path)
    return sum(len(row) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python())


def bare(landing: Path, processes: int) -> dict[str, Any]:
    """Read the files of landing with nothing but the reader."""
    files = sorted(landing.rglob("*.xlsx"))
    cells, used = _spread(read_cells, files, processes, chunk=1 + len(files) // 100)
    return {"files": len(files), "cells": cells, **_summed(used)}


def night(landing: Path, home: Home, processes: int) -> dict[str, Any]:
    """Take the files of landing into a new home: the steps of a night before it is judged."""
    from ingest.landing.night import open_night, parse_batch

    number, batches = open_night(home, landing, None, RUN_ID, AS_OF)
    seen: Usage = {}

    def told(done: int, total: int) -> None:
        if done == total:
            seen.update(usage())  # the processes of the batch are about to end

    files = parse_batch(home, number, list(chain.from_iterable(batches)), processes, told)
    return {"files": files, "batches": len(batches), **_summed(seen | usage())}


def _summed(used: Usage) -> dict[str, float]:
    """CPU seconds and marks of all processes together: no moment needed more memory than that."""
    return {"cpu_seconds": sum(cpu for cpu, _ in used.values()), "peak_mib": sum(mark for _, mark in used.values())}


class Clock:
    """Time spent in each stage, without what the stages inside it took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner: list[float] = []

    def on(self, owner: Any, name: str, stage: str) -> None:
        """Put the clock on a function or method. Raises AttributeError when it is not there."""
        timed = self.timed(stage, getattr(owner, name))

        def called(*arguments: Any, **options: Any) -> Any:
            return timed(*arguments, **options)

        setattr(owner, name, called)

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with the clock on it."""

        def run(*arguments: Any, **options: Any) -> Any:
            self._inner.append(0.0)
            started = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                whole = time.perf_counter() - started
                self.seconds[stage] += whole - self._inner.pop()
                if self._inner:
                    self._inner[-1] += whole

        return run


def _in_this_process(jobs: Sequence[Job], processes: int) -> Iterator[int]:
    assert processes == 1
    for done, job in enumerate(jobs, 1):
        function, arguments = job.work
        function(*arguments)
        yield done


def stages(landing: Path, home: Home) -> dict[str, Any]:
    """One process's night with the time of each stage; what is outside of all of them is ``other``."""
    from ingest.landing import archive, bronze, parse, workers
    from ingest.landing import landing as landing_
    from ingest.readers.workbook import Workbook
    from junheng.core.ledger import OpenNight

    clock = Clock()
    workers.spread = _in_this_process
    clock.on(landing_, "scan", "scan and hash")
    clock.on(archive, "store", "archive")
    clock.on(Workbook, "__init__", "read")
    clock.on(Workbook, "sheet", "read")
    clock.on(parse, "match_workbook", "match, cut rows")
    clock.on(parse, "type_rows", "type")
    clock.on(bronze, "write", "write bronze")
    clock.on(OpenNight, "write_result", "write results")
    opened: dict[str, Any] = clock.timed("other", night)(landing, home, 1)
    return opened | {"stages": dict(clock.seconds)}


def main() -> None:
    """Run one step and write what it found as JSON."""
    parser = argparse.ArgumentParser("python -m bench.steps")
    parser.add_argument("step", choices=("bare", "night", "stages"))
    parser.add_argument("--landing", type=Path, required=True)
    parser.add_argument("--home", type=Path, help="a new home (night, stages)")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.step == "bare":
        measured = bare(options.landing, options.processes)
    elif options.step == "night":
        measured = night(options.landing, Home(options.home).create(), options.processes)
    else:
        measured = stages(options.landing, Home(options.home).create())
    options.out.write_text(json.dumps(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
