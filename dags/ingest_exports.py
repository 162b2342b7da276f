"""Take tonight's exports from landing to accepted submissions.

Grain of a run: one night over one landing folder (params; default ``<home>/landing``). Safe to re-run and to kill: a
night becomes true by one rename at the end, and a file is keyed by its hash.
Runbook: docs/runbooks/ingest_exports.md
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, AssetAlias, Param, dag, get_current_context, task

DEFAULT_ARGS = {
    "owner": "data-engineering",
    "retries": 2,
    "retry_delay": timedelta(minutes=5),
    "execution_timeout": timedelta(hours=2),
}
ACCEPTED = Asset(name="accepted_submissions", uri="junheng://ledger/accepted_submissions")
NIGHT = AssetAlias(name="night")  # becomes the asset when marts would say something new, and nothing otherwise


def _run(context: Any = None) -> Any:
    from junheng.core.run import Run

    return Run.from_context(context or get_current_context())


def _failed(context: Any) -> None:
    """End the lease and tell whoever is to know (docs/runbooks/notifications.md)."""
    from junheng.scheduler.notifiers import tell_failure

    try:
        _run(context).finish()
    finally:
        tell_failure(context)


def _timed_out(context: Any) -> None:
    """A run that took too long fails without any of its tasks failing."""
    if context.get("reason") == "timed_out":
        _failed(context)


@dag(
    schedule="0 1 * * *",  # nightly, 01:00 China time
    start_date=pendulum.datetime(2025, 9, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    on_failure_callback=_timed_out,
    default_args={**DEFAULT_ARGS, "on_failure_callback": _failed},
    params={
        "home": Param(None, type=["null", "string"], description="Home; default: environment JUNHENG_HOME"),
        "landing": Param(None, type=["null", "string"], description="Landing folder; default: <home>/landing"),
        "school_years": Param(None, type=["null", "array"], items={"type": "integer"}),
        "as_of": Param(None, type=["null", "string"], description="ISO date in China; default: the run's date"),
    },
    tags=["ingest"],
    doc_md=__doc__,
)
def ingest_exports() -> None:
    """Wire the night: open, parse in batches, judge, validate, commit, tell."""

    @task
    def open_night() -> dict[str, Any]:
        from ingest.landing.night import open_night as open_

        run = _run()
        with run.exclusive():
            number, batches = open_(run.home, run.landing, run.school_years, run.run_id, run.as_of)
        return {"night": number, "batches": batches}

    @task
    def list_batches(opened: dict[str, Any]) -> list[dict[str, Any]]:
        from junheng.core.run import batches

        return [{"night": opened["night"], "files": files} for files in batches(opened["batches"])]

    @task(map_index_template="{{ task.op_kwargs['batch']['files'] | length }} files")
    def parse_batch(batch: dict[str, Any]) -> int:
        from ingest.landing.night import parse_batch as parse_
        from junheng.core.progress import tell
        from junheng.core.run import parse_workers

        run = _run()
        run.night(batch["night"])
        return parse_(run.home, batch["night"], batch["files"], parse_workers(), tell)

    @task(trigger_rule="none_failed")
    def gate(opened: dict[str, Any]) -> None:
        from expectations.gate import judge
        from ingest.landing.night import drop_repeated

        run = _run()
        judge(run.home, run.night(opened["night"]))
        drop_repeated(run.home, opened["night"])

    @task
    def validate(opened: dict[str, Any]) -> None:
        from expectations.validate import validate as validate_

        run = _run()
        validate_(run.home, run.night(opened["night"]))

    @task(outlets=[NIGHT])
    def commit_night(opened: dict[str, Any], *, outlet_events: Any = None) -> None:
        from ingest.landing.night import commit_night as commit_
        from publish.steps import is_due

        run = _run()
        with run.exclusive():
            commit_(run.home, opened["night"], run.run_id)
            if is_due(run.home, []):
                outlet_events[NIGHT].add(ACCEPTED)
        run.finish()

    @task
    def tell() -> None:
        from junheng.scheduler.notifiers import tell_deliveries

        tell_deliveries(_run())

    opened = open_night()
    parsed = parse_batch.expand(batch=list_batches(opened))
    gated = gate(opened)
    parsed >> gated >> validate(opened) >> commit_night(opened) >> tell()


ingest_exports()
