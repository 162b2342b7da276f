"""Lists for the meetings on the issue ledger (weekly, fortnightly, monthly), and the messages that they are there.

Grain of a run: one day. Most days have no meeting and nothing is written; on a day off the list is made on the next working day.
Safe to re-run: a file is written whole and takes the place of the one before; a message goes out once more.
Runbook: docs/runbooks/issue_ledger.md
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Param, dag, get_current_context, task

DEFAULT_ARGS = {
    "owner": "data-engineering",
    "retries": 2,
    "retry_delay": timedelta(minutes=5),
    "execution_timeout": timedelta(minutes=30),
}


@dag(
    schedule="0 7 * * *",  # daily, 07:00 China time: after the night
    start_date=pendulum.datetime(2025, 9, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    default_args=DEFAULT_ARGS,
    params={
        "home": Param(None, type=["null", "string"], description="Home; default: environment JUNHENG_HOME"),
        "as_of": Param(None, type=["null", "string"], description="ISO date in China; default: the run's date"),
        "rhythms": Param(
            None,
            type=["null", "array"],
            items={"enum": ["weekly", "fortnightly", "monthly"]},
            description="Default: the meetings of the day",
        ),
    },
    tags=["issues"],
    doc_md=__doc__,
)
def dispatch_issues() -> None:
    """Wire the dispatch: write the lists, then say so."""

    @task
    def write_lists() -> list[dict[str, Any]]:
        from junheng.core.run import Run
        from publish.steps import dispatch_lists

        context = get_current_context()
        run = Run.from_context(context)
        return dispatch_lists(run.home, run.as_of, context["params"].get("rhythms"))

    @task
    def notify(written: list[dict[str, Any]]) -> None:
        from junheng.scheduler.notifiers import notify_all

        notify_all(get_current_context(), written)

    notify(write_lists())


dispatch_issues()
