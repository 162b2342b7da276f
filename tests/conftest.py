"""What takes long begins first, so that no process is left alone at the end; and whether the published census was there."""

from __future__ import annotations

from pathlib import Path

import pytest

MODULE = "tests/e2e/test_real_census.py"
TESTS = Path(__file__).parent
LONGEST_FIRST = (
    # two nights of their own, so that no process waits for the other's; then those that compare theirs with the sample's
    "e2e/test_sample_night.py",
    "e2e/test_faults.py",
    "e2e/test_killed.py",
    "e2e/test_scheduler.py",
    "e2e",
    "integration",
    "oracle",
    "unit/expectations",
    "dags",
    "unit",
)
"""Modules, and folders of modules that take about the same, by what a module of them costs."""


def rank(path: Path) -> int:
    """Turn of a module: that of the first line that names it or a folder above it."""
    place = path.relative_to(TESTS)
    return next(turn for turn, name in enumerate(LONGEST_FIRST) if place.is_relative_to(name))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort modules by their rank; within one nothing changes."""
    items.sort(key=lambda item: rank(item.path))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = {
        outcome: [
            report for report in terminalreporter.stats.get(outcome, []) if getattr(report, "nodeid", "").startswith(MODULE)
        ]
        for outcome in ("passed", "failed", "skipped")
    }
    counts = {outcome: len(members) for outcome, members in reports.items()}
    if not sum(counts.values()):
        return
    if counts["skipped"]:
        terminalreporter.write_line(
            f"published census: NOT there, {counts['skipped']} tests of it did not run (../shared/realdata)"
        )
    else:
        terminalreporter.write_line(f"published census: read, {counts['passed']} tests of it passed, {counts['failed']} failed")
