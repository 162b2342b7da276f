"""A running stack and its API, as tests of the scheduler use it."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from devtools.stack.stack import Stack
from junheng.core.settings import SAMPLE_PERSON_KEY
from tests.e2e.nights import ROOT

PATIENCE = 1500.0


class Attentive(Stack):
    """A stack that reads a changed DAG at once and not within half a minute."""

    soon: ClassVar[Mapping[str, str]] = {"AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3"}

    def environment(self, name: str) -> dict[str, str]:
        return super().environment(name) | self.soon


def wait(what: str, ready: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = ready()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError(f"waited in vain for {what}")


class Server:
    """A running stack and its API."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.tokens: dict[str, str] = {}

    def call(self, method: str, path: str, body: Any = None, user: str = "admin") -> Any:
        request = urllib.request.Request(
            self.stack.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.tokens.get(user, '')}"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def answers(self, method: str, path: str, body: Any = None) -> Any:
        try:
            return self.call(method, path, body)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def log_in(self, user: str, password: str) -> None:
        def token() -> Any:
            for name in self.stack.services:
                assert name == "init" or self.stack.lives(name), (name, self.stack.log(name)[-4000:])
            return self.answers("POST", "/auth/token", {"username": user, "password": password})

        self.tokens[user] = wait("the API", token)["access_token"]

    def add_account(self, name: str, role: str) -> None:
        password = f"for-this-test-only-{name}"
        person = {"username": name, "first_name": name, "last_name": name, "email": f"{name}@localhost"}
        self.call("POST", "/auth/fab/v1/users", {**person, "password": password, "roles": [{"name": role}]})
        self.log_in(name, password)

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        found = self.answers("GET", f"/api/v2/dags/{dag_id}/dagRuns")
        return list(found["dag_runs"]) if found else []

    def next_run(self, dag_id: str) -> datetime | None:
        dag = self.answers("GET", f"/api/v2/dags/{dag_id}")
        return datetime.fromisoformat(dag["next_dagrun_run_after"]) if dag and dag["next_dagrun_run_after"] else None

    def ended(self, dag_id: str) -> Any:
        runs = self.runs(dag_id)
        states = {run["state"] for run in runs}
        assert "failed" not in states, (dag_id, self.scheduler_log()[-6000:])
        return runs and states == {"success"} and runs

    def scheduler_log(self) -> str:
        return self.stack.log("scheduler" if self.stack.profile == "local" else "scheduler-of-workers")


@contextmanager
def running(kind: type[Stack], profile: str, **variables: str) -> Iterator[Server]:
    """A stack made in a folder of its own, with a copy of the DAGs, to be started; nothing of it stays."""
    folder = Path(tempfile.mkdtemp(prefix="junheng-stack-", dir="/tmp"))  # where the account of PostgreSQL may pass
    folder.chmod(0o755)
    stack = kind(folder, profile, variables, dags=folder / "dags")
    shutil.copytree(ROOT / "dags", folder / "dags")
    stack.make()
    (stack.secrets / "person_key").write_text(SAMPLE_PERSON_KEY)  # that of the night it is held against
    try:
        yield Server(stack)
    finally:
        stack.stop()
    assert stack.processes() == []
    shutil.rmtree(folder)
