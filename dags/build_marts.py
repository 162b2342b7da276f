"""Build the marts into a new DuckDB file, audit it, publish it as a release.

Grain of a run: one build over all accepted submissions. Triggered by the asset `accepted_submissions`. Safe to re-run
and to kill: the build file is new every time, and readers see a release only by one rename of `published/current`,
after the audit. Where a shared database is set, the release is loaded into it last (docs/runbooks/publish.md).
Runbook: docs/runbooks/build_marts.md
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task

from junheng.scheduler.wiring import (
    ACCEPTED,
    HOME,
    PATIENT,
    PUBLISHED,
    RUNS,
    TASKS,
    end_lease,
    failed,
    is_served,
    param,
    run_of,
    serve_dsn,
    shown,
    timed_out,
)

WRITER: dict[str, Any] = {"pool": "warehouse_writer"}  # one slot: one process writes the warehouse


@dag(
    **shown("build_marts"),
    schedule=[ACCEPTED],
    dagrun_timeout=timedelta(hours=3),
    on_failure_callback=timed_out,
    default_args={**TASKS, "retries": 0, "on_failure_callback": failed},  # a build starts from an empty file: run it all again
    **RUNS,
    params={
        "home": HOME,
        "engine": param(
            "engine", "What builds the marts, with the same figures. Default: DuckDB", enum=[None, "duckdb", "spark"]
        ),
        "rulesets": param("rulesets", "Default: in force", type="array", items={"type": "string"}),
    },
    tags=["marts"],
    doc_md=__doc__,
)
def build_marts() -> None:
    """Wire the build: plan, dbt, audit, publish, serve."""

    @task.short_circuit(ignore_downstream_trigger_rules=True, **WRITER)
    def plan_build() -> bool:
        from publish.steps import plan

        run = run_of()
        with run.exclusive():
            planned = plan(run.home, run.build, run.build_db, run.rulesets)
        if not planned:
            run.finish()
        return planned

    @task.bash(on_failure_callback=end_lease, **WRITER)  # the audit behind it tells
    def dbt_build() -> str:
        from publish.steps import build_command

        run = run_of()
        return build_command(run.build, run.build_db, run.engine)

    @task(trigger_rule="all_done", **WRITER)
    def audit() -> None:
        from publish.steps import audit_build

        run = run_of()
        audit_build(run.home, run.build, run.build_db)

    @task(outlets=[PUBLISHED], **WRITER)
    def publish() -> str:
        from junheng.scheduler.notifiers import tell_published
        from publish.steps import measure, publish_build

        run = run_of()
        with run.exclusive():
            release_id = publish_build(run.home, run.build, run.build_db, run.rulesets, run.started_at)
        run.finish()
        measure(run.home)
        tell_published(run)
        return release_id

    @task(**PATIENT)
    def serve() -> str:
        from publish.steps import serve

        return serve(run_of().home, serve_dsn())

    published = plan_build() >> dbt_build() >> audit() >> publish()
    if is_served():
        published >> serve()


build_marts()
