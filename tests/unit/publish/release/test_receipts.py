"""Receipts lie where people deliver, are replaced by those of the next release, and left alone once somebody changed them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import duckdb
import pytest

from junheng.core.home import Home
from publish.release.receipts import hand_out
from publish.release.release import Release
from tests.marts import create_mart

NAME = "退回单_普查.xlsx"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    folder = tmp_path / "landing"
    (folder / "990101" / "2025").mkdir(parents=True)
    return folder


def release(home: Home, number: int, **books: bytes) -> Release:
    folder = home.releases / f"r{number}"
    papers = [{"kind": "rehearsal", "county_code": "990101", "path": "papers/990101/预演.xlsx"}]
    (folder / "papers" / "990101").mkdir(parents=True)
    for name, data in books.items():
        path = f"papers/990101/{name}_普查.xlsx"
        papers.append({"kind": "return", "county_code": "990101", "path": path})
        (folder / path).write_bytes(data)
    (folder / "papers" / "papers.json").write_text(json.dumps(papers))
    with duckdb.connect(str(folder / "junheng.duckdb")) as connection:
        create_mart(connection, "dim_county", [{"county_code": "990101", "school_year": year} for year in (2024, 2025)])
    return Release(f"r{number}", "0", folder, "2026-03-01T01:00:00")


def test_they_lie_next_to_the_deliveries_until_nothing_is_left_to_repair(home: Home, landing: Path) -> None:
    place = landing / "990101" / "2025"
    assert hand_out(home, release(home, 1, 退回单=b"one", 收件回执=b"r"), landing, "landing") == [
        place / NAME,
        place / "收件回执_普查.xlsx",
    ]
    assert (place / NAME).read_bytes() == b"one"
    assert stat.S_IMODE((place / NAME).stat().st_mode) == stat.S_IMODE(place.stat().st_mode) & 0o666
    hand_out(home, release(home, 2, 退回单=b"two", 收件回执=b"r"), landing, "landing")
    assert (place / NAME).read_bytes() == b"two"
    hand_out(home, release(home, 3, 收件回执=b"s"), landing, "landing")
    assert {path.name: path.read_bytes() for path in place.iterdir()} == {"收件回执_普查.xlsx": b"s"}
    assert not (home.outbox / "990101").exists()


def test_what_somebody_changed_stays(home: Home, landing: Path) -> None:
    place = landing / "990101" / "2025" / NAME
    hand_out(home, release(home, 1, 退回单=b"one"), landing, "landing")
    place.write_bytes(b"filled in")
    hand_out(home, release(home, 2, 退回单=b"two"), landing, "landing")
    assert place.read_bytes() == b"filled in"
    hand_out(home, release(home, 3), landing, "landing")
    assert place.read_bytes() == b"filled in"


def test_where_landing_cannot_take_them_they_lie_in_the_outbox(home: Home, landing: Path, tmp_path: Path) -> None:
    place = home.outbox / "990101" / NAME
    assert hand_out(home, release(home, 1, 退回单=b"one"), tmp_path / "gone", "landing") == [place]
    assert place.read_bytes() == b"one"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert hand_out(home, release(home, 2, 退回单=b"two"), landing, "outbox") == [place]
    assert list((landing / "990101" / "2025").iterdir()) == []


def test_nobody_asked_for_them(home: Home, landing: Path) -> None:
    assert hand_out(home, release(home, 1, 退回单=b"one"), landing, "off") == []
    assert not home.outbox.exists()
