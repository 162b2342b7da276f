"""A machine that lets anybody do anything to issues, night after night: what must never be never comes out of the fold.

What must never be is said here without the tables of rules; the fold is compared with tests/oracle/issues.py besides.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.oracle import issues
from tests.oracle.issue_ledger import Ledger
from tests.oracle.issues import Event

FIRST = date(2025, 9, 1)
SUPERVISOR, INSPECTOR, LEAD, HELPER = "县政府教育督导室", "责任督学", "教育局计财股", "财政局"
UNITS = {SUPERVISOR: "supervisor", INSPECTOR: "inspector", LEAD: "responsible", HELPER: "responsible", None: "responsible"}
KINDS = [name for name in issues.Rules().types if name != "opened"]
ENDS = ("closed", "waived", "merged")
FINISHED = ("recheck_passed", *ENDS)
EXTENDS = ("opened", "extension_granted", "continued", "reopened", "figure_fallen")
EXAMPLES, STEPS = 120, 40


class Office(RuleBasedStateMachine):
    """People and figures around a few issues."""

    ledger: Ledger
    seen: Counter[str | None]
    ids = Bundle("ids")

    @initialize()
    def begin(self) -> None:
        self.events: list[Event] = []
        self.day, self.night = FIRST, 1

    def tell(self, issue: str, kind: str, unit: str | None, **said: Any) -> None:
        day = said.pop("day", self.day)
        role = said.pop("role", "system" if kind.startswith("figure_") else UNITS[unit])
        said = {"lead_unit": None, "cooperating_units": None, "deadline": None, "approvals": None, "evidence": None} | said
        event = {"event_id": f"{len(self.events):05d}", "issue_id": issue, "county_code": "990101", "origin": "finding"}
        event |= {"event_type": kind, "happened_on": day, "received_on": self.day, "actor_unit": unit, "actor_role": role}
        event |= {"source_night": self.night, "source_file": None, "source_row": len(self.events), **said}
        self.events.append(event)

    @rule(target=ids, lead=st.sampled_from([LEAD, SUPERVISOR, None]))
    def open(self, lead: str | None) -> str:
        issue = f"990101-{len(self.events):012d}"
        units = {"lead_unit": lead, "cooperating_units": HELPER if lead else None}
        self.tell(issue, "opened", SUPERVISOR, title="面积不足", deadline=self.day + timedelta(days=30), **units)
        return issue

    @rule(
        issue=ids,
        kind=st.sampled_from(KINDS),
        unit=st.sampled_from(list(UNITS)),
        days=st.integers(-5, 60),
        late=st.sampled_from([0, 0, 0, 3, -2]),
        said=st.fixed_dictionaries(
            {
                "evidence": st.sampled_from([None, "照片", "；"]),
                "approvals": st.sampled_from(["unit_head;supervisor", "supervisor", None]),
                "lead_unit": st.sampled_from([LEAD, SUPERVISOR, None]),
                "cooperating_units": st.sampled_from([HELPER, None]),
                "has_date": st.booleans(),
                "has_words": st.booleans(),
            }
        ),
    )
    def act(self, issue: str, kind: str, unit: str | None, days: int, late: int, said: dict[str, Any]) -> None:
        given = {name: said[name] for name in ("evidence", "approvals", "lead_unit", "cooperating_units")}
        if said["has_words"]:
            given |= {"measure": "新建", "target": "达标", "reason": "工期", "note": "已开工", "merged_into": "990101-0"}
        if said["has_date"]:
            given["deadline"] = self.day + timedelta(days=days)
        self.tell(issue, kind, unit, day=self.day - timedelta(days=late), **given)

    @rule(
        issue=ids,
        lead=st.sampled_from([LEAD, SUPERVISOR]),
        then=st.sampled_from([["recheck_passed"], ["recheck_passed", "closed"], ["recheck_passed", "closed", "reopened"]]),
        unit=st.sampled_from([SUPERVISOR, LEAD, None]),
        evidence=st.sampled_from(["照片", None]),
    )
    def work(self, issue: str, lead: str, then: list[str], unit: str | None, evidence: str | None) -> None:
        """What it takes to strike an issue off, and a look back; by those who may and by those who may not."""
        self.tell(issue, "assigned", SUPERVISOR, lead_unit=lead, cooperating_units=HELPER)
        self.tell(issue, "planned", lead, measure="新建")
        self.tell(issue, "submitted", lead, evidence=evidence)
        for kind in then:
            self.tell(issue, kind, unit, reason="没有坚持", role=UNITS[unit] if unit else "supervisor")

    @rule(
        issue=ids,
        kind=st.sampled_from(["extension_granted", "continued", "waived", "merged"]),
        unit=st.sampled_from([SUPERVISOR, SUPERVISOR, HELPER]),
        approvals=st.sampled_from(["unit_head;supervisor", "unit_head;supervisor", "unit_head"]),
        asks=st.sampled_from(["extension_asked", "planned", "progress"]),
        lead=st.sampled_from([LEAD, LEAD, SUPERVISOR, None]),
    )
    def decide(self, issue: str, kind: str, unit: str, approvals: str, asks: str, lead: str | None) -> None:
        """What the supervision office decides, and others would like to; asked for, or taken."""
        said = {"reason": "工期", "target": "达标", "merged_into": "990101-0", "deadline": self.day + timedelta(days=40)}
        if lead is not None:
            self.tell(issue, "assigned", SUPERVISOR, lead_unit=lead)
        self.tell(issue, asks, LEAD, measure="新建", note="已开工", **said)
        self.tell(issue, kind, unit, approvals=approvals, **said)

    @rule(days=st.integers(1, 20))
    def sleep(self, days: int) -> None:
        self.day += timedelta(days=days)
        self.night += 1

    def teardown(self) -> None:
        """Fold what was done: each step of it comes out."""
        if not getattr(self, "events", None):
            return
        self.ledger.events(self.events)
        self.ledger.nights([FIRST, self.day])
        self.ledger.fold(until="int_issue__fold")
        rows = self.ledger.query("select * from intermediate.int_issue__fold order by issue_id, seq")
        given = {event["event_id"]: event for event in self.events}
        assert sorted(row["event_id"] for row in rows) == sorted(given)  # none is lost, none counts twice
        steps = {step.event_id: step for told in issues.fold(self.events).values() for step in told}
        lives: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            step = steps[row["event_id"]]
            found = (row["seq"], row["state_before"], row["state_after"], row["refusal_code"], row["deadline"])
            assert found == (step.seq, step.before.state, step.after.state, step.refusal, step.after.deadline)
            lives[row["issue_id"]].append({**given[row["event_id"]], **row})
        for life in lives.values():
            never(life)
            self.seen.update(event["state_after"] for event in life)
            self.seen.update(event["refusal_code"] for event in life)


def never(life: list[dict[str, Any]]) -> None:
    """What must not be in the life of an issue, in its order."""
    fixing: set[str] = set()
    deadline, evidence, passed, state = None, 0, False, "none"
    for event in life:
        kind = event["event_type"]
        assert event["state_before"] == state
        if not event["is_accepted"]:
            assert event["refusal_code"] is not None
            assert event["state_after"] == state  # what is refused changes nothing
            continue
        if kind in FINISHED:
            assert event["actor_unit"] is not None
            assert fixing
            assert event["actor_unit"] not in fixing
            assert UNITS[event["actor_unit"]] != "responsible"
        if kind.startswith("figure_") and state not in ENDS:
            assert event["state_after"] not in ENDS  # a figure strikes nothing off
        brought = sum(bool(entry.strip()) for entry in (event["evidence"] or "").replace("；", ";").split(";"))
        if kind == "closed":
            assert passed
            assert evidence + brought + event["evidence_count"] > 0
        if event["state_after"] in ENDS and state not in ENDS:
            assert kind == event["state_after"]
        if deadline is not None and event["deadline"] is not None and event["deadline"] > deadline:
            assert kind in EXTENDS
        if kind in ("waived", "extension_granted", "continued"):
            assert event["approvals"] == "unit_head;supervisor"
        reopens = event["state_after"] == "reopened" and state != "reopened"
        evidence = (0 if reopens else evidence) + brought + (kind == "figure_back")
        passed = kind == "recheck_passed" or (passed and not reopens and kind != "recheck_failed")
        if kind in ("opened", "assigned") and event["lead_unit"]:
            fixing = {name for name in (event["lead_unit"], event["cooperating_units"]) if name}
        deadline, state = event["deadline"], event["state_after"]


def test_whatever_is_done_nothing_forbidden_comes_out(empty_ledger: Ledger, tmp_path: Path) -> None:
    ledger = empty_ledger.copy(tmp_path)
    seen: Counter[str | None] = Counter()
    machine = type("OfficeOfTheTest", (Office,), {"ledger": ledger, "seen": seen})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # otherwise it would have looked at little; every kind of refusal is reached in test_issues.py
    looked_at = {row["state"] for row in issues.seed("issue_states")} | {"transition", "role", "own_unit", "approval"}
    assert looked_at <= set(seen), seen


def test_the_machine_would_see_a_closing_by_the_unit_that_fixes() -> None:
    base = {"issue_id": "990101-0", "actor_role": "supervisor", "evidence": None, "approvals": None, "evidence_count": 0}
    base |= {"refusal_code": None, "is_accepted": True, "deadline": None, "cooperating_units": None}
    opened = base | {"event_type": "opened", "state_before": "none", "state_after": "opened", "actor_unit": SUPERVISOR}
    closed = base | {"event_type": "closed", "state_before": "opened", "state_after": "closed", "actor_unit": LEAD}
    with pytest.raises(AssertionError):
        never([opened | {"lead_unit": LEAD}, closed | {"lead_unit": LEAD}])
