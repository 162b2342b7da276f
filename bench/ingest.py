"""``python -m bench.ingest [--quick]``: time a province's night of ingest against the bare reader on the same files."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

from bench.measure import Measurement, Series, run
from bench.province import Province, write_tables, write_workbooks
from junheng.core.home import Home
from junheng.core.ledger import OpenNight
from junheng.core.settings import OFFLINE_ENV, PROJECT_ROOT, Settings

FULL = Province(counties=100, schools=6_000, item_rows=1_000, teachers=1_800, tables=4, table_rows=100_000)
QUICK = Province(counties=2, schools=120, item_rows=100, teachers=300, tables=2, table_rows=4_000)
KEY = "persons of the benchmark"
"""The counties are in no list of areas, so the key of the samples is not accepted for them."""
STEPS = {
    "r1": ("r  bare reader, 1 process", "bare", 1),
    "i1": ("i  ingest, 1 process", "night", 1),
    "r2": ("r  bare reader, 2 processes", "bare", 2),
    "i2": ("i  ingest, 2 processes", "night", 2),
}


class NotTaken(RuntimeError):
    """Ingest did not take every file: its time says nothing."""


@dataclass
class Case:
    """One landing folder and what was measured on it."""

    title: str
    landing: Path
    files: int
    runs: dict[str, Series] = field(default_factory=lambda: {name: Series([]) for name in STEPS})
    cpu_seconds: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in STEPS})
    cells: int = 0
    batches: int = 0
    stages: dict[str, float] = field(default_factory=dict)

    def cpu(self, name: str) -> float:
        """Median CPU seconds of a step, all processes together."""
        return median(self.cpu_seconds[name])


def accepted(home: Home, files: int) -> int:
    """Rows in bronze of the open night. Raises Refused unless every file was taken whole."""
    results = OpenNight(home, 1).results()
    for result in results:
        if result.refused or result.faults or not result.rows_parsed:
            raise NotTaken(f"{result.file_name}: {result.reason or result.faults}")
    if len(results) != files:
        raise NotTaken(f"{len(results)} of {files} files")
    return sum(result.rows_parsed for result in results)


def _step(case: Case, root: Path, step: str, processes: int) -> tuple[Measurement, dict[str, Any]]:
    """One step in a process of its own; a night goes into a new home, which is checked and removed."""
    home, out = root / "home", root / "found.json"
    shutil.rmtree(home, ignore_errors=True)
    command = [sys.executable, "-m", "bench.steps", step, "--landing", str(case.landing), "--home", str(home)]
    environment = {**OFFLINE_ENV, Settings.person_key.name: KEY, "PYTHONPATH": str(PROJECT_ROOT)}
    measured = run([*command, "--processes", str(processes), "--out", str(out)], environment, root / "last.log")
    counts = dict(json.loads(out.read_text(encoding="utf-8")))
    if counts["files"] != case.files:
        raise NotTaken(f"{step}: {counts['files']} of {case.files} files")
    if step != "bare":
        accepted(Home(home), case.files)
        shutil.rmtree(home)
    return Measurement(measured.seconds, counts["peak_mib"]), counts


def measure(case: Case, root: Path, repeat: int) -> None:
    """Run every step ``repeat`` times, interleaved, and the stages once."""
    for number in range(repeat):
        for name, (_, step, processes) in STEPS.items():
            measured, counts = _step(case, root, step, processes)
            case.runs[name].runs.append(measured)
            case.cpu_seconds[name].append(counts["cpu_seconds"])
            case.cells = counts.get("cells", case.cells)
            case.batches = counts.get("batches", case.batches)
            print(f"  {number + 1}/{repeat} {case.title}, {name}: {measured.seconds:.2f} s", flush=True)
    case.stages = _step(case, root, "stages", 1)[1]["stages"]


def summary(case: Case, start: Case) -> str:
    """Times, rates and peaks of a case, the ratios, beyond what one small table takes too, and the stages."""

    def beyond(name: str, bare: str, of: Callable[[Case, str], float]) -> float:
        return (of(case, name) - of(start, name)) / (of(case, bare) - of(start, bare))

    def wall(one: Case, name: str) -> float:
        return one.runs[name].seconds

    lines = [
        f"\n{case.title}: {case.files:,} files, {case.cells:,} cells, {case.batches} batches",
        f"{'':<30}{'median s':>10}{'min–max s':>18}{'CPU s':>9}{'peak MiB':>11}{'files/s':>10}{'cells/s':>13}",
    ]
    for name, (label, _, _) in STEPS.items():
        series = case.runs[name]
        low, high = series.range
        rates = f"{case.files / series.seconds:>10,.1f}{case.cells / series.seconds:>13,.0f}"
        span = f"{low:.2f}–{high:.2f}"
        lines.append(f"{label:<30}{series.seconds:>10.2f}{span:>18}{case.cpu(name):>9.2f}{series.peak_mib:>11.0f}{rates}")
    lines += [
        "",
        f"i / r, 1 process              {case.runs['i1'].seconds / case.runs['r1'].seconds:.1f}",
        f"i / r, 2 processes            {case.runs['i2'].seconds / case.runs['r2'].seconds:.1f}",
        f"i / r, CPU seconds, 1 process {case.cpu('i1') / case.cpu('r1'):.1f}",
        f"beyond the start, 1 process   {beyond('i1', 'r1', wall):.2f}",
        f"beyond the start, 2 processes {beyond('i2', 'r2', wall):.2f}",
        f"beyond the start, CPU seconds {beyond('i1', 'r1', Case.cpu):.2f}",
        f"i, 1 process / 2 processes    {case.runs['i1'].seconds / case.runs['i2'].seconds:.2f}",
        "",
        "stages of i, 1 process:",
    ]
    whole = sum(case.stages.values())
    ordered = sorted(case.stages.items(), key=lambda item: -item[1])
    lines += [f"{seconds:>8.2f} s {seconds / whole:>5.0%}  {stage}" for stage, seconds in ordered]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns 0, or 1 when ingest refused a file."""
    parser = argparse.ArgumentParser("python -m bench.ingest", description="Time a province's night of ingest.")
    parser.add_argument("--quick", action="store_true", help="a small province once, to see that the benchmark works")
    parser.add_argument("--repeat", type=int, help="repetitions, interleaved (default 2, with --quick 1)")
    parser.add_argument("--counties", type=int, help="counties of the province, with 60 workbooks each (default 100)")
    parser.add_argument("--tables", type=int, help="large tables (default 4)")
    parser.add_argument("--keep", type=Path, help="folder for the landing folders; default: a temporary one")
    options = parser.parse_args(arguments)
    province = QUICK if options.quick else FULL
    if options.counties:
        schools = options.counties * province.schools // province.counties
        province = replace(province, counties=options.counties, schools=schools)
    province = replace(province, tables=options.tables or province.tables)
    root = options.keep or Path(tempfile.mkdtemp(prefix="junheng-bench-"))
    try:
        return _measure(root, province, options.repeat or (1 if options.quick else 2))
    finally:
        if options.keep is None:
            shutil.rmtree(root)


def _measure(root: Path, province: Province, repeat: int) -> int:
    print(f"{province.counties} counties, {province.schools:,} workbooks, {repeat} repetition(s)", flush=True)
    folders = {name: root / name for name in ("start", "workbooks", "tables")}
    for folder in folders.values():
        shutil.rmtree(folder, ignore_errors=True)
    small = replace(province, tables=1, table_rows=100)
    start = Case("one small table", folders["start"], write_tables(folders["start"], small))
    cases = [
        Case("many small workbooks", folders["workbooks"], write_workbooks(folders["workbooks"], province)),
        Case("large tables", folders["tables"], write_tables(folders["tables"], province)),
    ]
    try:
        measure(start, root, repeat)
        for case in cases:
            measure(case, root, repeat)
            print(summary(case, start), flush=True)
    except NotTaken as problem:
        print(f"REFUSED {problem}", file=sys.stderr)
        return 1
    print(f"\nmachine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
