"""Lists for the meetings on the issue ledger (weekly, fortnightly, monthly), and the messages that they are there.

Grain of a run: one day. Most days have no meeting and no list is written; on a day off the list is made on the next working
day. Every day it also tells when the night of that day is not there yet. Safe to re-run: a file is written whole and takes the
place of the one before; a message goes out once more.
Runbook: docs/runbooks/dispatch_issues.md
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, get_current_context, task

from junheng.scheduler.wiring import AS_OF, HOME, PATIENT, RUNS, TASKS, daily, param, run_of, shown


@dag(
    **shown("dispatch_issues"),
    schedule=daily("0 7 * * *"),  # daily, 07:00 China time: after the night
    dagrun_timeout=timedelta(hours=1),
    default_args={**TASKS, **PATIENT, "execution_timeout": timedelta(minutes=30)},
    **RUNS,
    params={
        "home": HOME,
        "as_of": AS_OF,
        "rhythms": param(
            "rhythms", "Default: the meetings of the day", type="array", items={"enum": ["weekly", "fortnightly", "monthly"]}
        ),
    },
    tags=["issues"],
    doc_md=__doc__,
)
def dispatch_issues() -> None:
    """Wire the morning: whether the night is there; write the lists, then say so."""

    @task
    def watch_night() -> None:
        from junheng.scheduler.notifiers import tell_late

        tell_late(run_of())

    @task
    def write_lists() -> list[dict[str, Any]]:
        from publish.steps import dispatch_lists

        run = run_of()
        return dispatch_lists(run.home, run.as_of, get_current_context()["params"].get("rhythms"))

    @task
    def notify(written: list[dict[str, Any]]) -> None:
        from junheng.scheduler.notifiers import notify_all

        notify_all(get_current_context(), written)

    watch_night()
    notify(write_lists())


dispatch_issues()
