"""The steps of a build as the DAG calls them: plan, audit, publish. Each is safe to repeat."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

from junheng.core.home import Home
from junheng.core.ledger import Ledger
from publish.build import build, dbt, issues
from publish.build.inputs import check_inputs
from publish.release import audit, release
from publish.trust import signoff


def plan(home: Home, folder: Path, build_db: Path, rulesets: list[str]) -> bool:
    """End or remove what killed runs left and prepare a new DuckDB file. False when nothing was ever accepted.

    Raises InputChanged where it would read what no night has written.
    """
    release.catch_up(home)
    issues.catch_up(home)
    signoff.catch_up(home)
    for stray in home.work.glob("build-*"):
        shutil.rmtree(stray)
    if not build.has_accepted(home):
        return False
    check_inputs(home, Ledger(home).numbers())
    dbt.make_target(folder)
    build.prepare(home, build_db, rulesets)
    return True


class AuditRed(RuntimeError):
    """The audit found the build wanting; readers stay on the release they have."""


def audit_build(home: Home, folder: Path, build_db: Path) -> None:
    """Audit the build and write its findings to ``<build>/audit.json``. Raises AuditRed when anything is red."""
    report = audit.audit(home, build_db, folder / "target" / "run_results.json", folder / "target" / "manifest.json")
    report.write(folder / "audit.json")
    if not report.ok:
        release.keep_rejected(home, build_db)
        raise AuditRed("; ".join(report.failures))


def publish_build(home: Home, folder: Path, build_db: Path, rulesets: list[str], created_at: str) -> str:
    """Publish the audited build and clear the build folder. Returns the id of the release in force.

    What its figures added to the issue ledger is kept first: killed in between, the next night publishes the same events.
    """
    issues.keep_events(home, build_db)
    details = release.Details(created_at, tuple(rulesets))
    published = release.publish(home, build_db, folder / "target" / "manifest.json", details)
    shutil.rmtree(folder, ignore_errors=True)
    return published.release_id


def dispatch_lists(home: Home, day: str, rhythms: list[str] | None) -> list[dict[str, Any]]:
    """Lists of the meetings of a day, and what messages say of them; nothing before the first release."""
    from publish.issues.dispatch import dispatch

    current = release.read_current(home)
    written = [] if current is None else dispatch(home, current, date.fromisoformat(day), rhythms)
    return [{"heading": each.heading, "message": each.message, "files": [str(each.workbook)]} for each in written]
