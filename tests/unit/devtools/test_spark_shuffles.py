"""What each model moved, from an event log of Spark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from devtools import spark_shuffles


def test_settings_name_the_folder(tmp_path: Path) -> None:
    assert f"spark.eventLog.dir={tmp_path}" in spark_shuffles.conf(tmp_path).split()


def task(stage: int, read: int = 0, fetched: int = 0, shuffled: int = 0) -> dict[str, Any]:
    metrics = {
        "Executor CPU Time": 500_000_000,
        "Result Size": 10,
        "Disk Bytes Spilled": 0,
        "Input Metrics": {"Bytes Read": read},
        "Output Metrics": {"Bytes Written": 7},
        "Shuffle Read Metrics": {"Remote Bytes Read": fetched, "Local Bytes Read": 1},
        "Shuffle Write Metrics": {"Shuffle Bytes Written": shuffled},
    }
    return {"Event": "SparkListenerTaskEnd", "Stage ID": stage, "Task Metrics": metrics}


def test_tasks_belong_to_the_node_whose_statement_they_are_of(tmp_path: Path) -> None:
    start = "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart"
    events: list[dict[str, Any]] = [
        {"Event": start, "executionId": 4, "description": "model.junheng.int_roster__person"},
        {
            "Event": "SparkListenerJobStart",
            "Stage IDs": [0, 1],
            "Properties": {"spark.sql.execution.id": "4", "spark.job.description": "broadcast exchange (runId 1)"},
        },
        {"Event": "SparkListenerJobStart", "Stage IDs": [2], "Properties": {}},
        task(0, read=100, shuffled=40),
        task(1, fetched=9),
        task(1, fetched=29),
        task(2, read=5),
        {"Event": "SparkListenerTaskEnd", "Stage ID": 2},  # lost with its executor
    ]
    (tmp_path / "local-1").write_text("".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8")

    nodes = spark_shuffles.moved(tmp_path)

    assert set(nodes) == {"int_roster__person", spark_shuffles.OTHER}
    person = nodes["int_roster__person"]
    assert (person.read, person.shuffled, person.written, person.to_driver) == (100, 40, 21, 30)
    assert (person.tasks, person.cpu) == (3, 1.5)
    assert person.skew == 1.0  # one task read the widest stage
    assert spark_shuffles.total(nodes, "read") == 105
    first, last = spark_shuffles.table(nodes, 1).splitlines()[1:]
    assert first.split()[0] == "int_roster__person"
    assert last.split()[:2] == ["all", "2"]
