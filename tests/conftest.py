"""Say at the end of a run whether the published census lay beside the project."""

from __future__ import annotations

import pytest

MODULE = "tests/e2e/test_real_census.py"


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
