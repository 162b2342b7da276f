"""Ask the named reviewers to sign the current release, and record their answer.

Grain of a run: one request about the release that is current when it starts. The answer is bound to the hash of its manifest and
written to `<home>/ledger/signatures/`; `published/signed` follows. Safe to re-run: a run records one answer.
Runbook: docs/runbooks/sign_off.md
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param, dag, get_current_context, task

from junheng.scheduler.wiring import HOME, PATIENT, RUNS, TASKS, is_served, run_of, serve_dsn, shown


def _is_open_to_all() -> bool:
    """Whether the scheduler takes everybody for an administrator: then nobody knows who answered."""
    from airflow.configuration import conf

    return bool(conf.getboolean("core", "simple_auth_manager_all_admins", fallback=False))


class Approval(ApprovalOperator):
    """Approval by the accounts that the request names."""

    def execute(self, context: Any) -> Any:
        """Ask."""
        request = context["ti"].xcom_pull(task_ids="prepare")
        self.assigned_users = [{"id": name, "name": name} for name in request["reviewers"]]
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Keep the answer: a refusal skips what follows and returns nothing."""
        if "error" not in event:
            kept = {name: event[name] for name in ("chosen_options", "params_input", "responded_at", "responded_by_user")}
            context["ti"].xcom_push(key="answer", value=kept)
        return super().execute_complete(context, event)


@dag(
    **shown("sign_off"),
    schedule=None,  # somebody wants a signature: a request for every nightly release would be answered without reading
    dagrun_timeout=timedelta(days=8),
    default_args={**TASKS, "retries": 0},  # a failed request says why; start it again
    **RUNS,
    params={"home": HOME},
    tags=["sign-off"],
    doc_md=__doc__,
)
def sign_off() -> None:
    """Wire the request: prepare, ask, record, serve."""

    @task
    def prepare() -> dict[str, Any]:
        from dataclasses import asdict

        from junheng.core.run import LOCK_SECONDS
        from publish.trust.signoff import ask

        home = run_of().home
        with home.lock(LOCK_SECONDS):
            return asdict(ask(home, is_open_to_all=_is_open_to_all()))

    approval = Approval(
        task_id="approval",
        subject="{{ ti.xcom_pull(task_ids='prepare')['subject'] }}",
        body="{{ ti.xcom_pull(task_ids='prepare')['body'] }}",
        params={"note": Param("", type="string", title="意见")},
        response_timeout=timedelta(days=7),
        execution_timeout=timedelta(hours=2),
    )
    approved = EmptyOperator(task_id="approved")  # skipped by a refusal, in the place of what records it

    @task(trigger_rule="none_failed")
    def record() -> str:
        from junheng.core.run import CHINA, LOCK_SECONDS
        from publish.trust.signoff import Answer, Request, decide

        context = get_current_context()
        asked = context["ti"].xcom_pull(task_ids="prepare")
        answered = context["ti"].xcom_pull(task_ids="approval", key="answer")
        answer = Answer(
            is_approved=answered["chosen_options"] == [ApprovalOperator.APPROVE],
            by=answered["responded_by_user"]["name"],  # its id is a number with some auth managers
            at=answered["responded_at"].astimezone(CHINA).isoformat(timespec="seconds"),
            note=(answered["params_input"] or {}).get("note") or "",
        )
        home = run_of().home
        with home.lock(LOCK_SECONDS):
            decision = decide(home, Request.from_dict(asked), answer, context["run_id"], is_open_to_all=_is_open_to_all())
        return decision.decision

    @task(**PATIENT)
    def serve() -> str:
        from publish.steps import serve

        return serve(run_of().home, serve_dsn())

    recorded = prepare() >> approval >> approved >> record()
    if is_served():  # what readers of the shared database see may rest on the answer
        recorded >> serve()


sign_off()
