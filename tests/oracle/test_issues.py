"""The ledger of issues in SQL against the one of tests/oracle/issues.py, on thousands of random lives of issues in one build."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from junheng.core.settings import CODES
from tests.oracle import issues
from tests.oracle.issue_ledger import Ledger
from tests.oracle.issues import Event, Issue, Step

LIVES = 4000
FIRST, AS_OF = date(2025, 9, 1), date(2025, 12, 19)
SUPERVISOR, LEADS, HELPERS = "县政府教育督导室", ("教育局计财股", "教育局规划股", "教育局督导室"), ("财政局", "县委编办")
ROLES = ("supervisor", "responsible", "inspector", "system")
FORWARD = ("assigned", "planned", "submitted", "recheck_passed", "closed")
RULES = issues.Rules()


def _event(dice: random.Random, issue: int, number: int, kind: str, day: date) -> Event:
    """An event that says more or less what it should, by whomever."""
    rules = RULES.types[kind]

    def perhaps(value: object, often: float = 0.85) -> object:
        return value if dice.random() < often else None

    needed = rules["required_fields"].split(";")
    said = {
        "title": "某校生均面积不足",
        "measure": '新建"综合楼"\n两栋',
        "target": "达到标准",
        "lead_unit": dice.choice(LEADS),
        "reason": "工期",
        "note": "已开工",
        "evidence": dice.choice(["照片", "照片;批文", "；批文 ; ", " ; "]),
        "merged_into": "990101-0",
        "deadline": day + timedelta(days=dice.randrange(-20, 90)),
        "money_yuan": Decimal(dice.randrange(1, 900)),
    }
    event: Event = {
        "event_id": f"{issue:05d}-{number:03d}",
        "issue_id": f"990101-{issue:05d}",
        "county_code": "990101",
        "origin": "finding",
        "event_type": kind,
        "happened_on": day,
        "received_on": day + timedelta(days=dice.choice([0, 0, 3, 3, 3, -1]) if dice.random() < 0.3 else 3),
        "actor_role": dice.choice(rules["actor_roles"].split(";")) if dice.random() < 0.9 else dice.choice(ROLES),
        "actor_unit": perhaps(SUPERVISOR if dice.random() < 0.8 else dice.choice(LEADS + HELPERS), 0.95),
        "cooperating_units": perhaps(dice.choice(["财政局", "财政局;县委编办"])),
        "approvals": dice.choice(["unit_head;supervisor"] * 4 + ["supervisor", None]),
        "source_night": dice.randrange(1, 4),
        "source_file": dice.choice([None, "甲", "乙"]),
        "source_row": dice.randrange(0, 3),
    }
    return event | {name: perhaps(value, 0.95 if name in needed else 0.3) for name, value in said.items()}


def _life(dice: random.Random, number: int) -> list[Event]:
    """The events of one issue, mostly ones that may happen, on few days so that their order is decided by night, file and row."""
    rules = RULES
    kinds = list(rules.types)
    orderly = dice.random() < 0.6  # the others are delivered in any order
    issue, day, told = Issue(), FIRST + timedelta(days=dice.randrange(0, 100)), []
    for place in range(dice.randrange(1, 28)):
        possible = [kind for kind in kinds if (issue.state, kind) in rules.moves]
        weights = [5 if kind in FORWARD else 1 for kind in possible]
        kind = dice.choices(possible, weights)[0] if dice.random() < 0.85 else dice.choice(kinds)
        event = _event(dice, number, place, kind, day)
        if orderly:
            event |= {"source_night": 1, "source_file": None, "source_row": place}
        if rules.refusal(issue, event) is None:
            issue = rules.apply(issue, event)
        told.append(event)
        day += timedelta(days=dice.choice([0, 1, 1, 1, 7]))
    return told


@pytest.fixture(scope="module")
def events() -> list[Event]:
    dice = random.Random(20260301)
    given = [event for number in range(LIVES) for event in _life(dice, number)]
    dice.shuffle(given)
    return given


@pytest.fixture(scope="module")
def built(empty_ledger: Ledger, events: list[Event], tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = empty_ledger.copy(tmp_path_factory.mktemp("lives"))
    ledger.events(events)
    ledger.nights([date(2025, 12, 1), date(2025, 12, 15), AS_OF])
    ledger.fold()
    return ledger


@pytest.fixture(scope="module")
def told(events: list[Event]) -> dict[str, list[Step]]:
    return issues.fold(events, RULES)


def test_every_step_is_the_same(built: Ledger, told: dict[str, list[Step]]) -> None:
    rows = built.query("select * from intermediate.int_issue__fold")
    found = {
        row["event_id"]: (
            row["issue_id"],
            row["seq"],
            row["state_before"],
            row["state_after"],
            row["refusal_code"],
            row["lead_unit"],
            row["cooperating_units"],
            row["deadline"],
            row["evidence_after"],
        )
        for row in rows
    }
    expected = {
        step.event_id: (
            issue_id,
            step.seq,
            step.before.state,
            step.after.state,
            step.refusal,
            step.after.lead_unit,
            step.after.cooperating_units,
            step.after.deadline,
            step.after.evidence,
        )
        for issue_id, steps in told.items()
        for step in steps
    }
    assert len(found) == len(rows)
    assert found == expected


def test_the_lives_reach_every_state_and_every_refusal(told: dict[str, list[Step]]) -> None:
    """Otherwise the comparison would have looked at little."""
    steps = [step for told_of in told.values() for step in told_of]
    states = Counter(step.after.state for step in steps)
    refusals = Counter(step.refusal for step in steps)
    labels = {row["code"] for row in issues.seed("code_labels", CODES) if row["list"] == "issue_refusal"}
    assert {row["state"] for row in issues.seed("issue_states")} <= {state for state, count in states.items() if count > 50}
    assert labels <= {refusal for refusal, count in refusals.items() if count > 20}


def test_no_event_is_lost(built: Ledger, events: list[Event]) -> None:
    (count,) = built.query(
        "select count(*) filter (accepted) as accepted, count(*) filter (not accepted) as refused from marts.fct_issue_event"
    )
    assert count["accepted"] + count["refused"] == len(events)
    assert count["accepted"] > len(events) / 3
    unexplained = built.query("select 1 from marts.fct_issue_event where accepted <> (refusal_reason is null)")
    assert unexplained == []


def test_nobody_closes_their_own_or_without_evidence(built: Ledger, events: list[Event], told: dict[str, list[Step]]) -> None:
    """Said once more of what came out, without the rules of the fold."""
    rows = {row["event_id"]: row for row in built.query("select * from marts.fct_issue_event where accepted")}
    given = {event["event_id"]: event for event in events}
    looked = 0
    for steps in told.values():
        for step in steps:
            if step.event_id not in rows or step.after.state not in ("closed", "waived", "rechecked"):
                continue
            event, before = given[step.event_id], step.before
            if event["event_type"] in ("closed", "waived", "recheck_passed"):
                looked += 1
                fixing = f"{before.lead_unit};{before.cooperating_units}".split(";")
                assert event["actor_unit"] not in fixing
                assert event["actor_role"] in ("supervisor", "inspector")
            if event["event_type"] == "closed":
                assert before.state == "rechecked"
                assert before.evidence > 0 or event["evidence"]
    assert looked > 500


def test_an_issue_is_what_its_steps_made_of_it(built: Ledger, told: dict[str, list[Step]]) -> None:
    found = {row["issue_id"]: row for row in built.query("select * from marts.fct_issue")}
    assert set(found) == {issue_id for issue_id, steps in told.items() if steps[-1].after.state != "none"}
    open_states = {row["state"] for row in issues.seed("issue_states") if row["is_open"] == "true"}
    overdue, due_today = 0, 0
    for issue_id, row in found.items():
        last: Issue = told[issue_id][-1].after
        due = issues.due_on(last.deadline) if last.deadline else None
        days = (AS_OF - due).days if due and due < AS_OF and last.state in open_states else 0
        overdue += days > 0
        due_today += due == AS_OF and last.state in open_states
        assert (
            row
            | {
                "state": last.state,
                "deadline": last.deadline,
                "original_deadline": last.original_deadline,
                "due_on": due,
                "is_overdue": days > 0,
                "days_overdue": days,
                "escalation_level": issues.escalation(days),
                "evidence_count": last.all_evidence,
                "recheck_count": last.rechecks,
                "reopened_count": last.reopened,
                "closed_at": last.closed_on,
                "closed_by_unit": last.closed_by,
                "lead_unit": last.lead_unit,
            }
            == row
        ), issue_id
    assert 100 < overdue < len(found)
    assert due_today > 5


def test_days_money_and_counts_of_an_issue(built: Ledger, events: list[Event], told: dict[str, list[Step]]) -> None:
    """Each from the first or last event that counts, by the list of events alone."""
    given = {event["event_id"]: event for event in events}
    looked: Counter[str] = Counter()
    for row in built.query("select * from marts.fct_issue"):
        steps = told[row["issue_id"]]
        counted = [given[step.event_id] for step in steps if step.refusal is None]

        def last(kinds: tuple[str, ...], counted: list[Event] = counted) -> date | None:
            return max((event["happened_on"] for event in counted if event["event_type"] in kinds), default=None)

        money = [event["money_yuan"] for event in counted if event.get("money_yuan") is not None]
        expected = {
            "opened_at": next(event["happened_on"] for event in counted if event["event_type"] == "opened"),
            "last_event_at": counted[-1]["happened_on"],
            "submitted_at": last(("submitted",)),
            "rechecked_at": last(("recheck_passed", "recheck_failed")),
            "money_yuan": money[-1] if money else None,
            "event_count": len(steps),
            "refused_event_count": len(steps) - len(counted),
            "is_open": row["state"] not in ("closed", "waived", "merged"),
        }
        assert {name: row[name] for name in expected} == expected, row["issue_id"]
        looked.update(name for name, value in expected.items() if value)
    assert min(looked[name] for name in expected) > 500


def test_what_an_event_says_is_json(built: Ledger, events: list[Event]) -> None:
    given = {event["event_id"]: event for event in events}
    looked = 0
    for row in built.query("select event_id, payload from marts.fct_issue_event"):
        event, said = given[row["event_id"]], json.loads(row["payload"])
        assert said.get("measure") == event["measure"]
        assert said.get("deadline") == (event["deadline"].isoformat() if event["deadline"] else None)
        looked += bool(event["measure"])
    assert looked > 100
