"""The services of docker-compose.yml as processes: the scheduler and the in-process night end in the same release.

On two Celery workers; ``STACK_PROFILES="workers local"`` (``make test-stack``) also with the executor of one machine.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import urllib.error
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from devtools.stack import postgres
from junheng.core.home import Home
from junheng.core.run import CHINA
from publish.release.release import Release, read_current
from publish.release.signature import decisions
from publish.trust.verify import verify
from tests.e2e.nights import Night
from tests.e2e.server import Attentive, Server, running, wait

OF_THE_DAY = {
    *("fct_issue", "fct_issue_event", "fct_unit_performance"),
    *("rpt_issue_ledger", "rpt_key_task", "rpt_rectification_report", "rpt_restricted_issue", "rpt_school_plan", "rpt_unit_task"),
}
"""Marts that say when an issue was opened and is due: the scheduler's night is of today, the other one is not."""
REVIEWER = "chief"
ACCOUNTS = {REVIEWER: "reviewer", "another": "reviewer", "auditor": "viewer", "keeper": "operator"}
"""Account → role."""


def _tables(release: Release) -> dict[str, str]:
    """Hash of each mart of a release."""
    manifest = json.loads((release.path / "manifest.json").read_text(encoding="utf-8"))
    return {name: table["sha256"] for name, table in manifest["tables"].items()}


def _nightly_at(dags: Path, night: datetime) -> None:
    """Let the nights of a copy of the DAGs begin at another minute."""
    ingest = dags / "ingest_exports.py"
    text, changed = re.subn(r'daily\("[0-9]+ [0-9]+ ', f'daily("{night.minute} {night.hour} ', ingest.read_text(encoding="utf-8"))
    assert changed == 1
    ingest.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module", params=os.environ.get("STACK_PROFILES", "workers").split())
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with running(Attentive, request.param, JUNHENG_REVIEWERS=REVIEWER) as server:
        stack = server.stack
        password = (stack.secrets / "postgres_password").read_text()
        shared = f"postgresql://airflow:{password}@127.0.0.1:{stack.ports['postgres']}/shared"
        (stack.secrets / "serve_dsn").write_text(shared)
        stack.up()
        postgres.create_database(stack.ports["postgres"], "airflow", password, "shared")
        server.log_in("admin", (stack.secrets / "admin_password").read_text())
        for name, role in ACCOUNTS.items():
            server.add_account(name, role)
        yield server


@pytest.mark.timeout(3600)
def test_files_of_a_night_on_schedule_become_the_same_release_and_stand_in_the_shared_database(
    server: Server, sample_landing: Path, sample_night: Night
) -> None:
    home = Home(server.stack.home).create()
    shutil.copytree(sample_landing, home.landing, dirs_exist_ok=True)
    for dag_id in ("build_marts", "ingest_exports"):
        dag = wait(dag_id, lambda dag_id=dag_id: server.answers("GET", f"/api/v2/dags/{dag_id}"))
        assert dag["is_paused"]
    soon = (datetime.now(CHINA) + timedelta(seconds=95)).replace(second=0, microsecond=0)
    assert server.stack.dags is not None
    _nightly_at(server.stack.dags, soon)
    wait("its new time", lambda: server.next_run("ingest_exports") == soon)
    for dag_id in ("build_marts", "ingest_exports"):
        server.call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False}, "keeper")
    switched_on = datetime.now(CHINA)
    (night,) = wait("ingest_exports", lambda: server.ended("ingest_exports"))
    assert night["run_type"] == "scheduled"
    assert datetime.fromisoformat(night["run_after"]) > switched_on, "it began with the night that was missed"
    wait("build_marts", lambda: server.ended("build_marts"))
    release = read_current(home)
    assert release is not None
    assert sample_night.release is not None
    mine, theirs = _tables(release), _tables(sample_night.release)
    assert mine.keys() == theirs.keys()
    assert {name for name in mine if mine[name] != theirs[name]} <= OF_THE_DAY
    with psycopg.connect((server.stack.secrets / "serve_dsn").read_text()) as shared:
        assert shared.execute("select count(*) > 0 from junheng.fct_county_indicator").fetchone() == (True,)


class SignOff:
    """A run of the DAG sign_off that waits for its reviewer."""

    def __init__(self, server: Server) -> None:
        self.server = server
        run = server.call("POST", "/api/v2/dags/sign_off/dagRuns", {"logical_date": None, "conf": {}}, "keeper")
        self.run = f"/api/v2/dags/sign_off/dagRuns/{run['dag_run_id']}"
        self.asked = f"{self.run}/taskInstances/approval/-1/hitlDetails"
        wait("the request", lambda: self.state("approval") == "awaiting_input")
        # Airflow fails a task that is resumed before the scheduler has heard that its first process ended (see the runbook):
        # nobody reads a checklist in less than that second
        key = f"TaskInstanceKey(dag_id='sign_off', task_id='approval', run_id='{run['dag_run_id']}'"
        heard = f"with state success for task instance {key}"
        wait("the scheduler", lambda: heard in server.scheduler_log())

    def state(self, task_id: str) -> str | None:
        found = self.server.answers("GET", f"{self.run}/taskInstances/{task_id}")
        assert not found or found["state"] not in ("failed", "upstream_failed"), (task_id, self.server.scheduler_log()[-6000:])
        return found["state"] if found else None

    def answer(self, option: str, note: str, user: str) -> None:
        body = {"chosen_options": [option], "params_input": {"note": note}}
        self.server.call("PATCH", self.asked, body, user)

    def ended(self) -> dict[str, str | None]:
        """States of the tasks once the record is there; a task that fails fails the test at once, with the server's log."""

        def states() -> dict[str, str | None]:
            return {name: self.state(name) for name in ("prepare", "approval", "approved", "record")}

        wait("the record", lambda: states()["record"] == "success")
        return states()


@pytest.mark.timeout(3600)
def test_a_reviewer_approves_another_run_is_refused_and_nobody_else_is_heard(server: Server, sample_night: Night) -> None:
    home = Home(server.stack.home).create()
    if read_current(home) is None:
        shutil.copytree(sample_night.home.path, home.path, symlinks=True, dirs_exist_ok=True)
    wait("sign_off", lambda: server.answers("GET", "/api/v2/dags/sign_off"))
    server.call("PATCH", "/api/v2/dags/sign_off", {"is_paused": False}, "keeper")
    release = read_current(home)
    assert release is not None

    request = SignOff(server)
    asked = server.call("GET", request.asked)
    assert release.release_id in asked["subject"]
    assert "校车台账.xlsx" in asked["body"]
    for user in ("auditor", "keeper", "another", "admin"):
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


@pytest.mark.timeout(3600)
def test_the_lists_of_a_meeting_are_written_and_told(server: Server, sample_night: Night) -> None:
    home = Home(server.stack.home).create()
    if read_current(home) is None:
        shutil.copytree(sample_night.home.path, home.path, symlinks=True, dirs_exist_ok=True)
    wait("dispatch_issues", lambda: server.answers("GET", "/api/v2/dags/dispatch_issues"))
    server.call("PATCH", "/api/v2/dags/dispatch_issues", {"is_paused": False}, "keeper")
    with pytest.raises(urllib.error.HTTPError) as refused:
        server.call("POST", "/api/v2/dags/dispatch_issues/dagRuns", {"logical_date": None, "conf": {}}, "auditor")
    assert refused.value.code == 403
    meeting = {"as_of": "2026-03-02", "rhythms": ["weekly"]}
    server.call("POST", "/api/v2/dags/dispatch_issues/dagRuns", {"logical_date": None, "conf": meeting}, "keeper")
    wait("dispatch_issues", lambda: server.ended("dispatch_issues"))
    assert list((home.published / "dispatch").glob("2026-03-02_*.xlsx"))
    received = [path.suffix for path in (server.stack.folder / "received").iterdir()]
    assert {".eml", ".json"} <= set(received)
