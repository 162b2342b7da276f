"""What ingest found in a submission, entered as checks and faults."""

from __future__ import annotations

from collections import Counter

import pyarrow.parquet as pq

from expectations.judgement import INGEST, Judgement, NotParsed, account, check_row, enter_refusal, more_faults
from expectations.sentences import sentence
from ingest.values import faults
from junheng.core.home import Home
from junheng.core.records import CheckStatus, Fault, ParseResult


def judge_parse(rows: Home, judgement: Judgement) -> None:
    """Enter what ingest found, and count the rows it wrote."""
    result, delivery = judgement.result, judgement.delivery
    judgement.kept, judgement.aside = _rows_in_files(rows, result)
    judgement.taken = judgement.kept
    for rule, number in Counter(fault.rule for fault in result.faults).items():
        judgement.checks.append(check_row("ingest", INGEST + rule, "error", CheckStatus.FAIL, result.rows_read, number))
    for fault in result.faults:
        place = {"sheet": fault.sheet, "row": fault.row, "column": fault.column, "value": fault.value}
        judgement.faults.append({**place, "rule": INGEST + fault.rule, "guidance": fault.guidance})
    if result.unknown_columns:
        row = check_row("ingest", INGEST + "unknown_columns", "warn", CheckStatus.WARN, result.rows_read, 0)
        judgement.checks.append(row | {"observed": sentence("unknown_columns", columns="、".join(result.unknown_columns))})
    if result.left_out:
        row = check_row("ingest", INGEST + "left_out_lines", "warn", CheckStatus.PASS, result.rows_read, 0)
        judgement.checks.append(row | {"observed": "；".join(result.left_out)})
    if result.hidden_cells:
        row = check_row("ingest", INGEST + "hidden_cells", "warn", CheckStatus.PASS, result.rows_read, 0)
        judgement.checks.append(row | {"observed": sentence("hidden_cells", places="；".join(result.hidden_cells))})
    enter_notes(judgement, result.notes)
    if result.refused:
        judgement.refuse(result.reason, result.fix)
        if not result.faults:
            enter_refusal(judgement)
        if result.rows_read:
            account(judgement)
        return
    if delivery is None:
        raise NotParsed(result.submission_id)
    account(judgement)
    if delivery.facts.on_bad_row == "refuse" and result.faults:
        judgement.refuse(result.faults[0].guidance + more_faults(len(result.faults) - 1), sentence("correct_and_export"))


def enter_notes(judgement: Judgement, notes: list[Fault]) -> None:
    """Enter what is told and costs nothing, each rule once."""
    numbers = Counter(note.rule for note in notes)
    for rule, observed in faults.told_notes(notes).items():
        is_warning = faults.rules()[rule].scope == "warning"
        status, failed = (CheckStatus.WARN, numbers[rule]) if is_warning else (CheckStatus.PASS, 0)
        row = check_row("ingest", INGEST + rule, "warn", status, judgement.result.rows_read, failed)
        judgement.checks = [check for check in judgement.checks if check["check_id"] != INGEST + rule] + [
            row | {"observed": observed}
        ]


def _rows_in_files(rows: Home, result: ParseResult) -> tuple[int, int]:
    """Rows in bronze and in quarantine; a copy in a wrong folder has its files under the id of its content."""
    if result.source is None:
        return 0, 0
    submission_id = result.submission_id if result.part else result.sha256[:16]
    files = rows.bronze_file(result.source, submission_id), rows.quarantine_file(result.source, submission_id)
    kept, aside = (pq.read_metadata(path).num_rows if path.is_file() else 0 for path in files)
    return kept, aside
