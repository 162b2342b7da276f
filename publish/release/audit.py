"""The audit between build and publication: did every declared check run, and does the built file hold what it must.

Its results become rows of ``marts.aud_check_result`` (engines ``dbt`` and ``audit``). A check that did not run is
red, and so is a build that declares no test at all.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from junheng.core.home import Home
from junheng.core.sql import catalog, columns, identifier, tables
from publish.release.audit_result import AuditReport, AuditResult, looked_at
from publish.release.dbt_checks import dbt_checks
from publish.release.file_checks import FILE_CHECKS, submissions_present
from publish.tables.artifacts import MARTS, Manifest, read_manifest

MANDATORY = (
    "dim_county",
    "dim_code",
    "dim_indicator",
    "dim_school",
    "dim_school_scope",
    "fct_school_indicator",
    "fct_school_verdict",
    "fct_county_indicator",
    "dim_requirement",
    "fct_school_requirement",
    "fct_county_requirement",
    "fct_county_verdict",
    "fct_monitoring_result",
    "fct_issue",
    "fct_issue_event",
    "aud_submission",
    "aud_check_result",
    "aud_check_index",
    "aud_quarantined_row",
    "aud_correction",
)
"""The fixed surface, whatever the project declares."""

RESULTS = "aud_check_result"


def _marts_present(present: list[str], manifest: Manifest) -> AuditResult:
    expected = sorted({*MANDATORY, *manifest.marts})
    bad = [name for name in expected if name not in present]
    return looked_at("audit.marts_present", len(expected), bad, must_look=True)


def _append(connection: duckdb.DuckDBPyConnection, checks: list[AuditResult]) -> None:
    """Replace the rows of engines ``dbt`` and ``audit`` in ``aud_check_result``."""
    connection.begin()
    connection.execute(f"delete from {MARTS}.{RESULTS} where engine in ('dbt', 'audit')")
    known = [name for name, _ in columns(connection, catalog(connection), MARTS, RESULTS)]
    for check in checks:
        values: dict[str, object] = {
            "engine": check.engine,
            "check_id": check.check_id,
            "title_zh": check.title,
            "severity": check.severity,
            "status": str(check.status),
            "observed": check.observed,
            "expected": check.expected,
            "rows_checked": check.rows_checked,
            "rows_failed": check.rows_failed,
        }
        names = [name for name in known if name in values]
        connection.execute(
            f"insert into {MARTS}.{RESULTS} ({', '.join(identifier(n) for n in names)}) values ({', '.join('?' for _ in names)})",
            [values[name] for name in names],
        )
    connection.commit()


def audit(home: Home, build_db: Path, run_results: Path | None, manifest: Path) -> AuditReport:
    """Audit a built file and write the results into it. ``run_results`` None: dbt left none, which is red."""
    declared = read_manifest(manifest)
    report = AuditReport(dbt_checks(declared, run_results, build_db))
    if not build_db.exists():
        report.checks.append(_marts_present([], declared))
        return report
    with duckdb.connect(str(build_db)) as connection:
        present = tables(connection, catalog(connection), MARTS)
        marts = _marts_present(present, declared)
        report.checks.append(marts)
        if not marts.red:
            report.checks.append(submissions_present(connection, home))
            report.checks += [check(connection) for check in FILE_CHECKS]
        if RESULTS in present:
            _append(connection, report.checks)
    return report
