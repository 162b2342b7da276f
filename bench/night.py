"""``python -m bench.night``: what the nights of the sample county cost, beside the bare imports of the libraries they run in."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from bench import counties
from bench.measure import Measurement, Series, run
from junheng.core.home import discard
from junheng.core.settings import OFFLINE_ENV, PROJECT_ROOT

FLOOR = ("from airflow.dag_processing.dagbag import DagBag", "import great_expectations", "from dbt.cli.main import cli")
"""The bare imports, each in a process of its own, with no patch of ours."""
FIRST_DAY = date(2026, 3, 1)
NIGHTS = {
    "first": ("first night", 0, False),
    "same": ("the same again, nothing new", 0, False),
    "day": ("next day, nothing new", 1, False),
    "file": ("next day, one changed file", 1, True),
}
"""Of a home, in this order: label, days after the first one, whether a file was changed."""
_TAKEN = (0, 3)
"""Exit codes of a night that published, or found nothing to publish; the sample has a file that is refused."""


def change(landing: Path) -> Path:
    """Change one file of landing: other bytes that say the same, so that it is judged, taken and built."""
    path = min(landing.rglob("*.csv"))
    path.write_bytes(path.read_bytes() + b"\n")
    return path


def floor(root: Path) -> Measurement:
    """The bare imports, one after the other."""
    environment = {**OFFLINE_ENV, "AIRFLOW_HOME": str(root / "airflow"), "HOME": str(root)}
    total = Measurement(0.0, 0.0)
    for statement in FLOOR:
        total += run([sys.executable, "-c", statement], environment, root / "last.log")
    return total


Parts = dict[str, float]
"""CPU seconds by part (``bench.parts``)."""


def one_night(root: Path, home: Path, landing: Path, day: str) -> tuple[Measurement, Parts]:
    """A night of the command line with the clock of its parts."""
    out = root / "parts.json"
    command = [sys.executable, "-m", "bench.parts", str(out), "nightly", "--landing", str(landing), "--home", str(home)]
    night = run([*command, "--as-of", day], {"PYTHONPATH": str(PROJECT_ROOT)}, root / "last.log", codes=_TAKEN)
    return night, json.loads(out.read_text(encoding="utf-8"))


def nights(root: Path, landing: Path, number: int) -> dict[str, tuple[Measurement, Parts]]:
    """The nights of one home."""
    home, landed = root / f"home-{number}", root / f"landing-{number}"
    shutil.copytree(landing, landed)
    measured = {}
    for name, (_, days, is_changed) in NIGHTS.items():
        if is_changed:
            change(landed)
        day = (FIRST_DAY + timedelta(days=days)).isoformat()
        measured[name] = one_night(root, home, landed, day)
    return measured


def summary(measured: dict[str, Series], bare: Series) -> str:
    """Table of the nights, each beside the floor."""
    lines = [f"{'':<32}{'CPU s':>9}{'wall s':>9}{'min–max s':>18}{'peak MiB':>10}{'CPU/floor':>11}{'wall/floor':>12}"]
    labels = {"floor": "bare imports (floor)"} | {name: label for name, (label, *_) in NIGHTS.items()}
    for name, series in ({"floor": bare} | measured).items():
        low, high = series.range
        times = f"{series.cpu_seconds:>9.1f}{series.seconds:>9.1f}{f'{low:.1f}–{high:.1f}':>18}{series.peak_mib:>10.0f}"
        ratios = f"{series.cpu_seconds / bare.cpu_seconds:>11.2f}{series.seconds / bare.cpu_seconds:>12.2f}"
        lines.append(f"{labels[name]:<32}{times}{ratios}")
    return "\n".join([*lines, f"machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"])


def table_of_parts(measured: dict[str, list[Parts]]) -> str:
    """CPU seconds of each part of each night, the median of its repetitions."""
    names = dict.fromkeys(name for series in measured.values() for parts in series for name in parts)
    lines = [f"{'CPU s':<32}" + "".join(f"{night:>9}" for night in measured)]
    for name in names:
        cells = (median(parts.get(name, 0.0) for parts in series) for series in measured.values())
        lines.append(f"{name:<32}" + "".join(f"{seconds:>9.1f}" for seconds in cells))
    return "\n".join(lines)


def measure(root: Path, repeat: int) -> str:
    """Measure floor and nights in turn, ``repeat`` times. Returns the summary and the parts."""
    landing = root / "landing"
    write_sample(landing)
    bare, measured = Series([]), {name: Series([]) for name in NIGHTS}
    parts: dict[str, list[Parts]] = {name: [] for name in NIGHTS}
    for number in range(repeat):
        bare.runs.append(floor(root))
        for name, (night, of_night) in nights(root, landing, number).items():
            measured[name].runs.append(night)
            parts[name].append(of_night)
        discard(root / f"home-{number}")
    return f"{summary(measured, bare)}\n\n{table_of_parts(parts)}"


def province(root: Path, sizes: Sequence[int]) -> str:
    """The first night of so many counties each, the sample's files under other codes, and what each further county adds."""
    write_sample(root / "sample")
    lines = [f"{'counties':>8}{'files':>8}{'CPU s':>9}{'wall s':>9}{'peak MiB':>10}{'CPU s a further county':>25}"]
    parts: dict[str, list[Parts]] = {}
    first: tuple[int, float] | None = None
    for number in sizes:
        landing, home = root / "landing", root / "home"
        files = counties.deliver(root / "sample", landing, number)
        night, of_night = one_night(root, home, landing, FIRST_DAY.isoformat())
        parts[str(number)] = [of_night]
        first = first or (number, night.cpu_seconds)
        growth = f"{(night.cpu_seconds - first[1]) / (number - first[0]):.2f}" if number > first[0] else ""
        lines.append(f"{number:>8}{files:>8}{night.cpu_seconds:>9.1f}{night.seconds:>9.1f}{night.peak_mib:>10.0f}{growth:>25}")
        for folder in (landing, home):
            discard(folder)
    return "\n".join([*lines, "", table_of_parts(parts)])


def write_sample(landing: Path) -> None:
    """The files of the sample county."""
    subprocess.run([sys.executable, "-m", "samples", "--out", str(landing)], check=True, cwd=PROJECT_ROOT, capture_output=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser("python -m bench.night", description="Time the nights of the sample county.")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions, each on a new home (default 3)")
    parser.add_argument("--province", type=int, nargs="+", metavar="COUNTIES", help="first nights of so many counties instead")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="junheng-bench-") as folder:
        print(province(Path(folder), options.province) if options.province else measure(Path(folder), options.repeat))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
