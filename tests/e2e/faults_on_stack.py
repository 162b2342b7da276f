"""Services killed in the middle of a night: it ends in the right release, and nothing that was delivered is lost.

For ``make test-stack`` alone, by its name: each of these nights waits for what the scheduler notices of a dead process.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from devtools.soak import Soak
from junheng.core.home import Home
from tests.e2e.nights import run
from tests.e2e.server import Attentive, Server, running, wait

PROFILE, SCHEDULER = "workers", "scheduler-of-workers"
SOON = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "2",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "60",
    "JUNHENG_SETTLE_SECONDS": "0",
}
"""The scheduler gives a task up after a minute without a sign of life, not after five."""
QUEUE = '"queue": "ingest"'
RETRY = f'{QUEUE}, "retry_delay": timedelta(seconds=5)'
"""Between two tries, in the place of five minutes."""
LEASE = ".lease"


class Impatient(Attentive):
    """A stack that soon notices what died."""

    soon: ClassVar[Mapping[str, str]] = {**Attentive.soon, **SOON}


class Nights(Soak):
    """Deliveries of three counties, and what has to become of them, under a scheduler whose services die."""

    def __init__(self, server: Server) -> None:
        super().__init__(server.stack.folder, random.Random(1))
        self.server = server

    @property
    def home(self) -> Home:
        return Home(self.server.stack.home)

    @property
    def landing(self) -> Path:
        return self.home.landing

    def start_run(self, dag_id: str) -> str:
        begun = self.server.call("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": {}})
        return f"/api/v2/dags/{dag_id}/dagRuns/{begun['dag_run_id']}"

    def newest(self, dag_id: str) -> str:
        """The last run of a DAG."""
        return f"/api/v2/dags/{dag_id}/dagRuns/{max(self.server.runs(dag_id), key=lambda run: run['run_after'])['dag_run_id']}"

    def state(self, place: str) -> str | None:
        found = self.server.answers("GET", place)
        return found["state"] if found else None

    def wait_until_running(self, run_of: str, task_id: str) -> None:
        wait(task_id, lambda: self.state(f"{run_of}/taskInstances/{task_id}") == "running")

    def keep_up(self) -> None:
        """Start again what ended, as containers are (``restart: unless-stopped``)."""
        stack = self.server.stack
        if not all(stack.lives(name) for name in stack.services if name != "init"):
            stack.up()

    def wait_until_done(self, run_of: str) -> str:
        def state() -> str | None:
            self.keep_up()
            return found if (found := self.state(run_of)) in ("success", "failed") else None

        return str(wait(run_of, state))

    def told(self, run_of: str) -> str:
        """The ends of the logs of a run's tasks, to say why it failed."""
        folder = self.server.stack.folder / "airflow" / "logs"
        paths = sorted(folder.glob(f"*/run_id={run_of.rsplit('/', 1)[1]}/*/*.log"), key=lambda path: path.stat().st_mtime)
        return "\n".join(f"== {path.parent.name} {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in paths)

    def builds(self) -> int:
        return len(self.server.runs("build_marts"))

    def wait_for_build(self, before: int) -> str:
        """How the build that an ended night asked for came out."""
        wait("a build", lambda: self.builds() > before)
        return self.wait_until_done(self.newest("build_marts"))

    def whole_night(self) -> None:
        """A night that nothing befalls, to its release."""
        before = self.builds()
        night = self.start_run("ingest_exports")
        assert self.wait_until_done(night) == "success", self.told(night)
        assert self.wait_for_build(before) == "success", self.told(self.newest("build_marts"))

    def writers(self) -> list[str]:
        """Processes of dbt, whoever started them."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if "publish.build.dbt_process" in words and str(self.home.path) in words + (process / "environ").read_text():
                    found.append(words)
            except OSError:  # ended meanwhile
                continue
        return found


@pytest.fixture(scope="module")
def nights() -> Iterator[Nights]:
    with running(Impatient, PROFILE) as server:
        dag = server.stack.folder / "dags" / "ingest_exports.py"
        text = dag.read_text(encoding="utf-8")
        assert text.count(QUEUE) == 1
        dag.write_text(text.replace(QUEUE, RETRY), encoding="utf-8")
        server.stack.up()
        server.log_in("admin", (server.stack.secrets / "admin_password").read_text())
        for dag_id in ("build_marts", "ingest_exports"):
            wait(dag_id, lambda dag_id=dag_id: server.answers("GET", f"/api/v2/dags/{dag_id}"))
            server.call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})
        nights = Nights(server)
        nights.home.create()
        nights.deliver()
        nights.whole_night()
        yield nights


@pytest.mark.timeout(3600)
def test_the_worker_that_reads_is_killed(nights: Nights) -> None:
    nights.deliver()
    before = nights.builds()
    night = nights.start_run("ingest_exports")
    nights.wait_until_running(night, "gate")
    assert run(nights.home.path, nights.landing, offline=False).code == 5, "two nights at once"
    nights.server.stack.kill("worker-ingest")
    assert nights.wait_until_done(night) == "success", nights.told(night)
    assert nights.wait_for_build(before) == "success", nights.told(nights.newest("build_marts"))
    assert nights.problems() == []


@pytest.mark.timeout(3600)
def test_the_worker_that_builds_is_killed(nights: Nights) -> None:
    """No dbt goes on writing; the build fails, and the next night, in which nothing is new, builds what is owed."""
    nights.deliver()
    before = nights.builds()
    assert nights.wait_until_done(nights.start_run("ingest_exports")) == "success"
    wait("a build", lambda: nights.builds() > before)
    nights.wait_until_running(nights.newest("build_marts"), "dbt_build")
    wait("dbt", nights.writers)
    nights.server.stack.kill("worker")
    until = time.monotonic() + 10
    while nights.writers():
        assert time.monotonic() < until, nights.writers()
        time.sleep(0.1)
    assert nights.wait_until_done(nights.newest("build_marts")) == "failed"
    wait("the end of the lease", lambda: not (nights.home.path / LEASE).exists())
    nights.whole_night()
    assert nights.problems() == []


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("service", [SCHEDULER, "postgres", "redis"])
def test_what_directs_the_night_is_killed(nights: Nights, service: str) -> None:
    """What ends with it is started again, and what still runs is left alone."""
    nights.deliver()
    before = nights.builds()
    night = nights.start_run("ingest_exports")
    nights.wait_until_running(night, "gate")
    nights.server.stack.kill(service)
    time.sleep(3)  # the processes of a database notice that it died
    stack = nights.server.stack
    lived = {name: stack.pid(name) for name in ("receivers", "redis", "postgres") if name != service}
    stack.up()
    assert {name: stack.pid(name) for name in lived} == lived
    if nights.wait_until_done(night) == "failed":  # it ran out of tries: the next night is as good
        nights.whole_night()
    else:
        assert nights.wait_for_build(before) == "success", nights.told(nights.newest("build_marts"))
    assert nights.problems() == []
