"""The scheduler and the in-process night end in the same release (``airflow standalone`` on SQLite)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from junheng.core.home import Home
from publish.release.release import Release, read_current
from publish.release.signature import decisions
from publish.trust.verify import verify
from tests.e2e.nights import ROOT, Night

PATIENCE = 1500.0
OF_THE_DAY = {
    *("fct_issue", "fct_issue_event", "fct_unit_performance"),
    *("rpt_issue_ledger", "rpt_key_task", "rpt_rectification_report", "rpt_restricted_issue", "rpt_school_plan", "rpt_unit_task"),
}
"""Marts that say when an issue was opened and is due: the scheduler's night is of today, the other one is not."""
NIGHTLY = ("ingest_exports", "build_marts")
USERS = {"admin": "admin", "chief": "user", "clerk": "user"}
REVIEWER = "chief"


def _tables(release: Release) -> dict[str, str]:
    """Hash of each mart of a release."""
    manifest = json.loads((release.path / "manifest.json").read_text(encoding="utf-8"))
    return {name: table["sha256"] for name, table in manifest["tables"].items()}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(what: str, ready: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = ready()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError(f"waited in vain for {what}")


class Standalone:
    """A running ``airflow standalone`` and its API."""

    def __init__(self, folder: Path, home: Home) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{_free_port()}"
        self.tokens: dict[str, str] = {}
        env = {
            **os.environ,
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__PARALLELISM": "2",
            "AIRFLOW__API__PORT": self.url.rsplit(":", 1)[1],
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder / 'airflow.db'}",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in USERS.items()),
            "SCARF_NO_ANALYTICS": "true",
            "JUNHENG_HOME": str(home.path),
            "JUNHENG_REVIEWERS": REVIEWER,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        self.log = folder / "standalone.log"
        with open(self.log, "wb") as sink:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).with_name("airflow")), "standalone"],
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=env,
                start_new_session=True,
            )

    def call(self, method: str, path: str, body: Any = None, user: str = "admin") -> Any:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.tokens.get(user, '')}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def answers(self, method: str, path: str, body: Any = None) -> Any:
        try:
            return self.call(method, path, body)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def log_in(self, user: str = "admin") -> None:
        passwords = self.folder / "simple_auth_manager_passwords.json.generated"

        def token() -> Any:
            if self.process.poll() is not None:
                raise AssertionError(self.log.read_text(encoding="utf-8", errors="replace")[-4000:])
            if not passwords.exists():
                return None
            password = json.loads(passwords.read_text(encoding="utf-8") or "{}").get(user)
            return password and self.answers("POST", "/auth/token", {"username": user, "password": password})

        self.tokens[user] = _wait("the API", token)["access_token"]

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        found = self.answers("GET", f"/api/v2/dags/{dag_id}/dagRuns")
        return list(found["dag_runs"]) if found else []

    def rest(self) -> None:
        """Let the night end what goes on and pause it: its hour may come in the middle of a test."""

        def goes_on() -> bool:
            return bool({"queued", "running"} & {run["state"] for dag_id in NIGHTLY for run in self.runs(dag_id)})

        def rests() -> bool:
            is_quiet = not goes_on()
            for dag_id in NIGHTLY:  # what is paused does not go on
                self.call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": is_quiet})
            return is_quiet and not goes_on()

        for dag_id in NIGHTLY:
            _wait(dag_id, lambda dag_id=dag_id: self.answers("GET", f"/api/v2/dags/{dag_id}"))
        _wait("a pause", rests)

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture(scope="module")
def standalone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Standalone, Home]]:
    folder = tmp_path_factory.mktemp("standalone")
    home = Home(folder / "home").create()
    (folder / "airflow").mkdir()
    server = Standalone(folder / "airflow", home)
    for user in USERS:
        server.log_in(user)
    yield server, home
    server.stop()


@pytest.mark.timeout(3600)  # a process for the sensor of every mart
def test_a_file_dropped_into_landing_becomes_the_same_release(
    standalone: tuple[Standalone, Home], sample_landing: Path, sample_night: Night
) -> None:
    server, home = standalone
    server.call("POST", "/api/v2/pools", {"name": "warehouse_writer", "slots": 1, "include_deferred": False})
    for dag_id in NIGHTLY:
        _wait(dag_id, lambda dag_id=dag_id: server.answers("GET", f"/api/v2/dags/{dag_id}"))
        server.call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})
    shutil.copytree(sample_landing, home.landing, dirs_exist_ok=True)
    server.call("POST", "/api/v2/dags/ingest_exports/dagRuns", {"logical_date": None, "conf": {}})

    def ended(dag_id: str) -> Any:
        runs = server.runs(dag_id)
        states = {run["state"] for run in runs}
        assert "failed" not in states, (dag_id, server.log.read_text(encoding="utf-8", errors="replace")[-6000:])
        return runs and states == {"success"}

    _wait("ingest_exports", lambda: ended("ingest_exports"))
    _wait("build_marts", lambda: ended("build_marts"))
    server.rest()
    release = read_current(home)
    assert release is not None
    assert sample_night.release is not None
    mine, theirs = _tables(release), _tables(sample_night.release)
    assert mine.keys() == theirs.keys()
    assert {name for name in mine if mine[name] != theirs[name]} <= OF_THE_DAY


class SignOff:
    """A run of the DAG sign_off that waits for its reviewer."""

    def __init__(self, server: Standalone) -> None:
        self.server = server
        run = server.call("POST", "/api/v2/dags/sign_off/dagRuns", {"logical_date": None, "conf": {}})
        self.run = f"/api/v2/dags/sign_off/dagRuns/{run['dag_run_id']}"
        self.asked = f"{self.run}/taskInstances/approval/-1/hitlDetails"
        _wait("the request", lambda: self.state("approval") == "awaiting_input")
        # Airflow fails a task that is resumed before the scheduler has heard that its first process ended (see the runbook):
        # nobody reads a checklist in less than that second
        key = f"TaskInstanceKey(dag_id='sign_off', task_id='approval', run_id='{run['dag_run_id']}'"
        heard = f"with state success for task instance {key}"
        _wait("the scheduler", lambda: heard in server.log.read_text(encoding="utf-8", errors="replace"))

    def state(self, task_id: str) -> str | None:
        found = self.server.answers("GET", f"{self.run}/taskInstances/{task_id}")
        assert not found or found["state"] != "failed", (task_id, self.server.log.read_text(errors="replace")[-6000:])
        return found["state"] if found else None

    def answer(self, option: str, note: str, user: str) -> None:
        body = {"chosen_options": [option], "params_input": {"note": note}}
        self.server.call("PATCH", self.asked, body, user)

    def ended(self) -> dict[str, str | None]:
        """States of the tasks once the record is there; a task that fails fails the test at once, with the server's log."""

        def states() -> dict[str, str | None]:
            return {name: self.state(name) for name in ("prepare", "approval", "approved", "record")}

        _wait("the record", lambda: states()["record"] == "success")
        return states()


@pytest.mark.timeout(3600)
def test_a_reviewer_approves_another_run_is_refused_and_nobody_else_is_heard(
    standalone: tuple[Standalone, Home], sample_night: Night
) -> None:
    server, home = standalone
    if read_current(home) is None:
        shutil.copytree(sample_night.home.path, home.path, symlinks=True, dirs_exist_ok=True)
    server.rest()
    _wait("sign_off", lambda: server.answers("GET", "/api/v2/dags/sign_off"))
    server.call("PATCH", "/api/v2/dags/sign_off", {"is_paused": False})
    release = read_current(home)
    assert release is not None

    request = SignOff(server)
    asked = server.call("GET", request.asked)
    assert release.release_id in asked["subject"]
    assert "校车台账.xlsx" in asked["body"]
    for user in ("clerk", "admin"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            request.answer("Approve", "", user)
        assert refused.value.code == 403
    request.answer("Approve", "数据已核实", REVIEWER)
    assert request.ended() == dict.fromkeys(("prepare", "approval", "approved", "record"), "success")
    with pytest.raises(urllib.error.HTTPError) as again:
        request.answer("Reject", "", REVIEWER)
    assert again.value.code == 409
    decision = release.signature
    assert decision is not None
    assert (decision.decision, decision.by, decision.note) == ("approved", REVIEWER, "数据已核实")
    assert home.signed.resolve() == release.path
    assert verify(home).breaks == []

    request = SignOff(server)
    request.answer("Reject", "初中用房未核实", REVIEWER)
    assert request.ended()["approved"] == "skipped"
    assert not home.signed.is_symlink()
    assert [d.decision for d in decisions(home)] == ["approved", "refused"]
    assert verify(home).breaks == []
