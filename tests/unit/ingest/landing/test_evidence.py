"""Evidence lies below folders of its own: it is kept by hash, never judged, never opened."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from ingest.landing import archive, evidence
from ingest.landing.landing import scan
from junheng.core import chain
from junheng.core.ledger import Ledger
from tests.unit.ingest.landing.test_night import World

PLAN, PHOTO = "990101/2025/佐证/G1/规划.pdf", "990101/2025/资料/佐证/操场.jpg"
CENSUS = "990101/2025/census.csv"


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.put(CENSUS, "v1")
    return made


def inventory_of(world: World) -> dict[str, dict[str, Any]]:
    return {row["path"]: row for row in Ledger(world.home).table("inventory", Ledger(world.home).numbers()[-1]).to_pylist()}


def test_it_is_kept_and_not_judged(world: World) -> None:
    world.put(PLAN, "pdf")
    world.put(PHOTO, "jpg")
    assert world.night() == [(CENSUS, 1)]
    rows = inventory_of(world)
    assert {path: (row["is_evidence"], row["area_prefix"], row["since"]) for path, row in rows.items()} == {
        PLAN: (True, "990101", 1),
        PHOTO: (True, "990101", 1),
        CENSUS: (None, None, None),
    }
    original = archive.path_of(world.home, rows[PLAN]["sha256"])
    assert original.read_text() == "pdf"
    assert stat.S_IMODE(original.stat().st_mode) & 0o077 == 0
    known = chain.known(world.home)
    assert {rows[PLAN]["sha256"], rows[PHOTO]["sha256"]} <= known.originals.keys()


def test_archives_and_tables_among_it_are_not_opened(world: World, tmp_path: Path) -> None:
    world.put("990101/2025/佐证/材料.zip", "PK\x03\x04 no archive")
    world.put("990101/2025/佐证/census.csv", "v1")
    landing = scan(world.landing)
    assert [file.path for file in landing.files] == [CENSUS]
    assert len(landing.evidence) == 2
    assert (landing.refused, landing.envelopes) == ([], [])


def test_a_copy_of_a_delivery_among_it_delivers_nothing_again(world: World) -> None:
    assert world.night() == [(CENSUS, 1)]
    world.put("990101/2025/佐证/census.csv", "v1")
    assert world.night() == []
    world.put("990101/2025/again.csv", "v1")
    assert world.night() == [("990101/2025/again.csv", 3)]


def test_it_knows_since_when_it_lies_there(world: World) -> None:
    world.put(PLAN, "pdf")
    world.night()
    world.put(PHOTO, "jpg")
    world.night()
    assert (inventory_of(world)[PLAN]["since"], inventory_of(world)[PHOTO]["since"]) == (1, 2)
    world.put(PLAN, "another")
    world.drop(PHOTO)
    world.night()
    assert inventory_of(world)[PLAN]["since"] == 3
    assert PHOTO not in inventory_of(world)


def test_what_changes_while_it_is_copied_waits_for_the_next_night(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put(PLAN, "pdf")

    def changed(*_: object) -> Path:
        raise archive.FileChanged(PLAN)

    with monkeypatch.context() as patched:
        patched.setattr(archive, "store", changed)
        world.night()
    assert PLAN not in inventory_of(world)
    world.night()
    assert inventory_of(world)[PLAN]["since"] == 2


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (PLAN, True),
        (PHOTO, True),
        ("990101/佐证/a.pdf", False),
        ("990101/2025/佐证", False),
        ("990101/2025/佐证材料/a.pdf", False),
        ("佐证/2025/a/b.pdf", False),
    ],
)
def test_only_folders_below_a_year_are_of_evidence(path: str, expected: bool) -> None:
    assert evidence.is_evidence(path) is expected


@pytest.mark.parametrize(
    ("path", "labels", "valid_until"),
    [
        ("990101/2025/佐证/G1/规划.pdf", "G1;规划", None),
        ("990101/2025/资料/佐证/G1_G4、Q2/示政发〔2023〕11号.v2.pdf", "G1;G4;Q2;示政发〔2023〕11号.v2", None),
        ("990101/2025/佐证/2199010001/L5/操场租赁 有效期至2027年8月31日.pdf", "2199010001;L5;操场租赁", "2027-08-31"),
        ("990101/2025/佐证/2026-013/协议至20280101止.jpg", "2026-013;协议", "2028-01-01"),
        ("990101/2025/佐证/消防证2026.12.31到期.jpg", "消防证", "2026-12-31"),
        ("990101/2025/佐证/协议至2027-02-30.jpg", "协议至2027-02-30", None),
        ("990101/2025/佐证/G2 13800001234/zhang@corpus.invalid 扫描.jpg", "G2;扫描", None),
        ("990101/2025/佐证/990101198001010011/身份\n990101198001010011.jpg", "", None),
        ("990101/2025/佐证/至2026-01-01/协议至2027-01-01.jpg", "协议", "2027-01-01"),
    ],
)
def test_the_path_says_what_it_is_for_and_until_when(path: str, labels: str, valid_until: str | None) -> None:
    assert evidence.path_labels(path) == (labels, valid_until)


def test_the_inventory_keeps_what_the_path_says(world: World) -> None:
    world.put("990101/2025/佐证/G1/租赁至2027-08-31.pdf", "pdf")
    world.night()
    (row,) = (row for row in inventory_of(world).values() if row["is_evidence"])
    assert (row["labels"], row["valid_until"]) == ("G1;租赁", "2027-08-31")
