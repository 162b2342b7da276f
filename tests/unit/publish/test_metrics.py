"""How a home is doing: what is measured after a night, as monitoring reads it and as a page."""

from __future__ import annotations

import csv
import os
import re
from datetime import date

import pytest

from junheng.core.home import Home
from junheng.core.ledger import Ledger
from publish import metrics, steps
from tests.unit.publish.fake_home import commit_night, landed, refused, submission

LINE = re.compile(r'junheng_[a-z_]+(\{[a-z_]+="[^"\\]*"\})? -?[0-9.e+-]+')


def figures(home: Home) -> dict[str, float]:
    """Name, with its label, → figure, as they stand in the file."""
    lines = (home.published / "metrics" / "openmetrics.txt").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == "# EOF"
    told = [line for line in lines if not line.startswith("#")]
    assert not [line for line in told if not LINE.fullmatch(line)]
    for line in told:
        assert f"# TYPE {re.split('[{ ]', line)[0]} gauge" in lines
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in told)}


def test_a_night_is_measured(home: Home) -> None:
    commit_night(home, [submission(), refused()], engines=(("sql", "pass"), ("sql", "fail"), ("gx", "no_data")))
    (home.landing / "990101" / "2025").mkdir(parents=True)
    (home.landing / "990101" / "2025" / "census.csv").write_text("seen")
    (home.landing / "990101" / "2025" / "late.csv").write_text("not seen")
    steps.measure(home)
    seen = figures(home)
    assert seen["junheng_files_received"] == 1
    assert seen["junheng_files_refused"] == 1
    assert seen["junheng_files_waiting"] == 1
    assert seen['junheng_checks{status="no_data"}'] == 1
    assert seen["junheng_check_pass_ratio"] == 0.5, "what had nothing to look at does not count"
    assert seen['junheng_county_age_days{county_code="990101"}'] == 0
    page = (home.published / "metrics" / "index.html").read_text(encoding="utf-8")
    assert "仍被拒收文件" in page
    assert "http" not in page.replace("http://www.w3.org", ""), "nothing is fetched"


def test_overdue_deliveries_are_counted(home: Home) -> None:
    commit_night(home, [submission()])
    with open(home.path / "deadlines.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("学年", "区划代码", "数据", "截止日期"), ("2025", "990102", "school_census", "2025-10-31")])
    steps.measure(home)
    assert figures(home)["junheng_deliveries_overdue"] == 1


def test_a_landing_that_is_away_is_not_taken_for_an_empty_one(home: Home) -> None:
    commit_night(home, [submission()])
    home.landing.rename(home.path / "elsewhere")
    steps.measure(home)
    assert "junheng_files_waiting" not in figures(home)


def test_nights_stand_in_their_order_with_their_ratio(home: Home) -> None:
    before = len(metrics.trend(home, 99))
    commit_night(home, [submission()], engines=(("sql", "pass"),))
    commit_night(home, [refused()], inventory=[landed(refused())], engines=(("sql", "no_data"),))
    last, first, *_ = metrics.trend(home, 99)
    assert (first.received, first.refused, first.ratio) == (1, 0, 1.0)
    assert (last.received, last.refused, last.ratio) == (0, 1, None)
    assert last.night == first.night + 1 == before + 2
    assert len(metrics.trend(home, 1)) == 1
    assert date.fromisoformat(last.day)


def test_before_the_first_night_there_is_nothing_to_measure(tmp_path) -> None:
    home = Home(tmp_path / "new").create()
    steps.measure(home)
    assert figures(home) == {}


def test_a_full_disk_leaves_the_night_what_it_is(home: Home, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    commit_night(home, [submission()])
    monkeypatch.setattr(metrics, "write_atomically", full)
    steps.measure(home)
    assert "No space left" in capsys.readouterr().out


def test_the_growth_of_the_archive_counts_an_original_once(home: Home) -> None:
    for name in ("a", "b"):
        place = home.original(name * 64)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"12345678")
    commit_night(home, [submission(), refused()])
    commit_night(home, [refused()])
    commit_night(home, [refused()])
    steps.measure(home)
    days = len(Ledger(home).numbers()) - 1
    assert figures(home)["junheng_archive_growth_bytes_per_day"] == pytest.approx(16 / days)
