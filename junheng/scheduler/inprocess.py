"""Run the DAGs of a night in this process: Airflow with SQLite metadata below the home, no scheduler, no noise."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

from junheng.core.home import Home
from junheng.core.settings import DAGS, OFFLINE_ENV, Settings

POOL = "warehouse_writer"
METADATA = "nightly.db"


@dataclass
class Progress:
    """What the night tells while it runs. ``started`` and ``finished`` get a task id."""

    started: Callable[[str], None] = lambda _task: None
    finished: Callable[[str], None] = lambda _task: None
    expect: Callable[[int], None] = lambda _count: None


@dataclass
class DagOutcome:
    """How one DAG run ended. ``failures`` maps task id to its error, in order of occurrence."""

    succeeded: bool
    failures: dict[str, str] = field(default_factory=dict)
    is_new: bool = True
    """Whether the night brought something that the release does not say yet, so that marts were built."""


@contextmanager
def quiet(log: Path) -> Iterator[TextIO]:
    """Send everything this process and its children print to ``log``; yield a stream on the real terminal."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    with open(os.dup(1), "w", encoding="utf-8", buffering=1) as terminal, open(log, "ab") as sink:
        os.dup2(sink.fileno(), 1)
        os.dup2(sink.fileno(), 2)
        try:
            yield terminal
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, copy in zip((1, 2), saved, strict=True):
                os.dup2(copy, number)
                os.close(copy)


def configure(home: Home) -> None:
    """Environment of Airflow; must be set before it is imported. The metadata of the last night goes: it is never a source."""
    for stale in home.airflow.glob(f"{METADATA}*"):
        stale.unlink()
    os.environ.update(OFFLINE_ENV)
    os.environ.update(
        {
            Settings.in_process.name: "1",
            "AIRFLOW_HOME": str(home.airflow),
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home.airflow / METADATA}",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home.airflow / "logs"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        }
    )


def metadata_template() -> Path:
    """Empty metadata of the Airflow that is installed, made once with the environment: making it costs seconds a night."""
    return Path(sys.prefix) / "share" / "junheng" / f"airflow-{version('apache-airflow')}.db"


def _make_metadata() -> None:
    from airflow.models.pool import Pool
    from airflow.utils.db import initdb

    initdb()
    Pool.create_or_update_pool(POOL, slots=1, description="one writer", include_deferred=False)


def make_template() -> None:
    """Write the file that ``metadata_template`` names; for ``make setup``. One call per process."""
    template = metadata_template()
    template.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=template.parent) as folder:
        home = Home(folder).create()
        configure(home)
        _make_metadata()
        whole = Path(folder) / "whole.db"  # what Airflow wrote may still stand in the log beside its file
        with closing(sqlite3.connect(home.airflow / METADATA)) as metadata:
            metadata.execute("vacuum into ?", [str(whole)])
        whole.replace(template)


def _speak_one_version() -> None:
    """Let the API through which tasks reach the metadata speak its newest version alone: making all others takes seconds.

    Tasks and metadata are of one Airflow here. A route that only older versions have goes with them.
    """
    from airflow.api_fastapi.execution_api import routes, versions
    from cadwyn import HeadVersion, Version, VersionBundle
    from cadwyn.route_generation import _DELETED_ROUTE_TAG

    versions.bundle = VersionBundle(HeadVersion(), Version(versions.bundle.versions[0].value))
    routes.execution_api_router.routes[:] = [
        route for route in routes.execution_api_router.routes if _DELETED_ROUTE_TAG not in route.tags
    ]


class InProcess:
    """Airflow in this process, set up for one home. One instance per process."""

    def __init__(self, home: Home, progress: Progress) -> None:
        configure(home)
        if metadata_template().exists():
            shutil.copyfile(metadata_template(), home.airflow / METADATA)
        else:
            _make_metadata()
        warnings.filterwarnings("ignore", message="Using `httpx` with `starlette")  # Airflow's, and nothing anybody here could do
        from airflow.sdk.listener import get_listener_manager

        _speak_one_version()
        self._failures: dict[str, str] = {}
        get_listener_manager().add_listener(_listener(progress, self._failures))
        self._progress = progress

    def run(self, dag_id: str, conf: dict[str, Any]) -> DagOutcome:
        """Run one DAG to its end with ``dag.test``. Raises RuntimeError when its file does not import."""
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(dag_folder=str(DAGS / f"{dag_id}.py"))
        if bag.import_errors:
            raise RuntimeError("\n".join(bag.import_errors.values()))
        dag = bag.dags[dag_id]
        for task in dag.tasks:
            task.retries = 0  # a retry would wait for minutes; the night itself can be repeated
        self._progress.expect(len(dag.tasks))
        self._failures.clear()
        result = dag.test(run_conf=conf)
        return DagOutcome(str(result.state) == "success" and not self._failures, dict(self._failures))


def _listener(progress: Progress, failures: dict[str, str]) -> object:
    from airflow.listeners import hookimpl

    class Listener:
        @hookimpl  # type: ignore[untyped-decorator]
        def on_task_instance_running(self, task_instance: Any) -> None:
            progress.started(task_instance.task_id)

        @hookimpl  # type: ignore[untyped-decorator]
        def on_task_instance_success(self, task_instance: Any) -> None:
            progress.finished(task_instance.task_id)

        @hookimpl  # type: ignore[untyped-decorator]
        def on_task_instance_failed(self, task_instance: Any, error: Any) -> None:
            failures[task_instance.task_id] = str(error) or type(error).__name__
            progress.finished(task_instance.task_id)

    return Listener()
