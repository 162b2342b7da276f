"""The gate: SQL from the rule catalogue decides which of tonight's submissions are accepted.

Order of judgement: what ingest found → accounting of the rows → checks of rows and of single submissions →
contradictions between submissions of one night → main schools and last year, on what is left. A refused submission is
not judged further; the checks it no longer took part in are ``did_not_run``, which is red and can only happen to a
refused submission.

Faults that cost a row or a file are listed in ``quarantined_rows``; a warning costs nothing and names its first place
in ``check_results.observed``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import duckdb
import pyarrow.parquet as pq

from expectations.catalogue import CROSS_TESTS, MinRows, NoContradiction, Rules, SourceCatalogue
from expectations.cross import CheckedRows, contradictions, settle
from expectations.findings import Outcome
from expectations.rowchecks import judge_rows, judge_submissions
from expectations.sentences import sentence
from expectations.told_apart import told_apart
from expectations.workspace import (
    Delivery,
    create_from_arrow,
    load_codes,
    load_deliveries,
    load_rows,
    rows_table,
)
from ingest.schema.areas import area_prefix
from ingest.shapes import named_twice
from ingest.values import faults
from ingest.values.faults import Refusal
from ingest.values.quotes import file_label
from junheng.core.home import Home
from junheng.core.ledger import Ledger, NightPlan, OpenNight
from junheng.core.records import ACCOUNTED, CheckStatus, Covered, Fault, ParseResult, Status
from junheng.core.sql import records

INGEST = "ingest."
"""Prefix of the rules that ingest applies."""


class NotParsed(RuntimeError):
    """A candidate has no parse result: the night is incomplete and cannot be judged."""


@dataclass
class Judgement:
    """What becomes of one submission."""

    result: ParseResult
    delivery_night: int
    delivery: Delivery | None = None
    covered: list[Covered] = field(default_factory=list)
    refused: bool = False
    repeated: bool = False
    """The copy of a file that was not refused."""
    reason: str = ""
    fix: str = ""
    refused_with: list[str] = field(default_factory=list)
    kept: int = 0
    """Rows in its bronze file."""
    aside: int = 0
    """Rows in its quarantine file."""
    taken: int = 0
    """Rows that would be accepted: those in bronze, and once they are judged the good ones."""
    checks: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, reason: str, fix: str) -> None:
        """Refuse it; the first reason stands."""
        if not self.refused:
            self.refused, self.reason, self.fix = True, reason, fix

    @property
    def status(self) -> Status:
        """How the ledger says it."""
        if self.refused:
            return Status.REFUSED
        return Status.REPEATED if self.repeated else Status.ACCEPTED

    @property
    def rows_given_up(self) -> int:
        """Rows of bronze that the list of faults names, which is what the marts leave out."""
        mine = [fault for fault in self.faults if not fault["rule"].startswith(INGEST)]
        return len({(fault.get("sheet"), fault["row"]) for fault in mine if fault.get("row") is not None})

    @property
    def rows_accepted(self) -> int:
        """Rows accepted, counted without a look at those quarantined."""
        return 0 if self.refused else self.taken

    @property
    def rows_quarantined(self) -> int:
        """Rows quarantined, counted without a look at those accepted; of a refused file every row."""
        return self.aside + (self.kept if self.refused else self.rows_given_up)


def judge(home: Home, night: OpenNight, rules: Rules | None = None) -> None:
    """Judge the open night and write its tables. Repeating it gives the same tables.

    Raises NotParsed when a candidate was never parsed.
    """
    rules = rules or Rules.load()
    plan = night.plan
    judgements = _received(plan, night.results(), rules)
    for judgement in judgements:
        _judge_parse(night.rows, judgement)
    con = duckdb.connect(":memory:")
    try:
        load_codes(con, rules)
        load_deliveries(con, [j.delivery for j in judgements if j.delivery])
        for source, catalogue in rules.catalogues.items():
            parsed = [j for j in judgements if j.delivery and j.delivery.source == source and not j.refused]
            if parsed:
                _judge_source(con, rules, home, night.rows, catalogue, date.fromisoformat(plan.as_of), parsed)
    finally:
        con.close()
    _write(night, plan, judgements + _of_copies(home, night, plan, judgements))


def _of_copies(home: Home, night: OpenNight, plan: NightPlan, judgements: list[Judgement]) -> list[Judgement]:
    """What becomes of copies: refused like the file with the same bytes that was judged for them, else told."""
    copies = [*(result for result in night.results() if result.copy_of), *plan.copies]
    if not copies:
        return []
    judged = {row["submission_id"]: row for row in Ledger(home).table("submissions").to_pylist()}
    known = {(row["sha256"], row["file_name"]): row for row in judged.values()}
    tonight = {(j.result.sha256, j.result.file_name): j for j in judgements}
    found = []
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
            _enter_refusal(judgement)
        else:
            told = Refusal("same_content", path=copy.copy_of)
            judgement.repeated, judgement.reason, judgement.fix = True, told.what, told.fix
        tonight[copy.sha256, copy.file_name] = judgement  # a copy of its folder may speak for others there
        found.append(judgement)
    return found


def _enter_refusal(judgement: Judgement) -> None:
    """Enter a refusal of which nothing else is known as a check and a fault."""
    judgement.checks.append(_check_row("ingest", "ingest.refused", "error", CheckStatus.FAIL, 0, 0))
    judgement.faults.append({"rule": "ingest.refused", "guidance": judgement.reason + judgement.fix})


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


def _judge_parse(rows: Home, judgement: Judgement) -> None:
    """Enter what ingest found, and count the rows it wrote."""
    result, delivery = judgement.result, judgement.delivery
    judgement.kept, judgement.aside = _rows_in_files(rows, result)
    judgement.taken = judgement.kept
    for rule, number in Counter(fault.rule for fault in result.faults).items():
        judgement.checks.append(_check_row("ingest", INGEST + rule, "error", CheckStatus.FAIL, result.rows_read, number))
    for fault in result.faults:
        place = {"sheet": fault.sheet, "row": fault.row, "column": fault.column, "value": fault.value}
        judgement.faults.append({**place, "rule": INGEST + fault.rule, "guidance": fault.guidance})
    if result.unknown_columns:
        row = _check_row("ingest", INGEST + "unknown_columns", "warn", CheckStatus.WARN, result.rows_read, 0)
        judgement.checks.append(row | {"observed": sentence("unknown_columns", columns="、".join(result.unknown_columns))})
    if result.left_out:
        row = _check_row("ingest", INGEST + "left_out_lines", "warn", CheckStatus.PASS, result.rows_read, 0)
        judgement.checks.append(row | {"observed": "；".join(result.left_out)})
    if result.hidden_cells:
        row = _check_row("ingest", INGEST + "hidden_cells", "warn", CheckStatus.PASS, result.rows_read, 0)
        judgement.checks.append(row | {"observed": sentence("hidden_cells", places="；".join(result.hidden_cells))})
    _enter_notes(judgement, result.notes)
    if result.refused:
        judgement.refuse(result.reason, result.fix)
        if not result.faults:
            _enter_refusal(judgement)
        if result.rows_read:
            _account(judgement)
        return
    if delivery is None:
        raise NotParsed(result.submission_id)
    _account(judgement)
    if delivery.facts.on_bad_row == "refuse" and result.faults:
        judgement.refuse(result.faults[0].guidance + _more_faults(len(result.faults) - 1), sentence("correct_and_export"))


def _enter_notes(judgement: Judgement, notes: list[Fault]) -> None:
    """Enter what is told and costs nothing, each rule once."""
    numbers = Counter(note.rule for note in notes)
    for rule, told in faults.told_notes(notes).items():
        is_warning = faults.rules()[rule].scope == "warning"
        status, failed = (CheckStatus.WARN, numbers[rule]) if is_warning else (CheckStatus.PASS, 0)
        row = _check_row("ingest", INGEST + rule, "warn", status, judgement.result.rows_read, failed)
        judgement.checks = [check for check in judgement.checks if check["check_id"] != INGEST + rule] + [
            row | {"observed": told}
        ]


def _rows_in_files(rows: Home, result: ParseResult) -> tuple[int, int]:
    """Rows in bronze and in quarantine; a copy in a wrong folder has its files under the id of its content."""
    if result.source is None:
        return 0, 0
    submission_id = result.submission_id if result.part else result.sha256[:16]
    files = rows.bronze_file(result.source, submission_id), rows.quarantine_file(result.source, submission_id)
    kept, aside = (pq.read_metadata(path).num_rows if path.is_file() else 0 for path in files)
    return kept, aside


def _account(judgement: Judgement) -> None:
    """Compare the rows read with the rows accepted and quarantined; enter the result, once per submission."""
    read, accepted, aside = judgement.result.rows_read, judgement.rows_accepted, judgement.rows_quarantined
    off = abs(read - accepted - aside)
    row = _check_row("ingest", ACCOUNTED, "error", CheckStatus.ERROR if off else CheckStatus.PASS, read, off)
    row["expected"] = sentence("rows_read", read=read)
    row["observed"] = sentence("rows_placed", accepted=accepted, aside=aside)
    judgement.checks = [check for check in judgement.checks if check["check_id"] != ACCOUNTED] + [row]
    if off:
        reason = sentence("rows_do_not_add_up", read=read, accepted=accepted, aside=aside) + "。"
        fix = sentence("ask_the_administrator")
        judgement.faults.append({"rule": ACCOUNTED, "guidance": reason + fix})
        judgement.refuse(reason, fix)


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
    _enter(by_id, outcomes)
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
            _account(judgement)


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
    past_names = _load_history(con, rules, home, catalogue, history, good)
    names = {**past_names, **{i: j.result.file_name for i, j in by_id.items()}}
    where = CheckedRows(con, rules, catalogue, good, history, names)

    def standing() -> list[Delivery]:
        return [j.delivery for j in by_id.values() if j.delivery and not j.refused]

    for submission_id, told in told_apart(where, standing()).items():
        before = [note for note in by_id[submission_id].result.notes if note.rule == named_twice.RULE]
        _enter_notes(by_id[submission_id], before + told)
    for check in catalogue.checks:
        if isinstance(check.test, NoContradiction):
            _enter(by_id, contradictions(where, check, standing()))
    _enter(by_id, settle(where, standing()))
    for check in catalogue.checks:
        if isinstance(check.test, CROSS_TESTS):
            contracts = {facts.id for facts in rules.contracts_of(catalogue.source, check)}
            for judgement in by_id.values():
                judged = {row["check_id"] for row in judgement.checks}
                if judgement.delivery and judgement.delivery.facts.id in contracts and check.id not in judged:
                    row = _check_row("sql", check.id, check.severity, CheckStatus.DID_NOT_RUN, 0, 0)
                    row["expected"], row["observed"] = check.meaning_zh, sentence("not_checked")
                    judgement.checks.append(row)


def _load_history(
    con: duckdb.DuckDBPyConnection,
    rules: Rules,
    home: Home,
    catalogue: SourceCatalogue,
    history: str,
    good: str,
) -> dict[str, str]:
    """Create the table of accepted rows that tonight's may meet: those of the same counties, this year and last.

    Returns the file names of its submissions.
    """
    ledger = Ledger(home)
    for table in ("submissions", "coverage", "quarantined_rows"):
        create_from_arrow(con, f"past_{table}", ledger.table(table))
    found = records(
        con,
        f"""
        with wanted as (
            select distinct {catalogue.county} as county, {catalogue.year} - back.n as year
            from {good}, (values (0), (1)) as back (n)
        )
        select distinct s.submission_id, s.delivery_night, s.night, s.contract, s.file_name, s.area_code, s.sha256,
            s.folder_school_year
        from past_submissions as s
        inner join past_coverage as c on c.submission_id = s.submission_id and c.night = s.night
        inner join wanted on wanted.county = c.county_code and wanted.year = c.school_year
        where s.status = ? and s.source = ?
        """,
        Status.ACCEPTED,
        catalogue.source,
    )
    past = []
    for row in found:
        result = ParseResult(row["submission_id"], row["sha256"], row["file_name"], row["area_code"], row["folder_school_year"])
        past.append(Delivery(result, rules.contracts[row["contract"]], row["delivery_night"]))
    load_deliveries(con, past, "past_deliveries")
    ids = sorted({d.id for d in past})
    load_rows(con, rules, home, catalogue.source, ids, table=history, deliveries="past_deliveries")
    con.execute(
        f"""
        delete from {history} as r using past_quarantined_rows as q
        where q.submission_id = r._submission_id and q.row = r._row and q.sheet is not distinct from r._sheet
            and q.night = (
                select max(s.night) from past_submissions as s
                where s.submission_id = r._submission_id and s.delivery_night = r._delivery_night
            )
        """
    )
    return {d.id: d.result.file_name for d in past}


def _enter(by_id: dict[str, Judgement], outcomes: list[Outcome]) -> None:
    """Enter outcomes in the judgements: results, listed faults, refusals with the first fault as reason."""
    refusing: dict[str, list[Outcome]] = defaultdict(list)
    setting_aside: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        judgement, check = by_id[outcome.submission_id], outcome.check
        delivery = judgement.delivery
        status = CheckStatus.NO_DATA if outcome.checked == 0 and outcome.failed == 0 else CheckStatus.PASS
        if outcome.failed:
            status = CheckStatus.FAIL if check.severity == "error" else CheckStatus.WARN
        row = _check_row("sql", check.id, check.severity, status, outcome.checked, outcome.failed)
        row["expected"] = check.meaning_zh
        row["observed"] = _observed(outcome)
        judgement.checks.append(row)
        if not outcome.refuses or delivery is None:
            continue
        judgement.faults += _fault_rows(outcome)
        if check.scope == "submission" or delivery.facts.on_bad_row == "refuse":
            refusing[outcome.submission_id].append(outcome)
        else:
            setting_aside[outcome.submission_id].append(outcome)
    for submission_id, found in refusing.items():
        lead = ""
        if isinstance(found[0].check.test, MinRows) and submission_id in setting_aside:  # say why no row is left
            lead, told = f"{found[0].findings[0].text}：", setting_aside[submission_id]
        else:
            told = found
        more = sum(outcome.faults for outcome in told) - 1
        text = f"{lead}{told[0].findings[0].text}。{_more_faults(more)}"
        by_id[submission_id].refuse(text, f"{told[0].check.fix_zh}。")
        by_id[submission_id].refused_with = sorted({i for outcome in found for i in outcome.refused_with})


def _more_faults(count: int) -> str:
    return sentence("more_faults", count=count) if count > 0 else ""


def _observed(outcome: Outcome) -> str:
    if outcome.findings:
        text = outcome.findings[0].text
        return sentence("first_of_many", text=text, count=outcome.faults) if outcome.faults > 1 else text
    return sentence("all_pass", count=outcome.checked) if outcome.checked else sentence("nothing_to_check")


def _fault_rows(outcome: Outcome) -> list[dict[str, Any]]:
    check = outcome.check
    rows = [
        {
            "sheet": finding.sheet,
            "row": finding.row,
            "column": finding.column,
            "value": finding.value,
            "rule": check.id,
            "guidance": f"{finding.text}。{check.fix_zh}。",
        }
        for finding in outcome.findings
    ]
    unlisted = outcome.faults - len(outcome.findings)
    if unlisted > 0:
        text = sentence("more_of_a_kind", title=check.title_zh, count=unlisted)
        rows.append({"rule": check.id, "guidance": f"{text}。{check.fix_zh}。"})
    return rows


def _check_row(engine: str, check_id: str, severity: str, status: CheckStatus, checked: int, failed: int) -> dict[str, Any]:
    return {
        "engine": engine,
        "check_id": check_id,
        "severity": severity,
        "status": str(status),
        "rows_checked": checked,
        "rows_failed": failed,
    }


def _write(night: OpenNight, plan: NightPlan, judgements: list[Judgement]) -> None:
    """Write the tables of the night that say what was judged."""
    number = plan.number
    submissions, coverage, checks, faults = [], [], [], []
    for judgement in judgements:
        result = judgement.result
        places = {(c.county_code, c.school_year) for c in judgement.covered}
        counties, years = {p[0] for p in places}, {p[1] for p in places}
        covers = judgement.delivery.facts.covers if judgement.delivery else result.covers
        submissions.append(
            {
                "night": number,
                "delivery_night": judgement.delivery_night,
                "submission_id": result.submission_id,
                "sha256": result.sha256,
                "file_name": result.file_name,
                "area_code": result.area_code,
                "area_prefix": area_prefix(result.area_code) if result.area_code else None,
                "folder_school_year": result.folder_school_year,
                "source": result.source,
                "contract": result.contract,
                "covers": covers,
                "status": str(judgement.status),
                "reason": judgement.reason,
                "fix": judgement.fix,
                "refused_with": judgement.refused_with,
                "rows_read": result.rows_read,
                "rows_parsed": result.rows_parsed,
                "rows_accepted": judgement.rows_accepted,
                "rows_quarantined": judgement.rows_quarantined,
                "rules_version": plan.rules_version,
            }
        )
        coverage += [
            {
                "night": number,
                "delivery_night": judgement.delivery_night,
                "submission_id": result.submission_id,
                "source": result.source,
                "covers": covers,
                "county_code": c.county_code,
                "school_year": c.school_year,
                "rows": c.rows,
            }
            for c in judgement.covered
        ]
        where = {
            "night": number,
            "source": result.source,
            "submission_id": result.submission_id,
            "county_code": next(iter(counties)) if len(counties) == 1 else None,
            "school_year": next(iter(years)) if len(years) == 1 else None,
        }
        checks += [{**where, **row} for row in judgement.checks]
        own = {"night": number, "submission_id": result.submission_id, "file_name": result.file_name}
        faults += [{**own, **row} for row in judgement.faults]
    night.write_table("submissions", submissions)
    night.write_table("coverage", coverage)
    night.write_table("check_results", checks)
    night.write_table("quarantined_rows", faults)
