"""What takes long begins first, so that no process is left alone at the end, and is no part of the inner loop; and whether the
published census was there.
"""

from __future__ import annotations

from pathlib import Path

import pytest

REAL_DATA = (
    "tests/e2e/test_real_census.py",
    "tests/unit/planning/test_real_forecast.py",
    "tests/unit/planning/test_real_scores.py",
)
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

SLOW = (
    "unit/bench",
    "unit/dbt/test_generic_tests.py",
    "unit/dbt/test_layers.py",
    "unit/dbt/test_plain_staging.py",
    "unit/dbt/test_portable.py",
    "unit/expectations/test_engines.py",
    "unit/expectations/test_gate.py",
    "unit/expectations/test_impossible.py",
    "unit/expectations/test_plain_catalogue.py",
    "unit/expectations/test_postponed.py",
    "unit/ingest/landing/test_every_file_accounted.py",
    "unit/ingest/landing/test_one_file.py",
    "unit/junheng/scheduler",
    "unit/publish/build/test_corrections.py",
    "unit/publish/release",
    "unit/publish/tables/test_hashing.py",
    "unit/publish/trust/test_explain.py",
    "unit/publish/trust/test_signoff.py",
    "unit/publish/trust/test_verify.py",
    "unit/publish/trust/test_verify_mutations.py",
    "unit/samples/test_sample_cases.py",
    "unit/tests/test_sharing.py",
)
"""Modules and folders of unit tests that ``make test-fast`` leaves out: they start dbt, Great Expectations, Airflow or pytest,
wait for processes that end over a file, or judge a night or publish a release in each test. ``make test`` runs them all.
"""


def is_slow(path: Path) -> bool:
    """Whether a module is left out of the inner loop."""
    return any(path.relative_to(TESTS).is_relative_to(name) for name in SLOW)


def rank(path: Path) -> int:
    """Turn of a module: that of the first line that names it or a folder above it."""
    place = path.relative_to(TESTS)
    return next(turn for turn, name in enumerate(LONGEST_FIRST) if place.is_relative_to(name))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With ``--fast`` slow modules are not even imported."""
    return True if config.getoption("fast") and is_slow(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort modules by their rank; within one nothing changes."""
    ranks = {path: rank(path) for path in {item.path for item in items}}
    items.sort(key=lambda item: ranks[item.path])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="without what is slow (SLOW in tests/conftest.py)")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = {
        outcome: [
            report for report in terminalreporter.stats.get(outcome, []) if getattr(report, "nodeid", "").startswith(REAL_DATA)
        ]
        for outcome in ("passed", "failed", "skipped")
    }
    counts = {outcome: len(members) for outcome, members in reports.items()}
    if not sum(counts.values()):
        return
    if counts["skipped"]:
        terminalreporter.write_line(
            f"published data: NOT there, {counts['skipped']} tests of it did not run (../shared/realdata)"
        )
    else:
        terminalreporter.write_line(f"published data: read, {counts['passed']} tests of it passed, {counts['failed']} failed")
