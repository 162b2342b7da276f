"""Which files of landing a night judges (docs/adr/0001-spine.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.landing import inventory, parse
from ingest.landing import night as nights
from junheng.core.home import Home
from junheng.core.ledger import Ledger, OpenNight
from junheng.core.records import SCHEMAS, Fault, LandedFile, ParseResult


class World:
    """A home whose nights are judged by a list of bad contents."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path / "home").create()
        self.landing = path / "landing"
        self.refused: set[str] = set()
        self.recorded: list[str] = []
        """Files whose judgement tonight's ledger holds."""

    def put(self, name: str, content: str) -> None:
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def drop(self, name: str) -> None:
        (self.landing / name).unlink()

    def night(self, years: list[int] | None = None) -> list[tuple[str, int]]:
        """Run a night; return the files judged with their delivery nights."""
        number, batches = nights.open_night(self.home, self.landing, years, "run", "2026-03-01")
        work = OpenNight(self.home, number)
        plan = work.plan
        judged: list[dict[str, Any]] = []
        for candidate in plan.candidates:
            content = (self.landing / candidate.file.path).read_text()
            judged.append(
                {
                    "night": number,
                    "delivery_night": candidate.delivery_night,
                    "submission_id": candidate.file.submission_id,
                    "sha256": candidate.file.sha256,
                    "file_name": candidate.file.path,
                    "area_code": candidate.file.area_code,
                    "folder_school_year": candidate.file.school_year,
                    "status": "refused" if content in self.refused else "accepted",
                    "reason": content,
                }
            )
        for result in plan.unreadable:
            row = {"night": number, "delivery_night": number, "submission_id": result.submission_id, "status": "refused"}
            judged.append(row | {"reason": result.reason, "sha256": "", "file_name": result.file_name})
        for name in SCHEMAS:
            work.write_table(name, [])
        empty = dict.fromkeys(SCHEMAS["submissions"].names)
        inventory.enter(work, {"submissions": [empty | row for row in judged]})
        self.recorded = [row["file_name"] for row in work.read_table("submissions").to_pylist()]
        nights.commit_night(self.home, number, "run")
        nights.commit_night(self.home, number, "run")  # a repeated task does nothing
        assert sorted(sha for batch in batches for sha in batch) == sorted({c.file.sha256 for c in plan.candidates})
        return [(c.file.path, c.delivery_night) for c in plan.candidates]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


A, B = "990101/2025/a.csv", "990101/2025/b.csv"


def test_a_file_that_just_lies_there_is_judged_once(world: World) -> None:
    world.put(A, "v1")
    assert world.night() == [(A, 1)]
    assert world.night() == []


def test_the_same_bytes_twice_are_one_submission(world: World) -> None:
    world.put(A, "v1")
    world.put(B, "v1")
    assert world.night() == [(A, 1)]


def test_superseded_bytes_put_back_are_a_new_delivery(world: World) -> None:
    world.put(A, "v1")
    world.night()
    world.put(A, "v2")
    assert world.night() == [(A, 2)]
    world.put(A, "v1")
    assert world.night() == [(A, 3)]


def test_superseded_bytes_delivered_beside_the_old_file_are_a_new_delivery(world: World) -> None:
    world.put(A, "v1")
    world.night()
    world.put(B, "v2")
    world.night()
    world.put("990101/2025/c.csv", "v1")
    assert world.night() == [(A, 3)]


def test_moving_a_file_is_no_delivery(world: World) -> None:
    world.put(A, "v1")
    world.night()
    world.drop(A)
    world.put(B, "v1")
    assert world.night() == []


def test_a_night_that_read_other_years_does_not_make_old_files_new(world: World) -> None:
    world.put(A, "v1")
    world.put("990101/2024/a.csv", "old")
    assert len(world.night()) == 2
    assert world.night(years=[2024]) == []
    assert world.night(years=[2025]) == []
    assert world.night() == []


def test_a_refused_file_is_looked_at_every_night_and_recorded_once(world: World) -> None:
    world.refused = {"bad"}
    world.put(A, "bad")
    assert world.night() == [(A, 1)]
    assert world.recorded == [A]
    assert world.night() == [(A, 1)]
    assert world.recorded == []
    world.refused = set()  # the day has come, the rules have changed, the file it contradicted is gone
    assert world.night() == [(A, 1)]
    assert world.recorded == [A]
    assert world.night() == []


def test_a_copy_in_another_folder_is_no_delivery_of_the_next_night(world: World) -> None:
    world.put(A, "v1")
    world.put("9901/2025/a.csv", "v1")
    assert world.night() == [("9901/2025/a.csv", 1), (A, 1)]
    assert world.night() == []


def test_moving_a_refused_file_to_its_right_folder_has_it_judged_again(world: World) -> None:
    world.refused = {"v1"}
    world.put("990102/2025/a.csv", "v1")
    world.night()
    world.drop("990102/2025/a.csv")
    world.put("990102/2025/other.csv", "v2")
    world.put(A, "v1")
    world.refused = set()
    assert (A, 1) in world.night()


def test_a_folder_that_is_gone_for_a_night_delivers_nothing_when_it_is_back(world: World) -> None:
    world.put(A, "v1")
    world.night()
    world.put(B, "v2")
    world.night()
    kept = world.landing.with_name("kept")
    world.landing.rename(kept)
    world.landing.mkdir()
    assert world.night() == []
    world.landing.rmdir()
    kept.rename(world.landing)
    assert world.night() == []
    world.put("990101/2025/c.csv", "v3")
    assert world.night() == [("990101/2025/c.csv", 4 + 1)]


def test_a_stray_file_is_recorded_once(world: World) -> None:
    world.put("readme.txt", "hello")
    world.night()
    assert world.recorded == ["readme.txt"]
    world.night()
    assert world.recorded == []


def test_a_file_that_changes_while_it_is_read_is_refused_alone_and_new_the_next_night(world: World) -> None:
    world.put(A, "half")
    world.put(B, "whole")
    number, batches = nights.open_night(world.home, world.landing, None, "run", "2026-03-01")
    world.put(A, "half and the rest")
    for batch in batches:
        nights.parse_batch(world.home, number, batch)
    work = OpenNight(world.home, number)
    rules = {result.file_name: [fault.rule for fault in result.faults] for result in work.results()}
    assert rules[A] == ["still_arriving"]
    assert rules[B] != ["still_arriving"]
    for name in SCHEMAS:
        work.write_table(name, [])
    nights.commit_night(world.home, number, "run")
    assert (A, 2) in world.night()


def test_bronze_is_left_by_the_copy_that_counts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put(A, "same")
    misplaced = A.replace("/2025/", "/2031/")
    world.put(misplaced, "same")
    told = world.home.path / "read"

    def parse_file(home: Home, file: LandedFile, rows: Home) -> ParseResult:
        with told.open("a") as handle:
            print(file.path, file=handle)
        place = (file.path, file.area_code, file.school_year)
        return ParseResult(file.submission_id, file.sha256, *place, refused=file.path == misplaced, reason="r")

    monkeypatch.setattr(parse, "parse_file", parse_file)
    number, batches = nights.open_night(world.home, world.landing, None, "run", "2026-03-01")
    nights.parse_batch(world.home, number, batches[0])
    read = told.read_text().splitlines()
    assert set(read) == {A, misplaced}
    assert read[-1] == A
    assert {result.file_name for result in OpenNight(world.home, number).results()} == {A, misplaced}


def test_the_content_id_stays_with_the_copy_in_its_own_folder(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    own, misplaced = "990106/2025/a.csv", "110101/2025/a.csv"
    for name in (own, misplaced):
        world.put(name, "same")

    def parse_file(home: Home, file: LandedFile, rows: Home) -> ParseResult:
        fault = Fault("folder_disagrees" if file.path == misplaced else "not_a_number", "g")
        place = (file.path, file.area_code, file.school_year)
        return ParseResult(file.submission_id, file.sha256, *place, faults=[fault], refused=True, reason="r")

    monkeypatch.setattr(parse, "parse_file", parse_file)
    number, batches = nights.open_night(world.home, world.landing, None, "run", "2026-03-01")
    nights.parse_batch(world.home, number, batches[0])
    ids = {result.file_name: result.submission_id for result in OpenNight(world.home, number).results()}
    assert ids[own] == next(c.file.submission_id for c in OpenNight(world.home, number).plan.candidates)
    assert ids[misplaced] != ids[own]


def test_a_killed_night_changes_nothing(world: World) -> None:
    world.put(A, "v1")
    nights.open_night(world.home, world.landing, None, "killed", "2026-03-01")
    assert world.night() == [(A, 1)]
    assert Ledger(world.home).numbers() == [1]
