"""Build the marts into a new DuckDB file, audit it, publish it as a release.

Grain of a run: one build over all accepted submissions. Triggered by the asset `accepted_submissions`. Safe to re-run
and to kill: the build file is new every time, and readers see a release only by one rename of `published/current`,
after the audit.
Runbook: docs/runbooks/build_marts.md
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pendulum
from airflow.sdk import Asset, Param, dag, get_current_context, task
from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.airflow.graph import create_task_metadata
from cosmos.constants import DbtResourceType, ExecutionMode, InvocationMode, LoadMode, TestBehavior
from cosmos.core.airflow import get_airflow_task

DBT_PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
DEFAULT_ARGS = {
    "owner": "data-engineering",
    "retries": 0,  # a build starts from an empty file: run the DAG again, not one of its tasks
    "execution_timeout": timedelta(hours=2),
}
ACCEPTED = Asset(name="accepted_submissions", uri="junheng://ledger/accepted_submissions")
PUBLISHED = Asset(name="published_release", uri="junheng://published/current")
WRITER = {"pool": "warehouse_writer"}  # one slot: one process writes the warehouse


def _run(context: Any = None) -> Any:
    from junheng.run import Run

    return Run.from_context(context or get_current_context())


def _end_lease(context: Any) -> None:
    _run(context).finish()


def _mart_sensor(*, node: Any, dag: Any, task_group: Any, execution_mode: Any, task_args: Any, **_: Any) -> Any:
    """The sensor Cosmos would make, for a mart; what lies before the marts has none (docs/adr/0002)."""
    if "marts" not in node.fqn:
        return None
    group = f"{dag.dag_id}__{task_group.group_id}"
    return get_airflow_task(create_task_metadata(node, execution_mode, task_args, group), dag, task_group)


@dag(
    schedule=[ACCEPTED],
    start_date=pendulum.datetime(2025, 9, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    default_args={**DEFAULT_ARGS, "on_failure_callback": _end_lease},
    params={
        "home": Param(None, type=["null", "string"], description="Home; default: environment JUNHENG_HOME"),
        "rulesets": Param(None, type=["null", "array"], items={"type": "string"}, description="Default: in force"),
    },
    tags=["marts"],
    doc_md=__doc__,
)
def build_marts() -> None:
    """Wire the build: plan, dbt, audit, publish."""

    @task.short_circuit(ignore_downstream_trigger_rules=True, **WRITER)
    def plan_build() -> bool:
        from publish.steps import plan

        run = _run()
        with run.exclusive():
            planned = plan(run.home, run.build, run.build_db, run.rulesets)
        if not planned:
            run.finish()
        return planned

    @task
    def build_environment() -> dict[str, str]:
        from publish.steps import environment

        run = _run()
        return environment(run.build, run.build_db)

    dbt = DbtTaskGroup(
        group_id="dbt",
        project_config=ProjectConfig(
            dbt_project_path=DBT_PROJECT,
            manifest_path=DBT_PROJECT / "target" / "manifest.json",
            install_dbt_deps=False,
            env_vars={
                name: "{{ ti.xcom_pull(task_ids='build_environment')['" + name + "'] }}"
                for name in ("HOME", "JH_BUILD_DB", "DBT_TARGET_PATH", "DBT_LOG_PATH")
            },
        ),
        profile_config=ProfileConfig(
            profile_name="junheng", target_name="build", profiles_yml_filepath=DBT_PROJECT / "profiles.yml"
        ),
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.WATCHER,
            invocation_mode=InvocationMode.SUBPROCESS,
            dbt_executable_path=Path(sys.executable).with_name("dbt"),
            setup_operator_args={**WRITER, "dbt_cmd_flags": ["--resource-type", "test"]},
        ),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST,
            test_behavior=TestBehavior.NONE,  # no sensor per test: the producer runs them all
            node_converters={DbtResourceType.SEED: lambda **_: None, DbtResourceType.MODEL: _mart_sensor},
            emit_datasets=False,
        ),
        operator_args={
            "append_env": True,
            "deferrable": False,
            "mode": "reschedule",
            "poke_interval": 1,
        },
    )

    @task(trigger_rule="all_done", **WRITER)
    def audit() -> None:
        from publish.steps import audit_build

        run = _run()
        audit_build(run.home, run.build, run.build_db)

    @task(outlets=[PUBLISHED], **WRITER)
    def publish() -> str:
        from publish.steps import publish_build

        run = _run()
        with run.exclusive():
            release_id = publish_build(run.home, run.build, run.build_db, run.rulesets, run.started_at)
        run.finish()
        return release_id

    plan_build() >> build_environment() >> dbt >> audit() >> publish()

    # The sensors report what the one dbt process did. Behind it they can neither wait for it in vain nor
    # rebuild a model on their own when it fails (docs/adr/0002-watcher-behind-its-producer.md).
    producer = dbt.dag.task_dict["dbt.dbt_producer_watcher"]
    for sensor in dbt.children.values():
        if sensor is not producer and producer not in sensor.upstream_list:
            producer >> sensor


build_marts()
