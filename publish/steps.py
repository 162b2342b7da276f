"""The steps of a build as the DAG calls them: plan, audit, publish. Each is safe to repeat."""

from __future__ import annotations

import shlex
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Any

from junheng.home import Home
from junheng.ledger import Ledger
from junheng.settings import DBT_PROJECT, OFFLINE_ENV
from publish import audit, build, issues, release, signoff
from publish.inputs import check_inputs


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
    make_target(folder)
    build.prepare(home, build_db, rulesets)
    return True


def make_target(folder: Path) -> None:
    """Make ``<folder>/target``, where dbt keeps its artefacts, with the parsed project of `make setup` if there is one."""
    target = folder / "target"
    target.mkdir(parents=True)
    parsed = DBT_PROJECT / "target" / "partial_parse.msgpack"
    if parsed.exists():
        shutil.copy(parsed, target)


def environment(folder: Path, build_db: Path) -> dict[str, str]:
    """Environment of the dbt process: file to build, where its artefacts go, no telemetry.

    dbt parses the whole project again when the path of its database is another one than before. So it is told the same
    path each time, below its home folder, and given the folder of the database as home.
    """
    return {
        **OFFLINE_ENV,
        "HOME": str(build_db.parent),
        "JH_BUILD_DB": f"~/{build_db.name}",
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }


def build_command(folder: Path, build_db: Path) -> str:
    """Shell command of the one dbt process of a build: every seed, model and data test (docs/adr/0008)."""
    words = [
        str(Path(sys.executable).with_name("dbt")),
        "--no-use-colors",
        "--log-level-file",
        "info",
    ]  # debug costs 3 ms an event
    words += ["build", "--exclude-resource-type", "unit_test"]
    words += ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    given = [f"{name}={value}" for name, value in environment(folder, build_db).items()]
    return shlex.join(["env", *given, *words])


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
    from publish.dispatch import dispatch

    current = release.read_current(home)
    written = [] if current is None else dispatch(home, current, date.fromisoformat(day), rhythms)
    return [{"heading": each.heading, "message": each.message, "files": [str(each.workbook)]} for each in written]
