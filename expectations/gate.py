"""The gate: SQL from the rule catalogue decides which of tonight's submissions are accepted.

Order of judgement: what ingest found → accounting of the rows → checks of rows and of single submissions →
contradictions between submissions of one night → main schools and last year, on what is left. A refused submission is
not judged further; the checks it no longer took part in are ``did_not_run``, which is red and can only happen to a
refused submission.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date

import duckdb

from expectations.catalogue import Rules, SourceCatalogue
from expectations.conditions import CROSS_TESTS, NoContradiction
from expectations.cross import CheckedRows, contradictions, settle
from expectations.history import load_history
from expectations.judgement import Judgement, NotParsed, account, check_row, enter_outcomes, enter_refusal
from expectations.night_tables import write_tables
from expectations.parsed import enter_notes, judge_parse
from expectations.rowchecks import judge_rows, judge_submissions
from expectations.sentences import sentence
from expectations.told_apart import told_apart
from expectations.workspace import (
    Delivery,
    load_codes,
    load_deliveries,
    load_rows,
    rows_table,
)
from ingest.shapes import named_twice
from ingest.values.faults import Refusal
from ingest.values.quotes import file_label
from junheng.core.home import Home
from junheng.core.ledger import Ledger, NightPlan, OpenNight
from junheng.core.records import CheckStatus, Covered, ParseResult, Status
from junheng.core.sql import records

_SETTINGS: dict[str, bool | int | float | str | list[str]] = {"disabled_optimizers": "in_clause"}
"""A list of values stays a comparison: DuckDB makes a join of each, and plans them for longer than it takes to judge a file."""


def judge(home: Home, night: OpenNight, rules: Rules | None = None) -> None:
    """Judge the open night and write its tables. Repeating it gives the same tables.

    Raises NotParsed when a candidate was never parsed.
    """
    rules = rules or Rules.load()
    plan = night.plan
    judgements = _received(plan, night.results(), rules)
    for judgement in judgements:
        judge_parse(night.rows, judgement)
    con = duckdb.connect(":memory:", config=_SETTINGS)
    try:
        load_codes(con, rules)
        load_deliveries(con, [j.delivery for j in judgements if j.delivery])
        for source, catalogue in rules.catalogues.items():
            parsed = [j for j in judgements if j.delivery and j.delivery.source == source and not j.refused]
            if parsed:
                _judge_source(con, rules, home, night.rows, catalogue, date.fromisoformat(plan.as_of), parsed)
    finally:
        con.close()
    write_tables(night, plan, judgements + _of_copies(home, night, plan, judgements))


def _of_copies(home: Home, night: OpenNight, plan: NightPlan, judgements: list[Judgement]) -> list[Judgement]:
    """What becomes of copies: refused like the file with the same bytes that was judged for them, else told."""
    copies = [*(result for result in night.results() if result.copy_of), *plan.copies]
    if not copies:
        return []
    judged = {row["submission_id"]: row for row in Ledger(home).table("submissions").to_pylist()}
    known = {(row["sha256"], row["file_name"]): row for row in judged.values()}
    tonight = {(j.result.sha256, j.result.file_name): j for j in judgements}
    judgements_of_copies = []
    for copy in copies:
        before = judged.get(copy.submission_id)
        judgement = Judgement(copy, before["delivery_night"] if before else plan.number)
        place = copy.sha256, copy.copy_of
        if head := tonight.get(place):
            refusal = (head.reason, head.fix) if head.refused else None
        else:
            row = known.get(place) or judged.get(copy.sha256[:16])
            refusal = (row["reason"], row["fix"]) if row and row["status"] == Status.REFUSED else None
        if refusal:
            judgement.refuse(*refusal)
            enter_refusal(judgement)
        else:
            notice = Refusal("same_content", path=copy.copy_of)
            judgement.repeated, judgement.reason, judgement.fix = True, notice.what, notice.fix
        tonight[copy.sha256, copy.file_name] = judgement  # a copy of its folder may speak for others there
        judgements_of_copies.append(judgement)
    return judgements_of_copies


def _received(plan: NightPlan, results: list[ParseResult], rules: Rules) -> list[Judgement]:
    """One judgement per submission; the same bytes under several paths are one.

    A copy in a wrong folder has a result under an id of its own, which is no candidate's: it is judged by its path.
    """
    parsed = {result.submission_id: result for result in results if not result.copy_of}
    nights: dict[str, int] = {}
    for candidate in plan.candidates:
        known = nights.get(candidate.file.submission_id, 0)
        nights[candidate.file.submission_id] = max(known, candidate.delivery_night)
    missing = sorted(nights.keys() - parsed.keys())
    if missing:
        raise NotParsed(", ".join(missing))
    judgements = [Judgement(replace(result, refused=True), plan.number) for result in plan.unreadable]
    by_path = {file_label(candidate.file.path): candidate.delivery_night for candidate in plan.candidates}
    nights |= {i: by_path.get(result.file_name, plan.number) for i, result in parsed.items() if i not in nights}
    for submission_id, delivery_night in nights.items():
        result = parsed[submission_id]
        judgement = Judgement(result, delivery_night, covered=result.covered)
        if not result.refused:
            judgement.delivery = Delivery(result, rules.contracts[result.contract or ""], delivery_night)
        judgements.append(judgement)
    return judgements


def _judge_source(
    con: duckdb.DuckDBPyConnection,
    rules: Rules,
    home: Home,
    tonight: Home,
    catalogue: SourceCatalogue,
    as_of: date,
    parsed: list[Judgement],
) -> None:
    rows, good = rows_table(catalogue.source), f"good_{catalogue.source}"
    by_id = {j.result.submission_id: j for j in parsed}
    deliveries = [j.delivery for j in parsed if j.delivery]
    load_rows(con, rules, tonight, catalogue.source, list(by_id), table=rows)
    outcomes = judge_rows(con, rules, catalogue, as_of, deliveries, rows=rows, good=good)
    outcomes += judge_submissions(con, rules, catalogue, deliveries, rows=rows, good=good)
    enter_outcomes(by_id, outcomes)
    _account_judged(con, good, parsed)
    _cover(con, catalogue, good, by_id)
    _judge_cross(con, rules, home, catalogue, good, by_id)


def _account_judged(con: duckdb.DuckDBPyConnection, good: str, parsed: list[Judgement]) -> None:
    """Account again for what is left after the checks of rows."""
    query = f"select _submission_id, count(*) as n from {good} group by _submission_id"
    left = {row["_submission_id"]: row["n"] for row in records(con, query)}
    for judgement in parsed:
        if not judgement.refused:
            judgement.taken = left.get(judgement.result.submission_id, 0)
            account(judgement)


def _cover(con: duckdb.DuckDBPyConnection, catalogue: SourceCatalogue, good: str, by_id: dict[str, Judgement]) -> None:
    """What each submission holds, counted from its good rows."""
    covered: dict[str, list[Covered]] = defaultdict(list)
    query = (
        f"select _submission_id, {catalogue.county} as county, {catalogue.year} as year, count(*) as n from {good}"
        " where county is not null and year is not null group by all order by all"
    )
    for row in records(con, query):
        covered[row["_submission_id"]].append(Covered(row["county"], row["year"], row["n"]))
    for submission_id, judgement in by_id.items():
        judgement.covered = covered[submission_id]


def _judge_cross(
    con: duckdb.DuckDBPyConnection,
    rules: Rules,
    home: Home,
    catalogue: SourceCatalogue,
    good: str,
    by_id: dict[str, Judgement],
) -> None:
    """Judge contradictions first, then what depends on everything in force."""
    history = f"history_{catalogue.source}"
    past_names = load_history(con, rules, home, catalogue, history, good)
    names = {**past_names, **{i: j.result.file_name for i, j in by_id.items()}}
    where = CheckedRows(con, rules, catalogue, good, history, names)

    def standing() -> list[Delivery]:
        return [j.delivery for j in by_id.values() if j.delivery and not j.refused]

    for submission_id, notes in told_apart(where, standing()).items():
        before = [note for note in by_id[submission_id].result.notes if note.rule == named_twice.RULE]
        enter_notes(by_id[submission_id], before + notes)
    for check in catalogue.checks:
        if isinstance(check.test, NoContradiction):
            enter_outcomes(by_id, contradictions(where, check, standing()))
    enter_outcomes(by_id, settle(where, standing()))
    for check in catalogue.checks:
        if isinstance(check.test, CROSS_TESTS):
            contracts = {facts.id for facts in rules.contracts_of(catalogue.source, check)}
            for judgement in by_id.values():
                judged = {row["check_id"] for row in judgement.checks}
                if judgement.delivery and judgement.delivery.facts.id in contracts and check.id not in judged:
                    row = check_row("sql", check.id, check.severity, CheckStatus.DID_NOT_RUN, 0, 0)
                    row["expected"], row["observed"] = check.meaning_zh, sentence("not_checked")
                    judgement.checks.append(row)
