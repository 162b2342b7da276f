"""What becomes of one submission, and how findings are entered in it.

Faults that cost a row or a file are listed in ``quarantined_rows``; a warning costs nothing and names its first place
in ``check_results.observed``.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from expectations.conditions import MinRows
from expectations.findings import Outcome
from expectations.sentences import sentence
from expectations.workspace import (
    Delivery,
)
from junheng.core.records import ACCOUNTED, CheckStatus, Covered, ParseResult, Status

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


def enter_refusal(judgement: Judgement) -> None:
    """Enter a refusal of which nothing else is known as a check and a fault."""
    judgement.checks.append(check_row("ingest", "ingest.refused", "error", CheckStatus.FAIL, 0, 0))
    judgement.faults.append({"rule": "ingest.refused", "guidance": judgement.reason + judgement.fix})


def account(judgement: Judgement) -> None:
    """Compare the rows read with the rows accepted and quarantined; enter the result, once per submission."""
    read, accepted, aside = judgement.result.rows_read, judgement.rows_accepted, judgement.rows_quarantined
    off = abs(read - accepted - aside)
    row = check_row("ingest", ACCOUNTED, "error", CheckStatus.ERROR if off else CheckStatus.PASS, read, off)
    row["expected"] = sentence("rows_read", read=read)
    row["observed"] = sentence("rows_placed", accepted=accepted, aside=aside)
    judgement.checks = [check for check in judgement.checks if check["check_id"] != ACCOUNTED] + [row]
    if off:
        reason = sentence("rows_do_not_add_up", read=read, accepted=accepted, aside=aside) + "。"
        fix = sentence("ask_the_administrator")
        judgement.faults.append({"rule": ACCOUNTED, "guidance": reason + fix})
        judgement.refuse(reason, fix)


def enter_outcomes(by_id: dict[str, Judgement], outcomes: list[Outcome]) -> None:
    """Enter outcomes in the judgements: results, listed faults, refusals with the first fault as reason."""
    refusing: dict[str, list[Outcome]] = defaultdict(list)
    setting_aside: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        judgement, check = by_id[outcome.submission_id], outcome.check
        delivery = judgement.delivery
        status = CheckStatus.NO_DATA if outcome.checked == 0 and outcome.failed == 0 else CheckStatus.PASS
        if outcome.failed:
            status = CheckStatus.FAIL if check.severity == "error" else CheckStatus.WARN
        row = check_row("sql", check.id, check.severity, status, outcome.checked, outcome.failed)
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
    for submission_id, refusals in refusing.items():
        lead = ""
        if isinstance(refusals[0].check.test, MinRows) and submission_id in setting_aside:  # say why no row is left
            lead, reasons = f"{refusals[0].findings[0].text}：", setting_aside[submission_id]
        else:
            reasons = refusals
        more = sum(outcome.faults for outcome in reasons) - 1
        text = f"{lead}{reasons[0].findings[0].text}。{more_faults(more)}"
        by_id[submission_id].refuse(text, f"{reasons[0].check.fix_zh}。")
        by_id[submission_id].refused_with = sorted({i for outcome in refusals for i in outcome.refused_with})


def more_faults(count: int) -> str:
    """That there are so many more; nothing where there are none."""
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


def check_row(engine: str, check_id: str, severity: str, status: CheckStatus, checked: int, failed: int) -> dict[str, Any]:
    """A row of ``check_results``, but for where."""
    return {
        "engine": engine,
        "check_id": check_id,
        "severity": severity,
        "status": str(status),
        "rows_checked": checked,
        "rows_failed": failed,
    }
