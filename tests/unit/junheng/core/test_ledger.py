from pathlib import Path

import pytest

from junheng.core.home import Home
from junheng.core.ledger import Candidate, Ledger, NightPlan
from junheng.core.records import SCHEMAS, Covered, Fault, LandedFile, ParseResult


def _plan(number: int) -> NightPlan:
    file = LandedFile("990101/2025/a.csv", 3, "990101", 2025, "ab" * 32)
    return NightPlan(
        number,
        "run",
        "2026-03-01",
        "t",
        "/landing",
        [2025],
        "v",
        [Candidate(file, number)],
        [{"path": file.path, "present": True}],
    )


def _commit(home: Home, rows: int = 0) -> int:
    night = Ledger(home).open_next()
    for name in SCHEMAS:
        night.write_table(name, [{"path": f"{i}"} for i in range(rows)] if name == "inventory" else [])
    night.commit({"night": night.number, "as_of": "2026-03-01", "school_years": None})
    return night.number


def test_plan_and_results_survive_the_trip_through_files(tmp_path: Path) -> None:
    night = Ledger(Home(tmp_path).create()).open_next()
    night.write_plan(_plan(1))
    result = ParseResult(
        "a" * 16, "a" * 64, "f.csv", "990101", 2025, covered=[Covered("990101", 2025, 3)], faults=[Fault("r", "g", row=4)]
    )
    night.write_result(result)
    assert night.plan == _plan(1)
    assert night.results() == [result]


def test_a_night_is_true_only_after_commit(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    night = Ledger(home).open_next()
    night.write_table("inventory", [{"path": "x"}])
    assert Ledger(home).numbers() == []
    assert Ledger(home).table("inventory").num_rows == 0


def test_commit_refuses_an_incomplete_night(tmp_path: Path) -> None:
    night = Ledger(Home(tmp_path).create()).open_next()
    night.write_table("inventory", [])
    with pytest.raises(RuntimeError, match="check_results"):
        night.commit({"night": 1})


def test_an_open_night_of_a_killed_run_is_thrown_away_and_its_number_used_again(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    assert _commit(home) == 1
    killed = Ledger(home).open_next()
    killed.write_plan(_plan(2))
    again = Ledger(home).open_next()
    assert again.number == 2
    assert list(again.path.iterdir()) == []


def test_tables_of_all_nights_are_read_in_order(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    _commit(home, rows=1)
    _commit(home, rows=2)
    ledger = Ledger(home)
    assert ledger.table("inventory").num_rows == 3
    assert ledger.table("inventory", night=2).num_rows == 2
    assert not list(home.ledger.glob(".open-*"))
