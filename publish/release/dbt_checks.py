"""What dbt ran and found: one result per declared test, one per node that failed."""

from __future__ import annotations

from pathlib import Path

from junheng.core.records import CheckStatus
from publish.release.audit_result import AuditResult, message, title
from publish.release.folded_tests import unfolded
from publish.tables.artifacts import DeclaredTest, Manifest, NodeResult, read_run_results

_GOOD = {"pass": CheckStatus.PASS, "success": CheckStatus.PASS, "warn": CheckStatus.WARN, "fail": CheckStatus.FAIL}

_NODE_OK = {"success", "pass", "warn"}

_EXPOSURE = "exposure."
"""Ids of readers from outside: dbt lists them, and there is nothing to run."""


def _test_check(test: DeclaredTest, result: NodeResult | None) -> AuditResult:
    if result is None or result.status in ("skipped", "no-op"):
        status, observed, failures = CheckStatus.DID_NOT_RUN, "did_not_run", None
    else:
        status = _GOOD.get(result.status, CheckStatus.ERROR)
        failures = result.failures
        observed = str(failures) if failures is not None else result.status
    key = {CheckStatus.DID_NOT_RUN: "dbt_not_run", CheckStatus.ERROR: "dbt_error"}.get(status, "dbt_failed")
    return AuditResult(
        engine="dbt",
        check_id=test.name,
        title=title(test.kind),
        status=status,
        observed=observed,
        expected="0",
        severity=test.severity,
        rows_failed=failures,
        message=message(key, test=test.name, rows=failures),
    )


def dbt_checks(manifest: Manifest, run_results: Path | None, build_db: Path) -> list[AuditResult]:
    """One check per declared test, one per node that failed otherwise, and one that there were tests at all."""
    outcomes = read_run_results(run_results) if run_results is not None and run_results.exists() else {}
    results = unfolded(outcomes, manifest, build_db)
    checks = [_test_check(test, results.get(uid)) for uid, test in sorted(manifest.tests.items())]
    checks += [
        AuditResult(
            engine="dbt",
            check_id=uid,
            title=title("dbt_node"),
            status=CheckStatus.ERROR,
            observed=result.status,
            expected="success",
            message=message("dbt_node", node=uid, status=result.status),
        )
        for uid, result in sorted(results.items())
        if uid not in manifest.tests and not uid.startswith(_EXPOSURE) and result.status not in _NODE_OK
    ]
    ran = sum(1 for uid in manifest.tests if uid in results)
    checks.append(
        AuditResult(
            engine="audit",
            check_id="audit.dbt_tests_ran",
            title=title("dbt_tests_ran"),
            status=CheckStatus.PASS if ran else CheckStatus.DID_NOT_RUN,
            observed=str(ran),
            expected=str(len(manifest.tests)),
            rows_checked=len(manifest.tests),
            rows_failed=len(manifest.tests) - ran,
            message=message("no_dbt_tests"),
        )
    )
    return checks
