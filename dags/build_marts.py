"""Build the marts into a new DuckDB file, audit it, publish it as a release.

Grain of a run: one build over all accepted submissions. Triggered by the asset `accepted_submissions`. Safe to re-run
and to kill: the build file is new every time, and readers see a release only by one rename of `published/current`,
after the audit.
Runbook: docs/runbooks/build_marts.md
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, Param, dag, get_current_context, task

DEFAULT_ARGS = {
    "owner": "data-engineering",
    "retries": 0,  # a build starts from an empty file: run the DAG again, not one of its tasks
    "execution_timeout": timedelta(hours=2),
}
ACCEPTED = Asset(name="accepted_submissions", uri="junheng://ledger/accepted_submissions")
PUBLISHED = Asset(name="published_release", uri="junheng://published/current")
WRITER: dict[str, Any] = {"pool": "warehouse_writer"}  # one slot: one process writes the warehouse


def _run(context: Any = None) -> Any:
    from junheng.core.run import Run

    return Run.from_context(context or get_current_context())


def _end_lease(context: Any) -> None:
    _run(context).finish()


def _failed(context: Any) -> None:
    """End the lease and tell whoever is to know (docs/runbooks/notifications.md)."""
    from junheng.scheduler.notifiers import tell_failure

    try:
        _end_lease(context)
    finally:
        tell_failure(context)


def _timed_out(context: Any) -> None:
    """A run that took too long fails without any of its tasks failing."""
    if context.get("reason") == "timed_out":
        _failed(context)


@dag(
    schedule=[ACCEPTED],
    start_date=pendulum.datetime(2025, 9, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    on_failure_callback=_timed_out,
    default_args={**DEFAULT_ARGS, "on_failure_callback": _failed},
    params={
        "home": Param(None, type=["null", "string"], description="Home; default: environment JUNHENG_HOME"),
        "rulesets": Param(None, type=["null", "array"], items={"type": "string"}, description="Default: in force"),
    },
    tags=["marts"],
    doc_md=__doc__,
)
def build_marts() -> None:
    """Wire the build: plan, dbt, audit, publish."""

    @task.short_circuit(ignore_downstream_trigger_rules=True, **WRITER)
    def plan_build() -> bool:
        from publish.steps import plan

        run = _run()
        with run.exclusive():
            planned = plan(run.home, run.build, run.build_db, run.rulesets)
        if not planned:
            run.finish()
        return planned

    @task.bash(on_failure_callback=_end_lease, **WRITER)  # the audit behind it tells
    def dbt_build() -> str:
        from publish.steps import build_command

        run = _run()
        return build_command(run.build, run.build_db)

    @task(trigger_rule="all_done", **WRITER)
    def audit() -> None:
        from publish.steps import audit_build

        run = _run()
        audit_build(run.home, run.build, run.build_db)

    @task(outlets=[PUBLISHED], **WRITER)
    def publish() -> str:
        from junheng.scheduler.notifiers import tell_published
        from publish.steps import publish_build

        run = _run()
        with run.exclusive():
            release_id = publish_build(run.home, run.build, run.build_db, run.rulesets, run.started_at)
        run.finish()
        tell_published(run)
        return release_id

    plan_build() >> dbt_build() >> audit() >> publish()


build_marts()
