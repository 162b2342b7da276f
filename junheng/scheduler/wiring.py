"""What the files of ``dags/`` have in common: whose they are, the run of a task, what happens when one fails.

Read whenever the scheduler reads a DAG: packages of the project are for tasks and loaded there.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.sdk import Asset, Param, get_current_context

if TYPE_CHECKING:
    from junheng.core.run import Run

ACCEPTED = Asset(name="accepted_submissions", uri="junheng://ledger/accepted_submissions")
PUBLISHED = Asset(name="published_release", uri="junheng://published/current")
RUNS: dict[str, Any] = {
    "start_date": pendulum.datetime(2025, 9, 1, tz="Asia/Shanghai"),
    "catchup": False,
    "max_active_runs": 1,
}
"""Of every DAG."""
TASKS: dict[str, Any] = {"owner": "data-engineering", "execution_timeout": timedelta(hours=2)}
"""Of every task, unless its DAG says otherwise."""
PATIENT: dict[str, Any] = {"retries": 2, "retry_delay": timedelta(minutes=5)}
"""Of tasks that may be repeated one by one."""


def text_param(description: str) -> Param:
    """A text that may be left out."""
    return Param(None, type=["null", "string"], description=description)


HOME = text_param("Home; default: environment JUNHENG_HOME")
AS_OF = text_param("ISO date in China; default: the run's date")


def run_of(context: Any = None) -> Run:
    """What the run of a task works on."""
    from junheng.core.run import Run

    return Run.from_context(context or get_current_context())


def is_served() -> bool:
    """Whether releases are loaded into a shared database."""
    from junheng.core.settings import SETTINGS

    return bool(SETTINGS.serve_dsn)


def serve_dsn() -> str:
    """Address of that database; of a connection of the scheduler the one that stands there."""
    from airflow.sdk import Connection

    from junheng.core.settings import SETTINGS

    named = SETTINGS.serve_dsn
    return named if any(mark in named for mark in "=:/") else Connection.get(named).get_uri()


def end_lease(context: Any) -> None:
    """Let the home go."""
    run_of(context).finish()


def failed(context: Any) -> None:
    """End the lease and tell whoever is to know (docs/runbooks/notifications.md)."""
    from junheng.scheduler.notifiers import tell_failure

    try:
        end_lease(context)
    finally:
        tell_failure(context)


def timed_out(context: Any) -> None:
    """A run that took too long fails without any of its tasks failing."""
    if context.get("reason") == "timed_out":
        failed(context)
