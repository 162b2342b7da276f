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


def summary(found: dict[str, Series], compared: tuple[int, int]) -> str:
    """Table of times and peaks, the ratios, and what was compared."""
    lines = [f"{'':<42}{'median s':>10}{'min–max s':>18}{'peak MiB':>11}"]
    for name, label in NAMES.items():
        series = found[name]
        low, high = series.range
        lines.append(f"{label:<42}{series.seconds:>10.2f}{f'{low:.2f}–{high:.2f}':>18}{series.peak_mib:>11.0f}")
    own = found["build"].seconds - found["build_fixed"].seconds
    limit = found["limit"].seconds
    lines += [
        "",
        f"(c - fixed) / a               {own / limit:.1f}",
        f"(c - fixed) / a1              {own / found['limit_packed'].seconds:.1f}",
        f"c / b                         {found['build'].seconds / found['pandas'].seconds:.2f}",
        f"(c - fixed) / b               {own / found['pandas'].seconds:.2f}",
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
