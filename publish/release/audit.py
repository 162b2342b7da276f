"""The audit between build and publication: did every declared check run, and does the built file hold what it must.

Its results become rows of ``marts.aud_check_result`` (engines ``dbt`` and ``audit``). A check that did not run is
red, and so is a build that declares no test at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from junheng.core.home import Home, write_atomically
from junheng.core.ledger import Ledger
from junheng.core.records import ACCOUNTED, CheckStatus, Status
from junheng.core.sql import catalog, columns, identifier, records, scalar, tables
from publish.tables.artifacts import MARTS, DeclaredTest, Manifest, NodeResult, read_manifest, read_run_results
from publish.words.formats import plain, school_year
from publish.words.seeds import RulesetSeed, rulesets_by_id
from publish.words.texts import texts

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
CENSUS = "school_census"
_GOOD = {"pass": CheckStatus.PASS, "success": CheckStatus.PASS, "warn": CheckStatus.WARN, "fail": CheckStatus.FAIL}
_NODE_OK = {"success", "pass", "warn"}
_EXPOSURE = "exposure."
"""Ids of readers from outside: dbt lists them, and there is nothing to run."""
_EXAMPLES = 5


@dataclass(frozen=True)
class AuditResult:
    """One result, as a row of ``aud_check_result``."""

    engine: str
    check_id: str
    title: str
    """What it asks, in Chinese."""
    status: CheckStatus
    observed: str
    expected: str
    severity: str = "error"
    rows_checked: int | None = None
    rows_failed: int | None = None
    message: str = ""
    """Chinese line for the report; empty when all is well."""

    @property
    def red(self) -> bool:
        """Whether this check alone stops publication."""
        return self.status not in (CheckStatus.PASS, CheckStatus.WARN, CheckStatus.NO_DATA)


@dataclass
class AuditReport:
    """All results of one audit."""

    checks: list[AuditResult] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """Chinese lines, one per red check."""
        return [check.message for check in self.checks if check.red]

    @property
    def ok(self) -> bool:
        """Whether the build may be published: something was checked and nothing is red."""
        return bool(self.checks) and not self.failures

    def write(self, path: Path) -> None:
        """Write the report as JSON: ``ok``, ``failures`` and all ``checks``."""
        data = {"ok": self.ok, "failures": self.failures, "checks": [asdict(check) for check in self.checks]}
        write_atomically(path, json.dumps(data, ensure_ascii=False, indent=1).encode())


def _message(key: str, **values: object) -> str:
    return str(texts()["audit"][key]).format(**values)


def _title(kind: str) -> str:
    """What a data test or a check of the audit asks."""
    titles = texts()["check_titles"]
    return str(titles.get(kind, titles["other"]))


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
        title=_title(test.kind),
        status=status,
        observed=observed,
        expected="0",
        severity=test.severity,
        rows_failed=failures,
        message=_message(key, test=test.name, rows=failures),
    )


def _dbt_checks(manifest: Manifest, run_results: Path | None) -> list[AuditResult]:
    """One check per declared test, one per node that failed otherwise, and one that there were tests at all."""
    results = read_run_results(run_results) if run_results is not None and run_results.exists() else {}
    checks = [_test_check(test, results.get(uid)) for uid, test in sorted(manifest.tests.items())]
    checks += [
        AuditResult(
            engine="dbt",
            check_id=uid,
            title=_title("dbt_node"),
            status=CheckStatus.ERROR,
            observed=result.status,
            expected="success",
            message=_message("dbt_node", node=uid, status=result.status),
        )
        for uid, result in sorted(results.items())
        if uid not in manifest.tests and not uid.startswith(_EXPOSURE) and result.status not in _NODE_OK
    ]
    ran = sum(1 for uid in manifest.tests if uid in results)
    checks.append(
        AuditResult(
            engine="audit",
            check_id="audit.dbt_tests_ran",
            title=_title("dbt_tests_ran"),
            status=CheckStatus.PASS if ran else CheckStatus.DID_NOT_RUN,
            observed=str(ran),
            expected=str(len(manifest.tests)),
            rows_checked=len(manifest.tests),
            rows_failed=len(manifest.tests) - ran,
            message=_message("no_dbt_tests"),
        )
    )
    return checks


def _verdict(check_id: str, checked: int, bad: list[str], *, must_look: bool = False) -> AuditResult:
    """A check that looked at ``checked`` things and found the ``bad`` ones."""
    if bad:
        status = CheckStatus.FAIL
    elif checked:
        status = CheckStatus.PASS
    else:
        status = CheckStatus.DID_NOT_RUN if must_look else CheckStatus.NO_DATA
    shown = "、".join(bad[:_EXAMPLES]) + ("……" if len(bad) > _EXAMPLES else "")
    key = check_id.removeprefix("audit.")
    text = _message("looked_at_nothing", check=check_id) if not bad else _message(key, count=len(bad), examples=shown)
    return AuditResult(
        engine="audit",
        check_id=check_id,
        title=_title(key),
        status=status,
        observed=str(len(bad)),
        expected="0",
        rows_checked=checked,
        rows_failed=len(bad),
        message=text,
    )


def _marts_present(present: list[str], manifest: Manifest) -> AuditResult:
    expected = sorted({*MANDATORY, *manifest.marts})
    bad = [name for name in expected if name not in present]
    return _verdict("audit.marts_present", len(expected), bad, must_look=True)


def _dimensions_filled(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    names = ("dim_indicator", "dim_code", "dim_check")
    bad = [name for name in names if not scalar(connection, f"select count(*) from {MARTS}.{name}")]
    return _verdict("audit.dimensions_filled", len(names), bad, must_look=True)


def _accepted(connection: duckdb.DuckDBPyConnection, source: str = "%") -> bool:
    """Whether anything (of the source) was ever accepted: then the checks of it must find something to look at."""
    query = "select count(*) from ledger.submissions where status = ? and source like ?"
    return bool(scalar(connection, query, Status.ACCEPTED, source))


def _census_counties(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """County and school year pairs of accepted census submissions."""
    return connection.execute(
        """
        select distinct coverage.county_code, coverage.school_year
        from ledger.coverage
        join ledger.submissions using (night, submission_id)
        where submissions.status = ? and coverage.source = ?
        order by all
        """,
        [Status.ACCEPTED, CENSUS],
    ).fetchall()


def _used_rulesets(connection: duckdb.DuckDBPyConnection) -> list[RulesetSeed]:
    """The rule sets of the run: those selected, else those in force by default."""
    selected = [row["ruleset_id"] for row in records(connection, "select ruleset_id from run.selected_ruleset")]
    known = rulesets_by_id()
    return [known[name] for name in selected] or [ruleset for ruleset in known.values() if ruleset.by_default]


def _covered(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int, str]]:
    """County, school year and rule set wherever a rule set of the run covers a county with an accepted census."""
    used = _used_rulesets(connection)
    return [
        (county, year, ruleset.ruleset_id)
        for county, year in _census_counties(connection)
        for ruleset in used
        if ruleset.covers(county, year)
    ]


def _rulesets_cover(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """A home may hold counties outside the rule sets of the run, but not only such: its release would be empty."""
    counties = _census_counties(connection)
    bad = [] if _covered(connection) else ["/".join(map(str, key)) for key in counties]
    return _verdict("audit.rulesets_cover", len(counties), bad, must_look=_accepted(connection, CENSUS))


def _owed(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int, str]]:
    """What is covered and has a school in scope: there must be figures of it."""
    nobody = set(
        connection.execute(
            f"""
            select county_code, school_year, ruleset_id from {MARTS}.dim_school_scope where block = 'resource'
            group by all having not bool_or(in_scope)
            """
        ).fetchall()
    )
    return [key for key in _covered(connection) if key not in nobody]


def _facts_filled(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """A county that a rule set of the run covers has figures of it, unless none of its schools is in scope."""
    filled = set(
        connection.execute(f"select distinct county_code, school_year, ruleset_id from {MARTS}.fct_county_indicator").fetchall()
    )
    bad = ["/".join(map(str, key)) for key in _owed(connection) if key not in filled]
    return _verdict("audit.facts_filled", len(_covered(connection)), bad)


def _rows_accounted(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Rows read = accepted + quarantined, which the gate counted apart; a file it refused because they differ is settled."""
    found = records(
        connection,
        f"""
        with settled as (
            select distinct submission_id, night from ledger.check_results where check_id = ? and status = ?
        )
        select
            submission_id,
            coalesce(rows_read = rows_accepted + rows_quarantined, false)
            or (status = ? and settled.submission_id is not null) as accounted
        from {MARTS}.aud_submission left join settled using (submission_id, night)
        order by all
        """,
        *(ACCOUNTED, CheckStatus.ERROR, Status.REFUSED),
    )
    bad = [row["submission_id"] for row in found if not row["accounted"]]
    return _verdict("audit.rows_accounted", len(found), bad, must_look=_accepted(connection))


def _submissions_present(connection: duckdb.DuckDBPyConnection, home: Home) -> AuditResult:
    """Every submission of this home's ledger is in the build: it was built from this home and from all of it.

    Nights committed while the build ran belong to the next one.
    """
    planned = {row["night"] for row in records(connection, "select night from run.night")}
    judged = {str(row["submission_id"]) for row in Ledger(home).table("submissions").to_pylist() if row["night"] in planned}
    present = {row["submission_id"] for row in records(connection, f"select submission_id from {MARTS}.aud_submission")}
    return _verdict("audit.submissions_present", len(judged), sorted(judged - present), must_look=True)


def _bronze_complete(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Every accepted submission has all the rows in bronze that it had when parsed, and all but those given up are taken."""
    views = [
        row["name"] for row in records(connection, "select view_name as name from duckdb_views() where schema_name = 'bronze'")
    ]
    columns_of_row = "_submission_id as submission_id, _sheet as sheet, _row as row"
    selects = [f"select ? as source, {columns_of_row} from bronze.{identifier(name)}" for name in views]
    found = records(
        connection,
        f"""
        with accepted as (
            select submission_id, source, night, rows_parsed, rows_accepted from ledger.submissions where status = ?
        ),
        bronze as (
            select null::varchar as source, null::varchar as submission_id, null::varchar as sheet, null::bigint as row
            where false
            union all {" union all ".join(selects) or "select null, null, null, null where false"}
        ),
        held as (
            select source, submission_id, count(*) as n from bronze group by all
        ),
        named as (
            select distinct night, submission_id, sheet, row from ledger.quarantined_rows where row is not null
        ),
        given_up as (
            select named.night, bronze.source, bronze.submission_id, count(*) as n
            from bronze inner join named on named.submission_id = bronze.submission_id and named.row = bronze.row
                and named.sheet is not distinct from bronze.sheet
            group by all
        )
        select
            accepted.submission_id,
            coalesce(held.n, 0) = rows_parsed and coalesce(held.n, 0) - coalesce(given_up.n, 0) = rows_accepted as complete
        from accepted left join held using (source, submission_id) left join given_up using (night, source, submission_id)
        order by all
        """,
        *(Status.ACCEPTED, *views),
    )
    bad = list(dict.fromkeys(row["submission_id"] for row in found if not row["complete"]))
    return _verdict("audit.bronze_complete", len(found), bad, must_look=_accepted(connection))


def _coverage_in_dim_county(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    expected = _census_counties(connection)
    present = set(connection.execute(f"select county_code, school_year from {MARTS}.dim_county").fetchall())
    bad = ["/".join(map(str, key)) for key in expected if key not in present]
    return _verdict("audit.coverage_in_dim_county", len(expected), bad, must_look=_accepted(connection, CENSUS))


def _check_index_covers(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Of every accepted census each check of the catalogue stands in the index of checks."""
    counties = _census_counties(connection)
    listed = f"select county_code, school_year, check_id from {MARTS}.aud_check_index where source = ?"
    checks = [row["check_id"] for row in records(connection, f"select check_id from {MARTS}.dim_check where source = ?", CENSUS)]
    there = set(connection.execute(listed, [CENSUS]).fetchall())
    bad = ["/".join(map(str, (*key, check))) for key in counties for check in checks if (*key, check) not in there]
    return _verdict("audit.check_index_covers", len(counties) * len(checks), bad, must_look=_accepted(connection, CENSUS))


def _verdicts_have_figures(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Wherever a limit is set there is a verdict, and a verdict stands on a figure and a limit."""
    judged = f"{MARTS}.fct_county_indicator where verdict is not null or difference_limit is not null"
    checked = int(scalar(connection, f"select count(*) from {judged}"))
    limits = f"select count(*) from {MARTS}.dim_indicator where difference_limit is not null and ruleset_id = ?"
    must_look = any(scalar(connection, limits, name) for name in sorted({ruleset for _, _, ruleset in _owed(connection)}))
    found = records(
        connection,
        f"""
        select county_code, school_year, stage, indicator_code from {MARTS}.fct_county_indicator
        where (verdict in ('met', 'unmet') and (difference_coefficient is null or difference_limit is null))
            or (verdict is null and difference_limit is not null)
        order by all
        """,
    )
    bad = ["/".join(str(value) for value in row.values()) for row in found]
    return _verdict("audit.verdicts_have_figures", checked, bad, must_look=must_look)


def _requirements_answered(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Every requirement of a rule set has a row for every county it covers, and what is a criterion has a verdict."""
    found = records(
        connection,
        f"""
        select covered.county_code, covered.school_year, asked.ruleset_id, asked.requirement_code, asked.part
        from {MARTS}.fct_county_verdict as covered
        inner join {MARTS}.dim_requirement as asked using (ruleset_id)
        left join {MARTS}.fct_county_requirement as answered
            using (county_code, school_year, ruleset_id, requirement_code, part)
        where answered.county_code is null or (asked.is_criterion and answered.verdict is null)
        order by all
        """,
    )
    owed = f"""
        select count(*) from {MARTS}.fct_county_verdict inner join {MARTS}.dim_requirement using (ruleset_id)
    """
    bad = ["/".join(str(value) for value in row.values()) for row in found]
    return _verdict("audit.requirements_answered", int(scalar(connection, owed)), bad)


def _verdicts_counted(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Every county that a rule set of the run covers has a verdict of it, and none is met while something is not."""
    found = records(
        connection,
        f"""
        select county_code, school_year, ruleset_id from {MARTS}.fct_county_verdict
        where verdict = 'met' and (n_unmet > 0 or n_undecided > 0 or coalesce(vetoed, false))
        order by all
        """,
    )
    there = set(connection.execute(f"select county_code, school_year, ruleset_id from {MARTS}.fct_county_verdict").fetchall())
    covered = _covered(connection)
    bad = ["/".join(map(str, key)) for key in covered if key not in there]
    bad += ["/".join(str(value) for value in row.values()) for row in found]
    return _verdict("audit.verdicts_counted", len(covered), bad)


def _engines_agree_to_run(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Great Expectations has looked at every source and night that the SQL gate judged or that was accepted."""
    found = records(
        connection,
        """
        with judged as (
            select distinct night, source from ledger.check_results where engine in ('gx', 'gx_sql', 'sql')
            union
            select distinct night, source from ledger.submissions where status = ?
        ),
        looked as (
            select distinct night, source from ledger.check_results
            where engine in ('gx', 'gx_sql') and status not in ('did_not_run', 'error')
        )
        select night, source, looked.night is not null as ran
        from judged left join looked using (night, source) order by all
        """,
        Status.ACCEPTED,
    )
    bad = [f"{row['night']}/{row['source']}" for row in found if not row["ran"]]
    return _verdict("audit.engines_ran", len(found), bad, must_look=_accepted(connection))


def _correction_fault(row: dict[str, Any]) -> str:
    """One correction that does not hold, where it stands and what was found instead."""
    said = texts()["corrections"]
    expected, raw = (said["unknown"] if value is None else plain(value) for value in (row["expected_value"], row["raw_value"]))
    return str(said["failed"]).format(
        file=row["correction_file"],
        number=row["entry_number"],
        county=row["county_code"],
        year=school_year(row["school_year"]),
        school=row["school_name"] or row["school_code"],
        field=row["field_name"] or row["field"],
        failure=said["failures"][row["failure"] or "not_judged"].format(expected=expected, raw=raw),
    )


def _corrections_hold(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Every correction of the run found the cell it names and the value it expects there."""
    found = records(
        connection,
        f"""
        select
            given.correction_file, given.entry_number, given.county_code, given.school_year, given.school_code, given.field,
            given.field_name, given.expected_value, judged.school_name, judged.raw_value, judged.state, judged.failure
        from run.correction as given left join {MARTS}.aud_correction as judged using (correction_file, entry_number)
        order by correction_file, entry_number
        """,
    )
    bad = [_correction_fault(row) for row in found if row["state"] != "applied"]
    return _verdict("audit.corrections_hold", len(found), bad)


_FILE_CHECKS: tuple[Callable[[duckdb.DuckDBPyConnection], AuditResult], ...] = (
    _dimensions_filled,
    _rulesets_cover,
    _facts_filled,
    _rows_accounted,
    _bronze_complete,
    _coverage_in_dim_county,
    _check_index_covers,
    _verdicts_have_figures,
    _requirements_answered,
    _verdicts_counted,
    _engines_agree_to_run,
    _corrections_hold,
)


def _append(connection: duckdb.DuckDBPyConnection, checks: list[AuditResult]) -> None:
    """Replace the rows of engines ``dbt`` and ``audit`` in ``aud_check_result``."""
    connection.begin()
    connection.execute(f"delete from {MARTS}.{RESULTS} where engine in ('dbt', 'audit')")
    known = [name for name, _ in columns(connection, catalog(connection), MARTS, RESULTS)]
    for check in checks:
        values: dict[str, Any] = {
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
    report = AuditReport(_dbt_checks(declared, run_results))
    if not build_db.exists():
        report.checks.append(_marts_present([], declared))
        return report
    with duckdb.connect(str(build_db)) as connection:
        present = tables(connection, catalog(connection), MARTS)
        marts = _marts_present(present, declared)
        report.checks.append(marts)
        if not marts.red:
            report.checks.append(_submissions_present(connection, home))
            report.checks += [check(connection) for check in _FILE_CHECKS]
        if RESULTS in present:
            _append(connection, report.checks)
    return report
