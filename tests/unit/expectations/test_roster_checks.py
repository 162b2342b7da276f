"""The catalogue of the sources of persons: gate and report agree, and each check finds its row."""

from __future__ import annotations

from typing import Any

import pytest

from expectations import validate
from tests.unit.expectations.nights import File, Nights


def row(person: str = "00000000000000aa", **values: Any) -> dict[str, Any]:
    base = {"county_code": "990101", "school_year": 2024, "person": person}
    return base | values


@pytest.mark.parametrize(
    ("contract", "bad", "check"),
    [
        ("teacher_roster.short", [row("b")], "school_given"),
        ("teacher_roster.short", [row("b", school_name="示范小学", stage="primary")] * 2, "key_unique"),
        ("teacher_roster.short", [row("b", school_name="示范小学", county_code="999999")], "county_known"),
        ("teacher_exchange.system", [row("b", kind="exchange", started=202409, ended=202408)], "ends_after_start"),
        ("teacher_exchange.system", [row("b", kind="none", started=202409)], "none_is_empty"),
        ("teacher_training.system", [row("b", hours=-1)], "hours_not_negative"),
        ("pupil_registry.system", [row("b", school_name="示范小学", class_name="1班")] * 2, "key_unique"),
    ],
)
def test_a_bad_row_is_set_aside_and_the_rest_taken(tmp_path, contract: str, bad: list[dict[str, Any]], check: str) -> None:
    nights = Nights(tmp_path / "home")
    file = File(f"{contract}.csv", [row("a", school_name="示范中心小学"), *bad], contract=contract)
    judged = nights.judged([file])
    assert judged.status(file) == "accepted"
    assert {fault["rule"] for fault in judged.faults(file)} == {check}
    assert judged.submission(file)["rows_quarantined"] == len(bad)
    validate.validate(nights.home, judged.night)


def test_a_person_in_two_schools_is_a_warning(tmp_path) -> None:
    nights = Nights(tmp_path / "home")
    rows = [row("a", school_name="示范中心小学"), row("a", school_name="示范第二小学")]
    file = File("花名册.csv", rows, contract="teacher_roster.short")
    judged = nights.judged([file])
    assert judged.status(file) == "accepted"
    assert judged.check(file, "person_once")["status"] == "warn"
    assert judged.submission(file)["rows_accepted"] == 2


@pytest.mark.parametrize("source", ["education", "certificate", "backbone", "teaching"])
def test_good_child_tables_are_taken(tmp_path, source: str) -> None:
    nights = Nights(tmp_path / "home")
    file = File("子表.csv", [row("a"), row("a"), row("b")], contract=f"teacher_{source}.system")
    judged = nights.judged([file])
    assert (judged.status(file), judged.faults(file)) == ("accepted", [])
