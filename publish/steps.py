"""The steps of a build as the DAG calls them: plan, audit, publish. Each is safe to repeat."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from junheng.core.home import Home
from junheng.core.ledger import Ledger
from junheng.core.settings import ENGINES, SETTINGS
from publish import metrics
from publish.build import build, dbt, ground, issues, spark
from publish.build.inputs import check_inputs
from publish.release import audit, due, publication, receipts, release, retention, run_events
from publish.release.manifest import Details
from publish.trust import signoff


def measure(home: Home) -> None:
    """Write how the home is doing (``publish.metrics``). A night stays what it was where that cannot be written."""
    try:
        metrics.write(home)
    except OSError as error:
        print(f"metrics: {error.strerror}")


def catch_up(home: Home) -> None:
    """End what killed runs left in the chain, the issue ledger and the signatures."""
    publication.catch_up(home)
    issues.catch_up(home)
    signoff.catch_up(home)


def is_due(home: Home, rulesets: list[str]) -> bool:
    """Whether a build would say anything that the last one does not (``publish.release.due``). Whoever asks holds the home."""
    catch_up(home)
    return due.due(home, rulesets) is not due.Due.NOTHING


def plan(home: Home, folder: Path, build_db: Path, rulesets: list[str]) -> bool:
    """Prepare the DuckDB file of a build. False when nothing was ever accepted, or the last build read the same.

    Raises InputChanged where it would read what no night has written.
    """
    catch_up(home)
    what = due.due(home, rulesets)
    if what is due.Due.NOTHING:
        return False
    for stray in home.work.glob("build-*"):
        shutil.rmtree(stray)
    if not build.has_accepted(home):
        return False
    check_inputs(home, Ledger(home).numbers())
    dbt.make_target(folder)
    if what is due.Due.DAY:
        due.begin(home, folder, build_db)
        is_begun = True
    else:
        is_begun = ground.lay(folder, build_db)
    build.prepare(home, build_db, rulesets, is_new=not is_begun)
    due.note(home, rulesets, folder, what)
    return True


def build_command(folder: Path, build_db: Path, engine: str = ENGINES[0]) -> str:
    """Shell command of the one dbt process of a planned build: all seeds, models and data tests that are not built yet."""
    command = spark.build_command if engine == "spark" else dbt.build_command
    return command(folder, build_db, due.selected(folder))


def _run_results(folder: Path) -> Path | None:
    try:
        return due.complete(folder)
    except OSError:  # dbt ended before it did anything
        return None


class AuditRed(RuntimeError):
    """The audit found the build wanting; readers stay on the release they have."""


def audit_build(home: Home, folder: Path, build_db: Path) -> None:
    """Audit the build and write its findings to ``<build>/audit.json``. Raises AuditRed when anything is red."""
    report = audit.audit(home, build_db, _run_results(folder), folder / "target" / "manifest.json")
    report.write(folder / "audit.json")
    if not report.ok:
        run_events.tell(home, folder, run_events.BuildEnd(failures=tuple(report.failures)))
        retention.keep_rejected(home, build_db)
        raise AuditRed("; ".join(report.failures))


def publish_build(home: Home, folder: Path, build_db: Path, rulesets: list[str], created_at: str) -> str:
    """Publish the audited build and clear the build folder. Returns the id of the release in force.

    What its figures added to the issue ledger is kept first: killed in between, the next night publishes the same events.
    """
    issues.keep_events(home, build_db)
    is_settled = due.is_settled(build_db)
    details = Details(created_at, tuple(rulesets))
    published = publication.publish(home, build_db, folder / "target" / "manifest.json", details)
    rows = {name: table["rows"] for name, table in release.read_manifest_of(published.path)["tables"].items()}
    run_events.tell(home, folder, run_events.BuildEnd(published.release_id, rows))
    if SETTINGS.receipts != receipts.OFF:
        latest = Ledger(home).night(Ledger(home).numbers()[-1])
        receipts.hand_out(home, published, Path(latest["landing"]), SETTINGS.receipts)
    if is_settled:
        due.enter(home, rulesets, folder, build_db, published.release_id)
    shutil.rmtree(folder, ignore_errors=True)
    return published.release_id


def serve(home: Home, dsn: str) -> str:
    """Load the release that readers of the shared database are to see; in a word what that came to.

    Where there is none yet that they may see, they go on seeing what they saw.
    """
    from publish.serve.choice import NothingToServe, to_serve  # what it needs is not installed everywhere
    from publish.serve.postgres import publish_to

    try:
        chosen = to_serve(home, SETTINGS.serve)
    except NothingToServe:
        return "nothing"
    return str(publish_to(dsn, chosen.release, chosen.decision))


def dispatch_lists(home: Home, day: str, rhythms: list[str] | None) -> list[dict[str, object]]:
    """Lists of the meetings of a day, and what messages say of them; nothing before the first release."""
    from publish.issues.dispatch import dispatch

    current = release.read_current(home)
    written = [] if current is None else dispatch(home, current, date.fromisoformat(day), rhythms)
    return [{"heading": each.heading, "message": each.message, "files": [str(each.workbook)]} for each in written]
