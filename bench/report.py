"""The benchmark's figures as text."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

from bench.measure import Series

NAMES = {
    "limit": "a  hand-written SQL",
    "limit_packed": "a1 hand-written SQL, bronze in one file",
    "pandas": "b  pandas",
    "build": "c  dbt build",
    "limit_fixed": "a  one county of 60 schools",
    "build_fixed": "c  one county of 60 schools (fixed cost)",
}


def _of(measured: dict[str, Series], name: str, figure: str) -> float:
    return float(getattr(measured[name], figure))


def summary(measured: dict[str, Series], compared: tuple[int, int]) -> str:
    """Table of times and peaks, the ratios, and what was compared."""
    lines = [f"{'':<42}{'median s':>10}{'min–max s':>18}{'CPU s':>9}{'peak MiB':>11}"]
    for name, label in NAMES.items():
        series = measured[name]
        low, high = series.range
        times = f"{series.seconds:>10.2f}{f'{low:.2f}–{high:.2f}':>18}{series.cpu_seconds:>9.1f}"
        lines.append(f"{label:<42}{times}{series.peak_mib:>11.0f}")
    build, build_cpu = (_of(measured, "build", name) - _of(measured, "build_fixed", name) for name in ("seconds", "cpu_seconds"))
    lines += ["", f"{'':<30}{'wall':>8}{'CPU':>8}"]
    for label, base in (("(c - fixed) / a", "limit"), ("(c - fixed) / a1", "limit_packed"), ("(c - fixed) / b", "pandas")):
        lines.append(
            f"{label:<30}{build / _of(measured, base, 'seconds'):>8.2f}{build_cpu / _of(measured, base, 'cpu_seconds'):>8.2f}"
        )
    lines += [
        f"agree: {compared[0]:,} coefficients and verdicts and {compared[1]:,} counts of a, b and c; school verdicts of a and c",
        f"machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    ]
    return "\n".join(lines)


def slowest(run_results: Path, count: int = 15) -> str:
    """The nodes in which the last dbt build spent its time."""
    results = json.loads(run_results.read_text(encoding="utf-8"))["results"]
    ordered = sorted(results, key=lambda r: -float(r["execution_time"]))[:count]
    lines = ["", f"slowest of {len(results)} nodes in the last build:"]
    lines += [f"{float(r['execution_time']):>8.2f} s  {r['unique_id']}" for r in ordered]
    return "\n".join(lines)
