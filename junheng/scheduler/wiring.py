"""What the files of ``dags/`` have in common: whose they are, the run of a task, what happens when one fails.

Read whenever the scheduler reads a DAG: packages of the project are for tasks and loaded there.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from airflow.sdk import Asset, CronTriggerTimetable, Param, get_current_context

if TYPE_CHECKING:
    from junheng.core.run import Run

ACCEPTED = Asset(name="accepted_submissions", uri="junheng://ledger/accepted_submissions")
PUBLISHED = Asset(name="published_release", uri="junheng://published/current")
RUNS: dict[str, Any] = {
    "catchup": False,
    "max_active_runs": 1,
}
"""Of every DAG."""
TASKS: dict[str, Any] = {"owner": "data-engineering", "execution_timeout": timedelta(hours=2)}
"""Of every task, unless its DAG says otherwise."""
PATIENT: dict[str, Any] = {"retries": 2, "retry_delay": timedelta(minutes=5)}
"""Of tasks that may be repeated one by one."""


def daily(cron: str) -> CronTriggerTimetable:
    """A time of every day in China; a DAG that is switched on for the first time waits for it.

    The run that was missed before would take half a delivery for a night. (With a start date Airflow starts it at once.)
    """
    return CronTriggerTimetable(cron, timezone="Asia/Shanghai", run_immediately=timedelta(0))


_WORDS = yaml.safe_load(Path(__file__).with_name("dags.yml").read_text(encoding="utf-8"))


def shown(dag_id: str) -> dict[str, str]:
    """What a DAG is called and said to do on the pages of the scheduler."""
    words = _WORDS["dags"][dag_id]
    return {"dag_display_name": words["name"], "description": words["description"]}


def param(name: str, description: str, **schema: Any) -> Param:
    """A parameter that may be left out; by default a text."""
    kind = schema.pop("type", "string")
    return Param(None, type=["null", kind], title=_WORDS["params"][name], description=description, **schema)


HOME = param("home", "Home; default: environment JUNHENG_HOME")
AS_OF = param("as_of", "ISO date in China; default: the run's date")


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
