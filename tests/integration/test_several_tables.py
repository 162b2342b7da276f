"""A workbook of several tables through nights: each table is judged, recorded and judged again on its own."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from ingest.landing import night as ingest
from junheng.core.home import Home
from junheng.core.ledger import Ledger
from samples.declared import workbook_sheets
from samples.plain_sources import rows
from samples.shapes import DrawnSheet, workbook
from tests.integration.test_accounting import _night

SCHOOLS, COUNTY = rows("declared_forms_school"), rows("declared_forms_county")
SHEETS = workbook_sheets(SCHOOLS, COUNTY)
FORMS = [
    "declared_forms_county.form",
    "declared_forms_item.form",
    "declared_forms_school.calculation",
    "declared_forms_school.form",
]


class World:
    """A home and a landing folder."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path / "home").create()
        self.landing = path / "landing"

    def put(self, sheets: dict[str, DrawnSheet], name: str = "申报表.xlsx", folder: str = "990101/2025") -> None:
        file = self.landing / folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(workbook(sheets))

    def night(self) -> list[dict[str, Any]]:
        """Submissions of a new night by contract."""
        _night(self.home, self.landing)
        found: list[dict[str, Any]] = Ledger(self.home).table("submissions", Ledger(self.home).numbers()[-1]).to_pylist()
        return sorted(found, key=lambda row: (row["contract"] or "", row["file_name"]))

    def put_contradiction(self) -> None:
        """表Ⅱ-2 and 测算表 with another value each for one school."""
        sheets = deepcopy(SHEETS)
        sheets["测算表"].rows[2][5] = 99.5
        self.put(sheets)


def test_every_table_is_a_submission_of_the_same_file(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.put(SHEETS)
    submissions = world.night()
    assert [row["contract"] for row in submissions] == FORMS
    assert {row["status"] for row in submissions} == {"accepted"}
    assert len({row["submission_id"] for row in submissions}) == 4
    assert {(row["file_name"], row["delivery_night"]) for row in submissions} == {("990101/2025/申报表.xlsx", 1)}
    for row in submissions:
        assert row["rows_read"] == row["rows_accepted"] > 0
    assert world.night() == []


def test_two_tables_of_one_file_that_disagree_are_refused_and_the_others_taken(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.put_contradiction()
    status = {row["contract"]: (row["status"], row["reason"]) for row in world.night()}
    assert {name for name, (said, _) in status.items() if said == "refused"} == set(FORMS[2:])
    assert "互相矛盾" in status["declared_forms_school.form"][1]


def test_a_table_refused_again_for_the_same_reason_is_recorded_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.put_contradiction()
    assert len(world.night()) == 4
    assert world.night() == []


def test_a_file_of_which_one_table_is_refused_is_read_again(tmp_path: Path) -> None:
    """Its first table, which has the id of the file, is accepted."""
    world = World(tmp_path)
    world.put_contradiction()
    world.night()
    _, batches = ingest.open_night(world.home, world.landing, None, "again", "2026-01-15")
    assert len(batches) == 1
    world.put(SHEETS)
    world.night()
    _, batches = ingest.open_night(world.home, world.landing, None, "again", "2026-01-15")
    assert batches == []


def test_the_tables_of_a_corrected_file_are_new_deliveries(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.put_contradiction()
    world.night()
    world.put(SHEETS)
    assert [(row["contract"], row["status"], row["delivery_night"]) for row in world.night()] == [
        (name, "accepted", 2) for name in FORMS
    ]


def test_a_copy_in_a_wrong_folder_is_one_refusal(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.put(SHEETS)
    world.put(SHEETS, folder="9901/2025")
    found = world.night()
    assert [row["contract"] for row in found if row["status"] == "accepted"] == FORMS
    (refused,) = [row for row in found if row["status"] == "refused"]
    assert refused["file_name"] == "9901/2025/申报表.xlsx"
    assert "区划代码" in refused["reason"]
