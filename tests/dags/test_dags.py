"""Every file in dags/ is a DAG, and nothing is published past the audit."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from junheng.core.home import Home
from junheng.core.run import Run
from junheng.core.settings import ENGINES
from junheng.scheduler import quiet, wiring

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"
FILES = sorted(DAGS.glob("*.py"))
WIRING = "junheng/scheduler/wiring"
DAILY = ["ingest_exports", "dispatch_issues"]


def load(folder: Path) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(folder))


@pytest.fixture(scope="module")
def bag() -> Any:
    return load(DAGS)


def yields_its_dags(bag: Any, folder: Path) -> bool:
    """No import error, and one DAG per file, named like the file."""
    return bag.import_errors == {} and set(bag.dags) == {path.stem for path in folder.glob("*.py")} != set()


def audited(dag: Any, auditor: str = "audit") -> bool:
    """Every way from a root of ``dag`` to a task that publishes leads through the audit."""
    publishing = [task for task in dag.tasks if any(asset.name == "published_release" for asset in task.outlets)]

    def passes(task: Any) -> bool:
        if task.task_id == auditor:
            return True
        if task.trigger_rule != "all_success":  # it would run after a red audit
            return False
        return bool(task.upstream_list) and all(passes(parent) for parent in task.upstream_list)

    return all(passes(task) for task in publishing)


def test_every_file_yields_its_dag(bag: Any) -> None:
    assert yields_its_dags(bag, DAGS)


def test_a_wrong_folder_or_a_broken_file_is_noticed(tmp_path: Path) -> None:
    assert not yields_its_dags(load(tmp_path / "nowhere"), tmp_path / "nowhere")
    (tmp_path / "broken.py").write_text("from airflow.sdk import dag\nraise ValueError('x')\n")
    assert not yields_its_dags(load(tmp_path), tmp_path)


def test_publishing_passes_the_audit(bag: Any) -> None:
    publishers = [
        task
        for dag in bag.dags.values()
        for task in dag.tasks
        if any(asset.name == "published_release" for asset in task.outlets)
    ]
    assert publishers
    assert all(audited(dag) for dag in bag.dags.values())


@pytest.mark.parametrize(
    ("found", "put"),
    [
        ("audit() >> publish()", "[audit(), publish()]"),
        ("@task(outlets=[PUBLISHED], ", "@task(outlets=[PUBLISHED], trigger_rule='all_done', "),
    ],
)
def test_a_way_around_the_audit_is_noticed(tmp_path: Path, found: str, put: str) -> None:
    source = (DAGS / "build_marts.py").read_text(encoding="utf-8")
    planted = source.replace(found, put)
    assert planted != source
    (tmp_path / "build_marts.py").write_text(planted, encoding="utf-8")
    assert not audited(load(tmp_path).dags["build_marts"])


def test_dags_are_fit_for_operation(bag: Any) -> None:
    for dag_id, dag in bag.dags.items():
        assert dag.catchup is False
        assert dag.max_active_runs == 1
        assert dag.dagrun_timeout is not None
        if dag_id in DAILY:
            assert dag.timetable.timezone == "Asia/Shanghai"
        runbook = next(line.split()[-1] for line in dag.doc_md.splitlines() if line.startswith("Runbook:"))
        assert (ROOT / runbook).is_file()
        for task in dag.tasks:
            assert task.owner == "data-engineering"
            assert task.execution_timeout is not None


def test_marts_are_built_when_submissions_are_accepted(bag: Any) -> None:
    emitted = {outlet.name for task in bag.dags["ingest_exports"].tasks for outlet in task.outlets}
    assert emitted == {"night"}  # stands for the asset where marts would say something new
    commit = bag.dags["ingest_exports"].get_task("commit_night")
    assert {"gate", "validate"} <= {task.task_id for task in commit.get_flat_relatives(upstream=True)}


def test_a_night_without_airflow_has_the_same_steps(bag: Any) -> None:
    """All but the batches, which are one there, and what the command line tells for itself."""
    tasks = [task.task_id for task in bag.dags["ingest_exports"].topological_sort()]
    assert [name for name in tasks if name not in ("list_batches", "tell")] == list(quiet.STEPS)


def test_a_release_is_loaded_where_a_database_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUNHENG_SERVE_DSN", "shared_database")
    bag = load(DAGS)
    for name, before in (("build_marts", "publish"), ("sign_off", "record")):
        serve = bag.dags[name].get_task("serve")
        assert serve.upstream_task_ids == {before}
        assert serve.retries > 0
    monkeypatch.setenv("AIRFLOW_CONN_SHARED_DATABASE", "postgres://loader@db/bureau")
    assert wiring.serve_dsn() == "postgres://loader@db/bureau"
    monkeypatch.setenv("JUNHENG_SERVE_DSN", "host=db dbname=bureau")
    assert wiring.serve_dsn() == "host=db dbname=bureau"
    monkeypatch.delenv("JUNHENG_SERVE_DSN")
    bag = load(DAGS)
    assert all("serve" not in dag.task_ids for dag in bag.dags.values())


def test_one_process_writes_the_warehouse(bag: Any) -> None:
    dag = bag.dags["build_marts"]
    writers = {task.task_id for task in dag.tasks if task.pool == "warehouse_writer"}
    assert writers == {"plan_build", "dbt_build", "audit", "publish"}


def test_a_build_is_four_tasks(bag: Any) -> None:
    """Each task is a process under the scheduler: their number does not grow with the models (docs/adr/0008)."""
    steps = [task.task_id for task in bag.dags["build_marts"].topological_sort()]
    assert steps == ["plan_build", "dbt_build", "audit", "publish"]


@pytest.mark.parametrize("dag_id", ["ingest_exports", "dispatch_issues"])
def test_a_day_given_as_a_parameter_has_one_spelling_in_the_run(
    bag: Any, dag_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUNHENG_ROOTS", str(tmp_path))
    given = bag.dags[dag_id].params.get_param("as_of").resolve("20260301")
    params = {"home": str(tmp_path), "as_of": given}
    run = Run.from_context({"params": params, "run_id": "run", "dag_run": SimpleNamespace(run_after=datetime.now(UTC))})
    assert run.as_of == "2026-03-01"


@pytest.mark.parametrize("path", [*FILES, ROOT / f"{WIRING}.py"], ids=lambda path: path.stem)
def test_files_import_nothing_heavy_and_no_clock(path: Path) -> None:
    """At parse time a DAG file wires; packages of the project and the clock are for tasks."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {
        name if name == WIRING.replace("/", ".") else name.split(".")[0]
        for node in top
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    }
    assert modules <= {"__future__", "airflow", "datetime", "pathlib", "typing", "yaml", WIRING.replace("/", ".")}
    source = path.read_text(encoding="utf-8")
    assert not any(word in source for word in (".now(", ".today(", "os.environ", "utcnow"))


def test_marts_are_built_by_an_engine_that_there_is(bag: Any) -> None:
    assert bag.dags["build_marts"].params.get_param("engine").schema["enum"] == [None, *ENGINES]


def test_a_signature_is_recorded_after_an_answer_alone(bag: Any) -> None:
    dag = bag.dags["sign_off"]
    assert dag.get_task("record").get_flat_relative_ids(upstream=True) == {"prepare", "approval", "approved"}
    # a refusal skips what comes right after the approval; it has to be recorded all the same, an unanswered request never
    assert dag.get_task("approval").downstream_task_ids == {"approved"}
    assert dag.get_task("record").trigger_rule == "none_failed"
    assert dag.timetable.can_be_scheduled is False


def test_where_everybody_is_an_administrator_nobody_is_asked(bag: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from publish.trust.signoff import NotSigned

    monkeypatch.setenv("JUNHENG_REVIEWERS", "chief")
    monkeypatch.setenv("JUNHENG_HOME", str(tmp_path))
    prepare = bag.dags["sign_off"].get_task("prepare").python_callable
    scope = prepare.__globals__
    monkeypatch.setitem(scope, "run_of", lambda: SimpleNamespace(home=Home(tmp_path).create()))
    with pytest.raises(NotSigned, match="还没有发布版本"):
        prepare()
    monkeypatch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS", "True")
    with pytest.raises(NotSigned, match="simple_auth_manager_all_admins"):
        prepare()


def test_only_the_named_reviewers_are_asked(bag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    approval = bag.dags["sign_off"].get_task("approval")
    monkeypatch.setattr(type(approval).__mro__[1], "execute", lambda self, _context: self.assigned_users)
    context = {"ti": SimpleNamespace(xcom_pull=lambda **_: {"reviewers": ["chief", "deputy"]})}
    assert approval.execute(context) == [{"id": "chief", "name": "chief"}, {"id": "deputy", "name": "deputy"}]


def test_an_answer_is_kept_before_a_refusal_skips_what_follows(bag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    approval = bag.dags["sign_off"].get_task("approval")
    kept: dict[str, Any] = {}

    def skip(*_: Any) -> None:
        assert kept
        raise InterruptedError

    monkeypatch.setattr(type(approval).__mro__[1], "execute_complete", skip)
    context = {"ti": SimpleNamespace(xcom_push=lambda key, value: kept.update({key: value}))}
    answer = {"chosen_options": ["Reject"], "params_input": {}, "responded_at": None, "responded_by_user": {"id": "chief"}}
    with pytest.raises(InterruptedError):
        approval.execute_complete(context, answer | {"timedout": False})
    assert kept == {"answer": answer}


@pytest.mark.parametrize("dag_id", ["ingest_exports", "build_marts"])
def test_a_failed_task_and_a_run_that_took_too_long_are_told(bag: Any, dag_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The audit tells of the dbt process before it; what ends a lease does not keep anybody from being told."""
    told: list[Any] = []
    monkeypatch.setattr("junheng.scheduler.notifiers.tell_failure", told.append)
    dag = bag.dags[dag_id]

    def each(callback: Any) -> list[Any]:
        return callback if isinstance(callback, list) else [callback]

    (on_timeout,) = each(dag.on_failure_callback)
    monkeypatch.setitem(on_timeout.__globals__, "run_of", lambda _context: SimpleNamespace(finish=lambda: None))
    on_timeout({"reason": "task_failure"})
    assert told == []
    on_timeout({"reason": "timed_out"})
    assert len(told) == 1
    for task in dag.tasks:
        before = len(told)
        for callback in each(task.on_failure_callback):
            callback({"ti": None})
        assert len(told) - before == (task.task_id != "dbt_build"), task.task_id

    def no_home(_: Any) -> None:
        raise RuntimeError("no home")

    monkeypatch.setitem(on_timeout.__globals__, "run_of", no_home)
    before = len(told)
    with pytest.raises(RuntimeError, match="no home"):
        on_timeout({"reason": "timed_out"})
    assert len(told) == before + 1


def test_what_was_refused_is_told_when_the_night_is_committed(bag: Any) -> None:
    assert bag.dags["ingest_exports"].get_task("tell").upstream_task_ids == {"commit_night"}


@pytest.mark.parametrize("dag_id", DAILY)
def test_a_dag_that_is_switched_on_waits_for_its_time(bag: Any, dag_id: str) -> None:
    """The run that was missed last night would take half a delivery for a night."""
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction

    dag = bag.dags[dag_id]
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable  # as the scheduler knows it
    first = timetable.next_dagrun_info(
        last_automated_data_interval=None,
        restriction=TimeRestriction(earliest=dag.start_date, latest=None, catchup=dag.catchup),
    )
    assert first is not None
    assert first.run_after > datetime.now(UTC)


def test_a_backfill_over_dates_cannot_ingest_one_landing_many_times(bag: Any) -> None:
    allowed = {str(kind.value) for kind in bag.dags["ingest_exports"].allowed_run_types}
    assert allowed == {"scheduled", "manual"}


def test_whoever_reads_deliveries_has_a_queue_of_its_own(bag: Any) -> None:
    """Its workers alone hold the key of persons (docker-compose.yml)."""
    queues = {task.queue for dag_id, dag in bag.dags.items() if dag_id != "ingest_exports" for task in dag.tasks}
    assert queues == {"default"}
    assert {task.queue for task in bag.dags["ingest_exports"].tasks} == {"ingest"}


def test_pages_of_the_scheduler_speak_chinese_beside_english(bag: Any) -> None:
    chinese = re.compile("[\u4e00-\u9fff]")
    for dag_id, dag in bag.dags.items():
        assert chinese.search(dag.dag_display_name), dag_id
        assert chinese.search(dag.description), dag_id
        for name, given in dag.params.items():
            assert chinese.search(dag.params.get_param(name).schema["title"]), (dag_id, name, given)


def test_a_request_to_sign_names_people() -> None:
    from junheng.scheduler.accounts import NamedAccounts

    def asked(name: str) -> bool:
        user = SimpleNamespace(get_name=lambda: name, get_id=lambda: "7")
        return NamedAccounts.is_authorized_hitl_task(SimpleNamespace(), assigned_users={"chief", "deputy"}, user=user)

    assert asked("chief")
    assert not asked("clerk")
    assert not asked("7")
