"""Take tonight's exports from landing to accepted submissions.

Grain of a run: one night over one landing folder (params; default ``<home>/landing``). Safe to re-run and to kill: a
night becomes true by one rename at the end, and a file is keyed by its hash.
Runbook: docs/runbooks/ingest_exports.md
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import AssetAlias, dag, task

from junheng.scheduler.wiring import ACCEPTED, AS_OF, HOME, PATIENT, RUNS, TASKS, daily, failed, param, run_of, shown, timed_out

NIGHT = AssetAlias(name="night")  # becomes the asset when marts would say something new, and nothing otherwise


@dag(
    **shown("ingest_exports"),
    schedule=daily("0 1 * * *"),  # nightly, 01:00 China time
    dagrun_timeout=timedelta(hours=6),
    on_failure_callback=timed_out,
    default_args={**TASKS, **PATIENT, "queue": "ingest", "on_failure_callback": failed},  # its workers hold the key of persons
    allowed_run_types=["scheduled", "manual"],  # a backfill over dates would read one landing as often
    **RUNS,
    params={
        "home": HOME,
        "landing": param("landing", "Landing folder; default: <home>/landing"),
        "school_years": param("school_years", "Default: every one", type="array", items={"type": "integer"}),
        "as_of": AS_OF,
    },
    tags=["ingest"],
    doc_md=__doc__,
)
def ingest_exports() -> None:
    """Wire the night: open, parse in batches, judge, validate, commit, tell."""

    @task(retries=12)  # landing may be away for an hour
    def open_night() -> dict[str, Any]:
        from ingest.landing import remote, settling
        from ingest.landing.night import open_night as open_
        from junheng.core.run import in_process, settle_seconds
        from junheng.core.settings import SETTINGS

        run = run_of()
        if SETTINGS.remote and not in_process():
            with run.exclusive():
                print(remote.fetch(run.home, run.landing, SETTINGS.remote).summary)
        settling.wait(run.landing, settle_seconds())
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

        run = run_of()
        run.night(batch["night"])
        return parse_(run.home, batch["night"], batch["files"], parse_workers(), tell)

    @task(trigger_rule="none_failed")
    def gate(opened: dict[str, Any]) -> None:
        from expectations.gate import judge

        run = run_of()
        judge(run.home, run.night(opened["night"]))

    @task
    def validate(opened: dict[str, Any]) -> None:
        from expectations.validate import validate as validate_

        run = run_of()
        validate_(run.home, run.night(opened["night"]))

    @task(outlets=[NIGHT])
    def commit_night(opened: dict[str, Any], *, outlet_events: Any = None) -> None:
        from ingest.landing.night import commit_night as commit_
        from publish.steps import is_due

        run = run_of()
        with run.exclusive():
            commit_(run.home, opened["night"], run.run_id)
            if is_due(run.home, []):
                outlet_events[NIGHT].add(ACCEPTED)
        run.finish()

    @task
    def tell() -> None:
        from junheng.scheduler.notifiers import tell_deliveries
        from publish.steps import measure

        measure(run_of().home)
        tell_deliveries(run_of())

    opened = open_night()
    parsed = parse_batch.expand(batch=list_batches(opened))
    gated = gate(opened)
    parsed >> gated >> validate(opened) >> commit_night(opened) >> tell()


ingest_exports()
