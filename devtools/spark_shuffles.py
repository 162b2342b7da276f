"""``python -m devtools.spark_shuffles FOLDER``: what each model moved between executors, from the event logs of its builds.

A build writes such a log where ``JUNHENG_SPARK_CONF`` says what ``--conf`` prints; `make shuffles` does so over the demo.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

_PLAIN = {"spark.eventLog.enabled": "true", "spark.eventLog.rolling.enabled": "false", "spark.eventLog.compress": "false"}
OTHER = "(other)"
"""What dbt runs for no node."""
_DESCRIPTION = "spark.job.description"
_EXECUTION = "spark.sql.execution.id"


@dataclass
class Moved:
    """What the tasks of one node did: bytes (``to_driver``: sent to the driver), CPU seconds, how many tasks."""

    read: int = 0
    written: int = 0
    shuffled: int = 0
    spilled: int = 0
    to_driver: int = 0
    cpu: float = 0.0
    tasks: int = 0
    stages: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Bytes that each task of a stage was given."""

    def add(self, stage: int, metrics: dict[str, Any]) -> None:
        """Add what a task did."""
        shuffled = metrics["Shuffle Read Metrics"]
        taken = metrics["Input Metrics"]["Bytes Read"] + shuffled["Remote Bytes Read"] + shuffled["Local Bytes Read"]
        self.read += metrics["Input Metrics"]["Bytes Read"]
        self.written += metrics["Output Metrics"]["Bytes Written"]
        self.shuffled += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
        self.spilled += metrics["Disk Bytes Spilled"]
        self.to_driver += metrics["Result Size"]
        self.cpu += metrics["Executor CPU Time"] / 1e9
        self.tasks += 1
        self.stages[stage].append(taken)

    @property
    def skew(self) -> float:
        """Of its widest stage: the most that a task was given, over the median of its tasks."""
        given = max(self.stages.values(), key=sum, default=[0])
        return max(given) / median(given) if median(given) else 1.0


def moved(folder: Path) -> dict[str, Moved]:
    """What each node moved, by the logs of a folder; the name of a node is the last part of its id."""
    nodes: dict[str, Moved] = defaultdict(Moved)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        executions: dict[str, str] = {}
        stages: dict[int, str] = {}
        for event in _events(path):
            kind = event["Event"].rpartition(".")[2]
            if kind == "SparkListenerSQLExecutionStart":
                executions[str(event["executionId"])] = event["description"]
            elif kind == "SparkListenerJobStart":
                given = event.get("Properties", {})  # a broadcast describes its job itself
                node = executions.get(given.get(_EXECUTION, ""), given.get(_DESCRIPTION, ""))
                parts = node.split(".")
                stages |= dict.fromkeys(event["Stage IDs"], parts[2] if len(parts) > 2 else OTHER)
            elif kind == "SparkListenerTaskEnd" and "Task Metrics" in event:
                nodes[stages[event["Stage ID"]]].add(event["Stage ID"], event["Task Metrics"])
    return dict(nodes)


def conf(folder: Path) -> str:
    """Settings of a session that writes its log into a folder, as ``JUNHENG_SPARK_CONF`` takes them."""
    return " ".join(f"{name}={value}" for name, value in {**_PLAIN, "spark.eventLog.dir": str(folder.absolute())}.items())


def _events(path: Path) -> Iterator[dict[str, Any]]:
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith('{"Event"'):
                yield json.loads(line)


def total(nodes: dict[str, Moved], figure: str) -> float:
    """Sum of one figure over all nodes."""
    return sum(float(getattr(node, figure)) for node in nodes.values())


def table(nodes: dict[str, Moved], count: int) -> str:
    """The nodes that shuffled most, and all together, in MiB."""
    lines = [f"{'':<44}{'read':>9}{'shuffled':>10}{'spilled':>9}{'written':>9}{'driver':>8}{'CPU s':>8}{'tasks':>7}{'skew':>6}"]
    sizes = ("read", "shuffled", "spilled", "written", "to_driver")
    widths = (9, 10, 9, 9, 8)
    for name, node in sorted(nodes.items(), key=lambda each: -each[1].shuffled)[:count]:
        cells = "".join(f"{getattr(node, size) / 2**20:>{width}.1f}" for size, width in zip(sizes, widths, strict=True))
        lines.append(f"{name:<44}{cells}{node.cpu:>8.1f}{node.tasks:>7}{node.skew:>6.1f}")
    cells = "".join(f"{total(nodes, size) / 2**20:>{width}.1f}" for size, width in zip(sizes, widths, strict=True))
    lines.append(f"{f'all {len(nodes)}':<44}{cells}{total(nodes, 'cpu'):>8.1f}{total(nodes, 'tasks'):>7.0f}")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="devtools.spark_shuffles")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=20, help="how many nodes are named (default 20)")
    parser.add_argument("--conf", action="store_true", help="print the settings of a session that writes its log there")
    options = parser.parse_args()
    print(conf(options.folder) if options.conf else table(moved(options.folder), options.count))


if __name__ == "__main__":
    main()
