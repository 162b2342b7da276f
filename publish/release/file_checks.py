"""What the file of a build must hold, asked of its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import duckdb

from junheng.core.home import Home
from junheng.core.ledger import Ledger
from junheng.core.records import ACCOUNTED, CheckStatus, Status
from junheng.core.sql import identifier, records, scalar
from publish.release.audit_result import AuditResult, looked_at
from publish.tables.artifacts import MARTS
from publish.tables.reading import read
from publish.tables.rows import DimCounty, DimRuleset
from publish.words.formats import plain, school_year
from publish.words.texts import texts

CENSUS = "school_census"


def _dimensions_filled(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    names = ("dim_indicator", "dim_code", "dim_check")
    bad = [name for name in names if not scalar(connection, f"select count(*) from {MARTS}.{name}")]
    return looked_at("audit.dimensions_filled", len(names), bad, must_look=True)


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


def _covered(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int, str]]:
    """County, school year and rule set wherever a rule set of the run covers a county with an accepted census.

    Followed a second time on purpose, from what the ledger accepted: a county that the models lose shows.
    """
    rule_sets = read(connection, DimRuleset, f"from {MARTS}.dim_ruleset where is_selected order by ruleset_id")
    counties = read(connection, DimCounty, f"from {MARTS}.dim_county")
    system = {row["county_code"]: row["area_system"] for row in counties}
    return [
        (county, year, rules["ruleset_id"])
        for county, year in _census_counties(connection)
        for rules in rule_sets
        if rules["area_system"] == system.get(county)
        and county.startswith(rules["area_prefix"] or "")
        and rules["valid_from_year"] <= year <= (rules["valid_to_year"] or year)
    ]


def _rulesets_cover(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """A home may hold counties outside the rule sets of the run, but not only such: its release would be empty."""
    counties = _census_counties(connection)
    bad = [] if _covered(connection) else ["/".join(map(str, key)) for key in counties]
    return looked_at("audit.rulesets_cover", len(counties), bad, must_look=_accepted(connection, CENSUS))


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
    return looked_at("audit.facts_filled", len(_covered(connection)), bad)


def _rows_accounted(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Rows read = accepted + quarantined, which the gate counted apart; a file it refused because they differ is settled."""
    submissions = records(
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
    bad = [row["submission_id"] for row in submissions if not row["accounted"]]
    return looked_at("audit.rows_accounted", len(submissions), bad, must_look=_accepted(connection))


def submissions_present(connection: duckdb.DuckDBPyConnection, home: Home) -> AuditResult:
    """Every submission of this home's ledger is in the build: it was built from this home and from all of it.

    Nights committed while the build ran belong to the next one.
    """
    planned = {row["night"] for row in records(connection, "select night from run.night")}
    judged = {str(row["submission_id"]) for row in Ledger(home).table("submissions").to_pylist() if row["night"] in planned}
    present = {row["submission_id"] for row in records(connection, f"select submission_id from {MARTS}.aud_submission")}
    return looked_at("audit.submissions_present", len(judged), sorted(judged - present), must_look=True)


def _bronze_complete(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Every accepted submission has all the rows in bronze that it had when parsed, and all but those given up are taken."""
    views = [
        row["name"] for row in records(connection, "select view_name as name from duckdb_views() where schema_name = 'bronze'")
    ]
    columns_of_row = "_submission_id as submission_id, _sheet as sheet, _row as row"
    selects = [f"select ? as source, {columns_of_row} from bronze.{identifier(name)}" for name in views]
    submissions = records(
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
    bad = list(dict.fromkeys(row["submission_id"] for row in submissions if not row["complete"]))
    return looked_at("audit.bronze_complete", len(submissions), bad, must_look=_accepted(connection))


def _coverage_in_dim_county(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    expected = _census_counties(connection)
    present = set(connection.execute(f"select county_code, school_year from {MARTS}.dim_county").fetchall())
    bad = ["/".join(map(str, key)) for key in expected if key not in present]
    return looked_at("audit.coverage_in_dim_county", len(expected), bad, must_look=_accepted(connection, CENSUS))


def _check_index_covers(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Of every accepted census each check of the catalogue stands in the index of checks."""
    counties = _census_counties(connection)
    listed = f"select county_code, school_year, check_id from {MARTS}.aud_check_index where source = ?"
    checks = [row["check_id"] for row in records(connection, f"select check_id from {MARTS}.dim_check where source = ?", CENSUS)]
    there = set(connection.execute(listed, [CENSUS]).fetchall())
    bad = ["/".join(map(str, (*key, check))) for key in counties for check in checks if (*key, check) not in there]
    return looked_at("audit.check_index_covers", len(counties) * len(checks), bad, must_look=_accepted(connection, CENSUS))


def _verdicts_have_figures(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Wherever a limit is set there is a verdict, and a verdict stands on a figure and a limit."""
    judged = f"{MARTS}.fct_county_indicator where verdict is not null or difference_limit is not null"
    checked = int(scalar(connection, f"select count(*) from {judged}"))
    limits = f"select count(*) from {MARTS}.dim_indicator where difference_limit is not null and ruleset_id = ?"
    must_look = any(scalar(connection, limits, name) for name in sorted({ruleset for _, _, ruleset in _owed(connection)}))
    rows = records(
        connection,
        f"""
        select county_code, school_year, stage, indicator_code from {MARTS}.fct_county_indicator
        where (verdict in ('met', 'unmet') and (difference_coefficient is null or difference_limit is null))
            or (verdict is null and difference_limit is not null)
        order by all
        """,
    )
    bad = ["/".join(str(value) for value in row.values()) for row in rows]
    return looked_at("audit.verdicts_have_figures", checked, bad, must_look=must_look)


def _requirements_answered(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Every requirement of a rule set has a row for every county it covers, and what is a criterion has a verdict."""
    rows = records(
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
    bad = ["/".join(str(value) for value in row.values()) for row in rows]
    return looked_at("audit.requirements_answered", int(scalar(connection, owed)), bad)


def _verdicts_counted(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Every county that a rule set of the run covers has a verdict of it, and none is met while something is not."""
    rows = records(
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
    bad += ["/".join(str(value) for value in row.values()) for row in rows]
    return looked_at("audit.verdicts_counted", len(covered), bad)


def _engines_agree_to_run(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Great Expectations has looked at every source and night that the SQL gate judged or that was accepted."""
    runs = records(
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
    bad = [f"{row['night']}/{row['source']}" for row in runs if not row["ran"]]
    return looked_at("audit.engines_ran", len(runs), bad, must_look=_accepted(connection))


def _correction_fault(row: Mapping[str, Any]) -> str:
    """One correction that does not hold, where it stands and what was found instead."""
    words = texts()["corrections"]
    expected, raw = (words["unknown"] if value is None else plain(value) for value in (row["expected_value"], row["raw_value"]))
    return str(words["failed"]).format(
        file=row["correction_file"],
        number=row["entry_number"],
        county=row["county_code"],
        year=school_year(row["school_year"]),
        school=row["school_name"] or row["school_code"],
        field=row["field_name"] or row["field"],
        failure=words["failures"][row["failure"] or "not_judged"].format(expected=expected, raw=raw),
    )


def _corrections_hold(connection: duckdb.DuckDBPyConnection) -> AuditResult:
    """Every correction of the run found the cell it names and the value it expects there."""
    corrections = records(
        connection,
        f"""
        select
            given.correction_file, given.entry_number, given.county_code, given.school_year, given.school_code, given.field,
            given.field_name, given.expected_value, judged.school_name, judged.raw_value, judged.state, judged.failure
        from run.correction as given left join {MARTS}.aud_correction as judged using (correction_file, entry_number)
        order by correction_file, entry_number
        """,
    )
    bad = [_correction_fault(row) for row in corrections if row["state"] != "applied"]
    return looked_at("audit.corrections_hold", len(corrections), bad)


FILE_CHECKS: tuple[Callable[[duckdb.DuckDBPyConnection], AuditResult], ...] = (
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
