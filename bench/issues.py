"""``python -m bench.issues [--events N]``: time the fold of the issue ledger, from kept events to the marts."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from junheng.core.home import Home
from junheng.core.ledger import Ledger, atomic_parquet
from junheng.core.records import ISSUE_EVENTS, SCHEMAS
from publish.build import dbt
from publish.build.build import prepare

AS_OF = "2026-03-01"
SUPERVISOR, LEAD = "县政府教育督导室", "教育局规划股"
LIFE = (
    *("opened", "assigned", "planned", "progress", "evidence_added", "progress", "extension_asked", "extension_granted"),
    *("submitted", "recheck_failed", "progress", "submitted", "recheck_passed", "closed", "reopened", "planned"),
    *("evidence_added", "submitted", "recheck_passed", "closed"),
)
"""What happens to an issue; one event in eight is another one, which is mostly refused."""
_SYSTEM, _RESPONSIBLE = (
    ("figure_back", "figure_fallen"),
    ("planned", "progress", "evidence_added", "extension_asked", "submitted"),
)


def events(count: int, seed: int = 7) -> pa.Table:
    """So many events of issues with twenty events each."""
    dice = np.random.default_rng(seed)
    number = np.arange(count)
    issue, step = number // len(LIFE), number % len(LIFE)
    kinds = np.array(LIFE)[np.where(dice.random(count) < 1 / 8, dice.integers(0, len(LIFE), count), step)]
    days = np.datetime64("2025-09-01") + issue % 60 + step * 5
    text = {
        "event_id": np.char.mod("%08x", number),
        "issue_id": np.char.mod("990101-%06x", issue),
        "event_type": kinds,
        "actor_role": np.where(np.isin(kinds, _RESPONSIBLE), "responsible", "supervisor"),
        "actor_unit": np.where(np.isin(kinds, _RESPONSIBLE), LEAD, SUPERVISOR),
    }
    same = {
        "county_code": "990101",
        "origin": "finding",
        "title": "生均面积不足",
        "measure": "新建",
        "lead_unit": LEAD,
        "note": "进展",
    }
    same |= {"reason": "工期", "approvals": "unit_head;supervisor", "evidence": "照片;批文"}
    columns = {name: pa.array(values.tolist()) for name, values in text.items()}
    columns |= {name: pa.array(np.full(count, value).tolist()) for name, value in same.items()}
    columns |= {name: pa.array(days) for name in ("happened_on", "received_on")} | {"deadline": pa.array(days + 30)}
    columns |= {"source_night": pa.array(np.ones(count, dtype=np.int32)), "source_row": pa.array(step)}
    return pa.table([columns.get(f.name, pa.nulls(count)).cast(f.type) for f in ISSUE_EVENTS], schema=ISSUE_EVENTS)


def write_home(path: Path, count: int) -> Home:
    """A home that holds nothing but these events, and the night that kept them."""
    home = Home(path).create()
    night = Ledger(home).open_next()
    for name in SCHEMAS:
        night.write_table(name, [])
    night.commit({"number": 1, "source": "bench", "as_of": date.fromisoformat(AS_OF).isoformat()})
    atomic_parquet(events(count), home.issue_events / f"{1:06d}-{0:012x}.parquet")
    return home


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark once and print the seconds of each model of the ledger."""
    parser = argparse.ArgumentParser("python -m bench.issues", description="Time the fold of the issue ledger.")
    parser.add_argument("--events", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    root = Path(tempfile.mkdtemp(prefix="junheng-issues-"))
    try:
        home = write_home(root / "home", options.events)
        database = home.warehouse / "build.duckdb"
        prepare(home, database, ())
        words = ["build", "--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"]
        dbt.run([*words, "--select", "+fct_issue", "+fct_issue_event"], root, database).check_returncode()
        results = json.loads((root / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
        print(f"{options.events:,} events of {-(-options.events // len(LIFE)):,} issues")
        of_issues = [r for r in results if "issue" in r["unique_id"] and r["unique_id"].startswith("model.")]
        for result in of_issues:
            print(f"{float(result['execution_time']):>8.2f} s  {result['unique_id'].split('.')[-1]}")
        print(f"{sum(float(r['execution_time']) for r in of_issues):>8.2f} s  together")
    finally:
        shutil.rmtree(root)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
