"""The life of an issue told from docs/adr/0007-issue-ledger.md in plain Python.

It reads the tables of rules and shares nothing else with the models.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.oracle.build import PROJECT

Event = dict[str, Any]
SEEDS = PROJECT / "seeds" / "issues"
_NAMES = re.compile(r"[;；]")


def seed(name: str, folder: Path = SEEDS) -> list[dict[str, str]]:
    """Rows of a seed; an empty cell is an empty text."""
    with open(folder / f"{name}.csv", encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _entries(text: str | None) -> list[str]:
    return [entry for entry in _NAMES.split(text or "") if entry.strip()]


@dataclass(frozen=True)
class Issue:
    """What is known of an issue after some of its events."""

    state: str = "none"
    lead_unit: str | None = None
    cooperating_units: str | None = None
    deadline: date | None = None
    original_deadline: date | None = None
    evidence: int = 0
    """Since it was last opened."""
    all_evidence: int = 0
    extension_asked: bool = False
    reopened: int = 0
    rechecks: int = 0
    closed_on: date | None = None
    closed_by: str | None = None


@dataclass(frozen=True)
class Step:
    """One event in its place: what it made of the issue, or the code of its refusal."""

    event_id: str
    seq: int
    before: Issue
    after: Issue
    refusal: str | None


@dataclass
class Rules:
    """The tables of rules."""

    types: dict[str, dict[str, str]] = field(default_factory=lambda: {r["event_type"]: r for r in seed("issue_event_types")})
    moves: dict[tuple[str, str], str] = field(
        default_factory=lambda: {(r["from_state"], r["event_type"]): r["to_state"] for r in seed("issue_transitions")}
    )
    settings: dict[str, str] = field(default_factory=lambda: {r["setting"]: r["value"] for r in seed("issue_settings")})

    def refusal(self, issue: Issue, event: Event) -> str | None:
        """Why the event may not happen now; None when it may."""
        kind = self.types[event["event_type"]]
        if (issue.state, event["event_type"]) not in self.moves:
            return "transition"
        if event["actor_role"] not in _entries(kind["actor_roles"]):
            return "role"
        if any(event.get(name) is None for name in _entries(kind["required_fields"])):
            return "field"
        approvals = self.settings.get(kind["approval_setting"], "")
        if approvals and event.get("approvals") != approvals:
            return "approval"
        if event["happened_on"] > event["received_on"]:
            return "future"
        if kind["forbids_lead_unit"] == "true":
            if event["actor_unit"] is None:
                return "actor_unknown"
            if issue.lead_unit is None:
                return "lead_unknown"
            if event["actor_unit"] in _entries(issue.lead_unit) + _entries(issue.cooperating_units):
                return "own_unit"
        if kind["needs_evidence"] == "true" and issue.evidence + self.evidence(event) == 0:
            return "evidence"
        if kind["needs_request"] == "true" and not issue.extension_asked:
            return "request"
        late = issue.deadline is not None and event.get("deadline") is not None and event["deadline"] > issue.deadline
        return "later_deadline" if kind["deadline_rule"] == "not_later" and late else None

    def evidence(self, event: Event) -> int:
        """Pieces of evidence that an event brings; a figure that is met again is one."""
        return len(_entries(event.get("evidence"))) + (event["event_type"] == "figure_back")

    def apply(self, issue: Issue, event: Event) -> Issue:
        """The issue after an event that may happen."""
        kind, name = self.types[event["event_type"]], event["event_type"]
        state = self.moves[issue.state, name]
        reopens = state == "reopened" and issue.state != "reopened"
        brought = self.evidence(event)
        after = replace(
            issue,
            state=state,
            evidence=brought if reopens else issue.evidence + brought,
            all_evidence=issue.all_evidence + brought,
            reopened=issue.reopened + reopens,
            rechecks=issue.rechecks + name.startswith("recheck_"),
        )
        if kind["sets_lead_unit"] == "true" and event.get("lead_unit") is not None:
            after = replace(after, lead_unit=event["lead_unit"], cooperating_units=event.get("cooperating_units"))
        sets = kind["deadline_rule"] in ("any", "not_later") or (kind["deadline_rule"] == "on_reopening" and reopens)
        if sets and event.get("deadline") is not None:
            after = replace(after, deadline=event["deadline"], original_deadline=issue.original_deadline or event["deadline"])
        if name == "extension_asked":
            after = replace(after, extension_asked=True)
        if kind["needs_request"] == "true":
            after = replace(after, extension_asked=False)
        if name == "closed":
            return replace(after, closed_on=event["happened_on"], closed_by=event["actor_unit"])
        return after if state == "closed" else replace(after, closed_on=None, closed_by=None)


def fold(events: Iterable[Event], rules: Rules | None = None) -> dict[str, list[Step]]:
    """The steps of each issue, by its number."""
    rules = rules or Rules()
    ordered = sorted(
        events,
        key=lambda e: (
            e["happened_on"],
            e["source_night"],
            e["source_file"] or "",
            e["source_row"],
            int(rules.types[e["event_type"]]["display_order"]),
            e["event_id"],
        ),
    )
    steps: dict[str, list[Step]] = {}
    for event in ordered:
        told = steps.setdefault(event["issue_id"], [])
        before = told[-1].after if told else Issue()
        refusal = rules.refusal(before, event)
        after = before if refusal else rules.apply(before, event)
        told.append(Step(event["event_id"], len(told) + 1, before, after, refusal))
    return steps


def due_on(deadline: date) -> date:
    """The first working day from the deadline on."""
    special = {date.fromisoformat(r["calendar_date"]): r["is_working_day"] == "true" for r in seed("issue_calendar")}
    while not special.get(deadline, deadline.weekday() < 5):
        deadline += timedelta(days=1)
    return deadline


def escalation(days_overdue: int) -> int:
    """Level of escalation of so many days."""
    return max((int(r["level"]) for r in seed("issue_escalations") if int(r["days_overdue_from"]) <= days_overdue), default=0)
