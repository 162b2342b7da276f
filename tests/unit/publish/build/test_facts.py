from __future__ import annotations

from pathlib import Path

from ingest.schema.areas import area_prefix
from junheng.cli.nightly import _set_aside
from junheng.core.home import Home
from junheng.core.messages import Messages
from publish.build.facts import NightFacts, night_facts
from publish.site.deliveries import all_deliveries, missing_counties
from publish.words.counties import counties_below
from tests.unit.publish.fake_home import FIX, REASON, commit_night, landed, refused, submission


def files(facts: NightFacts) -> tuple[list[str], list[str]]:
    return [d.file_name for d in facts.received], [d.file_name for d in facts.refused]


def test_before_the_first_night(tmp_path: Path) -> None:
    assert night_facts(Home(tmp_path).create()) == NightFacts(0, "", (), (), ())


def test_received_and_refused_of_the_night(home: Home) -> None:
    commit_night(home, [submission(file_name="990101/2025/new.csv", sha256="c" * 64), refused()])
    facts = night_facts(home)
    assert (facts.number, facts.as_of) == (2, "2026-11-22")
    assert files(facts) == (["990101/2025/new.csv"], ["990101/2025/third.xlsx"])
    assert (facts.refused[0].reason, facts.refused[0].fix) == (REASON, FIX)
    assert facts.received[0].counties == (("990101", 2025),)
    assert facts.folders == (("990101", 2025),)


def test_rows_set_aside_are_told_with_the_first_reason(home: Home) -> None:
    new = submission(file_name="990101/2025/new.csv", sha256="c" * 64, rows_quarantined=2)
    causes = [
        {"submission_id": new["submission_id"], "guidance": text} for text in ("第3行不是数字。请填数字。", "第5行为空。请补填。")
    ]
    commit_night(home, [new], quarantined=causes)
    facts = night_facts(home)
    assert (facts.received[0].rows_aside, facts.received[0].reason) == (2, "第3行不是数字。请填数字。")
    assert list(_set_aside(facts, Messages())) == [
        "1 个文件已接受，但有未采用的行：",
        "  ！ 990101/2025/new.csv｜2 行｜第3行不是数字。请填数字。",
    ]
    ((file, held),) = all_deliveries(facts, []).received
    assert file == "990101/2025/new.csv"
    assert held.endswith("；另有 2 行未采用：第3行不是数字。请填数字。")


def test_a_refused_file_that_still_lies_there_is_told_again(home: Home) -> None:
    commit_night(home, [refused()])
    commit_night(home, [], inventory=[landed(refused())])
    assert files(night_facts(home)) == ([], ["990101/2025/third.xlsx"])
    commit_night(home, [], inventory=[])
    assert files(night_facts(home)) == ([], [])


def test_a_refused_file_whose_folder_is_gone_is_not_told_again(home: Home) -> None:
    commit_night(home, [refused()])
    commit_night(home, [], inventory=[landed(refused()) | {"present": False}])
    assert files(night_facts(home))[1] == []


def test_a_refused_file_accepted_later_is_no_longer_refused(home: Home) -> None:
    bad = refused()
    commit_night(home, [bad])
    commit_night(home, [bad | {"status": "accepted", "rows_accepted": 12}], inventory=[landed(bad)])
    assert files(night_facts(home)) == (["990101/2025/third.xlsx"], [])


def test_a_delivery_concerns_the_counties_it_covers_or_lies_with(home: Home) -> None:
    commit_night(home, [submission(), refused(area_code="9901")])
    facts = night_facts(home)
    assert [facts.received[0].concerns(code) for code in ("990101", "990102")] == [True, False]
    assert [facts.refused[0].concerns(code) for code in ("990101", "990102", "230102")] == [True, True, False]


def test_counties_below_an_area() -> None:
    assert [area_prefix(code) for code in ("990101", "990100", "990000", "27", "9901")] == [
        "990101",
        "9901",
        "99",
        "27",
        "9901",
    ]
    assert len(counties_below("27", 2021)) == 102
    assert counties_below("990101", 2025) == {"990101": "示范县"}
    assert len(counties_below("9901", 2025)) == 99
    assert "110103" in counties_below("110000", 2009)  # 崇文区, merged after 2009
    assert "110103" not in counties_below("110000", 2010)


def test_a_prefecture_without_counties_counts_as_one() -> None:
    assert counties_below("441900", 2025) == {"441900": "东莞市"}
    guangdong = counties_below("440000", 2025)
    assert {"441900", "442000"} <= guangdong.keys()
    assert "440100" not in guangdong
    assert counties_below("460400", 2025) == {"460400": "儋州市"}
    assert counties_below("620200", 2025) == {"620200": "嘉峪关市"}


def test_missing_counties_by_folder_and_by_last_year() -> None:
    facts = NightFacts(1, "", (), (), (("9901", 2024), ("9901", 2025), ("230102", 2025)))
    present = {(f"9901{n:02d}", 2025): "x" for n in range(1, 98)} | {("990198", 2024): "x", ("990102", 2024): "x"}
    present |= {("2700102", 2024): "Água Branca"}
    found = [(m.code, m.year, m.before) for m in missing_counties(facts, present)]
    assert found == [("230102", 2025, None), ("2700102", 2025, 2024), ("990198", 2025, 2024), ("990199", 2025, None)]
