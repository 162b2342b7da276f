"""Great Expectations over the same catalogue, once per source and night: report, and second engine that must agree.

The gate decides (``expectations.gate``). Here the same rows of the same candidates are read again into a database file; every
check of rows, and the completeness of areas, is evaluated by Great Expectations. Where it has an expectation of its own for a
part of a check, its count of failing cells must equal the count of the generated SQL: a second opinion (engine ``gx``). Where it
has none it runs that SQL once more, which shows that it ran and nothing else (engine ``gx_sql``). And the SQL must find as many
rows per check as the gate wrote into ``check_results``. Any difference raises :class:`EnginesDisagree`, and the night goes red.

Not given to Great Expectations, because they depend on other files, other nights or on what else was refused
(:data:`BESIDE`):
``min_rows``, ``no_contradiction``, ``main_school_known``, ``against_last_year``.
"""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from expectations import datadocs, sql
from expectations.catalogue import Check, Rules, SourceCatalogue
from expectations.conditions import AgainstLastYear, MainSchoolKnown, MinRows, NoContradiction
from expectations.postponed import postpone
from expectations.rowchecks import counties_due, resolve
from expectations.sentences import sentence
from expectations.workspace import (
    Delivery,
    load_codes,
    load_deliveries,
    load_rows,
    rows_table,
)
from junheng.core.home import Home
from junheng.core.ledger import OpenNight
from junheng.core.records import CheckStatus
from junheng.core.settings import OFFLINE_ENV
from junheng.core.sql import records, scalar

ENGINE = "gx"
"""What the report engine counts by its own means."""
AGAIN = "gx_sql"
"""What it only runs as it was given to it, in our SQL: shows that it ran."""
BESIDE = (MinRows, NoContradiction, MainSchoolKnown, AgainstLastYear)
"""Tests that only the gate judges."""

_ROW_GROUP = 122_880
"""So many rows of a table DuckDB gives to one thread; to wake the others for fewer costs more than most questions."""


class EnginesDisagree(RuntimeError):
    """The two engines, or the gate and its own SQL, do not count the same; or an engine did not look."""


@dataclass
class _Looked:
    """What our SQL counts in one source: cells per part, rows per check."""

    rows: int
    parts: list[sql.Condition]
    numbers: dict[str, list[int]]
    filled: set[int]
    """Parts with something to look at, whatever our conditions say."""
    cells: list[tuple[int, int]]
    checks: dict[str, tuple[int, int]]


@dataclass
class _Evaluated:
    """What the report engine found: a summary per source, lines of the report, and the rows for ``check_results``."""

    summary: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    lines: list[datadocs.EngineCheck] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Where the engines disagree."""


def validate(home: Home, night: OpenNight, rules: Rules | None = None) -> dict[str, Any]:
    """Evaluate the catalogue with Great Expectations, write the report, append its rows to tonight's check results.

    Returns expectations and failing rows per source, where the report lies and which checks are judged by the gate
    alone. Without candidate rows nothing is imported. Raises EnginesDisagree; the report stays, with what differs.
    """
    rules = rules or Rules.load()
    results = [row for row in night.read_table("check_results").to_pylist() if row["engine"] not in (ENGINE, AGAIN)]
    deliveries = _judged(rules, night, results)
    report = home.warehouse / "data_docs" / f"night-{night.number}"
    summary: dict[str, Any] = {"sources": {}, "report": None, "not_in_gx": {}}
    rows: list[dict[str, Any]] = []
    if deliveries:
        home.work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.work, prefix=".validate-") as folder:
            work = Path(folder)
            as_of = date.fromisoformat(night.plan.as_of)
            looked = _look(rules, night.rows, work / "night.duckdb", deliveries, as_of)
            evaluated = _evaluate(rules, work, looked, night.number)
            for source, counted in looked.items():
                with _noted(evaluated):
                    _compare_with_gate(source, counted, rules.catalogues[source], results)
        summary["sources"], rows = evaluated.summary, evaluated.rows
        summary["not_in_gx"] = _beside(rules, set(looked))
        title = sentence("report_title", night=night.number)
        datadocs.publish(report, title, evaluated.lines, _not_asked(rules, set(looked)), evaluated.problems)
        if evaluated.problems:
            raise EnginesDisagree("; ".join(evaluated.problems))
        summary["report"] = str(report / "index.html")
    night.write_table("check_results", results + rows)
    return summary


@contextmanager
def _noted(evaluated: _Evaluated) -> Iterator[None]:
    """Note a disagreement and go on: the report shows all of them."""
    try:
        yield
    except EnginesDisagree as problem:
        evaluated.problems.append(str(problem))


def _judged(rules: Rules, night: OpenNight, results: list[dict[str, Any]]) -> list[Delivery]:
    """The candidates whose rows the gate judged. Raises EnginesDisagree when it passed over parsed rows."""
    by_sql = {row["submission_id"] for row in results if row["engine"] == "sql"}
    stopped = {
        row["submission_id"]
        for row in results
        if row["engine"] == "ingest" and row["status"] in (CheckStatus.FAIL, CheckStatus.ERROR)
    }
    nights = {c.file.submission_id: c.delivery_night for c in night.plan.candidates}
    deliveries = []
    for result in night.results():
        if result.submission_id in by_sql:
            facts = rules.contracts[result.contract or ""]
            deliveries.append(Delivery(result, facts, nights[result.file_id]))
        elif result.file_id in nights and not result.refused and result.submission_id not in stopped:
            raise EnginesDisagree(f"{result.file_name} was parsed but no check looked at it ({CheckStatus.DID_NOT_RUN})")
    return deliveries


def _look(rules: Rules, home: Home, database: Path, deliveries: list[Delivery], as_of: date) -> dict[str, _Looked]:
    """Load the rows into the database file and count with our SQL."""
    looked: dict[str, _Looked] = {}
    con = duckdb.connect(str(database))
    try:
        load_codes(con, rules)
        load_deliveries(con, deliveries)
        for source in dict.fromkeys(d.source for d in deliveries):
            catalogue, table = rules.catalogues[source], rows_table(source)
            ids = [d.id for d in deliveries if d.source == source]
            number = load_rows(con, rules, home, source, ids, table=table)
            parts, numbers = resolve(rules, catalogue, as_of)
            con.execute(f"create or replace temp table verdicts as {sql.verdicts(parts, table)}")
            (row,) = records(con, sql.cells(parts, "verdicts"))
            cells = [(row[f"c{n}"], row[f"f{n}"]) for n in range(len(parts))]
            (present,) = records(con, sql.filled(parts, table))
            filled = {n for n in range(len(parts)) if present[f"n{n}"]}
            per_submission = records(con, sql.counts(numbers, "verdicts"))
            checks = {
                check_id: (sum(r[f"c{i}"] for r in per_submission), sum(r[f"f{i}"] for r in per_submission))
                for i, check_id in enumerate(numbers)
            }
            for check, contracts in _area_checks(rules, catalogue):
                due = f"({counties_due(catalogue, contracts, table)}) as due"
                missing = scalar(con, f"select count(*) from {due} where not present")
                checks[check.id] = (scalar(con, f"select count(*) from {due}"), missing)
            if number:
                looked[source] = _Looked(number, parts, numbers, filled, cells, checks)
    finally:
        con.close()
    return looked


def _area_checks(rules: Rules, catalogue: SourceCatalogue) -> Iterator[tuple[Check, set[str]]]:
    for check in catalogue.checks:
        contracts = {facts.id for facts in rules.contracts_of(catalogue.source, check)}
        if check.test.type == "area_complete" and contracts:
            yield check, contracts


def _compare_with_gate(source: str, looked: _Looked, catalogue: SourceCatalogue, results: list[dict[str, Any]]) -> None:
    """The rows counted here must be the rows the gate wrote down."""
    recorded: dict[str, list[int]] = {}
    for row in results:
        if row["engine"] == "sql" and row["source"] == source:
            sums = recorded.setdefault(row["check_id"], [0, 0])
            sums[0] += row["rows_checked"]
            sums[1] += row["rows_failed"]
    for check in catalogue.checks:
        if check.id in looked.checks and tuple(recorded.get(check.id, (0, 0))) != looked.checks[check.id]:
            wrote, counts = recorded.get(check.id), looked.checks[check.id]
            raise EnginesDisagree(f"{source} {check.id}: the gate wrote {wrote}, its SQL now counts {counts}")


def _beside(rules: Rules, sources: set[str]) -> dict[str, str]:
    return {
        f"{source}.{check.id}": sentence(f"not_asked_{check.test.type}")
        for source in sorted(sources)
        for check in rules.catalogues[source].checks
        if isinstance(check.test, BESIDE)
    }


def _not_asked(rules: Rules, sources: set[str]) -> list[tuple[str, str, str]]:
    """What the gate alone judges, in words: source, check, reason."""
    return [
        (rules.sources[source].title_zh, check.title_zh, sentence(f"not_asked_{check.test.type}"))
        for source in sorted(sources)
        for check in rules.catalogues[source].checks
        if isinstance(check.test, BESIDE)
    ]


@contextmanager
def _quiet() -> Iterator[None]:
    """Telemetry off, no log lines, no warnings: whatever is wrong is raised."""
    os.environ.update(OFFLINE_ENV)
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _evaluate(rules: Rules, work: Path, looked: dict[str, _Looked], number: int) -> _Evaluated:
    """Run one suite per source."""
    evaluated = _Evaluated()
    if not looked:
        return evaluated
    with _quiet():
        postpone()
        import great_expectations as gx

        from expectations import dialect
        from expectations.gx_suite import declare

        dialect.register()
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False, "metric_calculations": False}
        url = f"postgresql+duckdb:///{work / 'night.duckdb'}?access_mode=read_only"
        if max(seen.rows for seen in looked.values()) <= _ROW_GROUP:
            url += "&threads=1"
        store = context.data_sources.add_sql(name="night", connection_string=url, create_temp_table=False)
        try:
            for source, seen in looked.items():
                catalogue = rules.catalogues[source]
                declared = declare(rules, catalogue, seen.parts, seen.numbers, seen.filled)
                suite = gx.ExpectationSuite(name=source, expectations=[d.expectation for d in declared])
                asset = store.add_table_asset(name=source, table_name=rows_table(source))
                batch = asset.add_batch_definition_whole_table("night").get_batch()
                result = batch.validate(suite, result_format={"result_format": "BASIC"})
                with _noted(evaluated):
                    counted = _counts(source, [d.key for d in declared], result)
                    evaluated.rows += _ledger_rows(number, source, catalogue, seen, declared, counted)
                    evaluated.lines += _lines(rules.sources[source].title_zh, catalogue, seen, declared, counted)
                    native = sum(d.native for d in declared)
                    evaluated.summary[source] = {
                        "rows": seen.rows,
                        "expectations": len(declared),
                        "native": native,
                        "passed_through": len(declared) - native,
                        "failing": {d.key: counted[d.key][1] for d in declared if counted[d.key][1]},
                    }
                    _compare(source, seen, declared, counted)
        finally:
            store.get_execution_engine().engine.dispose()
    return evaluated


def _counts(source: str, keys: list[str], result: Any) -> dict[str, tuple[int | None, int]]:
    """Cells looked at (where reported) and failing, by key.

    Raises when an expectation did not run or failed to run.
    """
    counted: dict[str, tuple[int | None, int]] = {}
    for one in result.results:
        key = one.expectation_config.meta["key"]
        for raised in _exceptions(one.exception_info):
            raise EnginesDisagree(f"{source} {key}: {raised}")
        outcome = one.result
        if "unexpected_count" in outcome:
            seen = outcome["element_count"] - outcome.get("missing_count", 0)
            # the sum over no rows at all is null
            counted[key] = (seen, outcome["unexpected_count"] if outcome["element_count"] else 0)
        elif "observed_value" in outcome:
            counted[key] = (None, int(outcome["observed_value"]))
        else:
            raise EnginesDisagree(f"{source} {key}: no count in {dict(outcome)}")
    if sorted(counted) != sorted(keys) or len(result.results) != len(keys):
        missing = sorted(set(keys) - set(counted))
        raise EnginesDisagree(f"{source}: {len(keys)} expectations declared, {len(result.results)} evaluated {missing}")
    return counted


def _exceptions(info: dict[str, Any] | None) -> list[str]:
    """Messages of raised exceptions: directly in ``info``, or one level down, by metric."""
    entries = [info or {}, *(value for value in (info or {}).values() if isinstance(value, dict))]
    return [str(one.get("exception_message")) for one in entries if one.get("raised_exception")]


def _compare(source: str, seen_by_us: _Looked, declared: list[Any], counted: dict[str, tuple[int | None, int]]) -> None:
    """Every check is asked for, in every part that is filled in; same cells looked at (where both say so), same failing."""
    asked = {(one.check.id, one.part) for one in declared}
    for check_id in seen_by_us.checks:
        numbers = seen_by_us.numbers.get(check_id, [])
        expected: set[tuple[str, int | None]] = {(check_id, number) for number in numbers if number in seen_by_us.filled}
        if len(numbers) != 1 or not expected:
            expected.add((check_id, None))
        if expected - asked:
            raise EnginesDisagree(f"{source} {check_id}: no expectation of {sorted(map(str, expected - asked))}")
    for number in sorted(set(range(len(seen_by_us.parts))) - seen_by_us.filled):
        if seen_by_us.cells[number] != (0, 0):
            raise EnginesDisagree(f"{source} part {number}: nothing is filled in, SQL {seen_by_us.cells[number]}")
    for one in declared:
        seen, failing = counted[one.key]
        ours = seen_by_us.cells[one.part] if one.part is not None else seen_by_us.checks[one.check.id]
        if failing != ours[1] or (seen is not None and seen != ours[0]):
            counts = f"report engine {(seen, failing)}" if one.native else f"the same SQL run again {failing}"
            raise EnginesDisagree(f"{source} {one.key}: {counts}, SQL {ours}")


def _ledger_rows(
    number: int,
    source: str,
    catalogue: SourceCatalogue,
    seen_by_us: _Looked,
    declared: list[Any],
    counted: dict[str, tuple[int | None, int]],
) -> list[dict[str, Any]]:
    """A row per check for what the report engine counts by its own means (cells), and one for our SQL run again (rows)."""
    rows = []
    for check in catalogue.checks:
        native, again = _of_check(declared, check)
        common = {"night": number, "check_id": check.id, "source": source, "severity": check.severity}
        if native:
            looked = sum(seen_by_us.cells[one.part][0] for one in native if one.part is not None)
            failed = sum(counted[one.key][1] for one in native)
            observed = sentence("counted_by_the_engine", count=len(native), failed=failed)
            rows.append(common | _outcome(ENGINE, check, looked, failed, observed))
        if again:
            looked, failed = seen_by_us.checks[check.id][0], counted[_whole(again).key][1]
            observed = sentence("run_again", count=len(again), failed=failed)
            rows.append(common | _outcome(AGAIN, check, looked, failed, observed))
    return rows


def _of_check(declared: list[Any], check: Check) -> tuple[list[Any], list[Any]]:
    """Native expectations of a check, and those that run our SQL."""
    expectations = [one for one in declared if one.check.id == check.id]
    return [one for one in expectations if one.native], [one for one in expectations if not one.native]


def _whole(expectations: list[Any]) -> Any:
    """Of several expectations that run our SQL the one over the check as a whole."""
    return next((one for one in expectations if one.part is None), expectations[0])


def _status(check: Check, looked: int, failed: int) -> CheckStatus:
    if failed:
        return CheckStatus.FAIL if check.severity == "error" else CheckStatus.WARN
    return CheckStatus.PASS if looked else CheckStatus.NO_DATA


def _outcome(engine: str, check: Check, looked: int, failed: int, observed: str) -> dict[str, Any]:
    return {
        "engine": engine,
        "status": str(_status(check, looked, failed)),
        "observed": observed,
        "expected": check.meaning_zh,
        "rows_checked": looked,
        "rows_failed": failed,
    }


def _lines(
    title: str,
    catalogue: SourceCatalogue,
    seen_by_us: _Looked,
    declared: list[Any],
    counted: dict[str, tuple[int | None, int]],
) -> list[datadocs.EngineCheck]:
    """What the report says of each check of a source: rows as the gate counts them."""
    lines = []
    for check in catalogue.checks:
        native, again = _of_check(declared, check)
        if native or again:
            looked = seen_by_us.checks[check.id][0]
            failed = counted[_whole(again).key][1] if again else sum(counted[one.key][1] for one in native)
            status = str(_status(check, looked, failed))
            lines.append(datadocs.EngineCheck(title, check.title_zh, len(native), len(again), looked, failed, status))
    return lines
