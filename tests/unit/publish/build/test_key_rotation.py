"""Another key of persons: whoever was read under both is one person to a build, and no hash leads back to a number."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from ingest.values.persons import pseudonym
from junheng.core.home import Home
from junheng.core.settings import Settings
from publish.build.build import prepare
from publish.build.inputs import check_inputs
from publish.trust.verify import verify
from tests.unit.ingest.made import FOLDER, World

HEADER = "序号,学校名称,姓名,身份证号码,人员类型,少数民族,政治面貌,最高学历,职称,学段,科目"
STAYS, LEAVES, COMES = "990101198001010011", "99010119810203002X", "990101198203040031"
KEYS = ["the key of 2023, long enough", "the key of 2024, long enough", "the key of 2025, long enough"]


def roster(year: int, *cards: str) -> bytes:
    """No two years have the same bytes."""
    rows = [f"{n},示范中心小学,某{year},{card},专任教师,否,群众,本科,一级教师,小学,体育" for n, card in enumerate(cards, 1)]
    return "\n".join([HEADER, *rows]).encode()


def deliver(world: World, monkeypatch: pytest.MonkeyPatch, year: int, key: int, earlier: list[int], *cards: str) -> None:
    """A night that reads the roster of a year under a key."""
    monkeypatch.setenv(Settings.person_key.name, KEYS[key])
    monkeypatch.setenv(Settings.person_keys_before.name, "\n".join(KEYS[number] for number in earlier))
    name = f"{FOLDER.split('/')[0]}/{year}/教师花名册.csv"
    world.put(name, roster(year, *cards))
    assert world.night()[name.removeprefix(f"{FOLDER}/")] == ("accepted", "")


def persons(home: Home, build_db: Path, *, is_new: bool = True) -> dict[int, list[str]]:
    """Year → what persons are called in a build."""
    prepare(home, build_db, [], is_new=is_new)
    with duckdb.connect(str(build_db), read_only=True) as connection:
        rows = connection.execute(
            "select school_year, list(person order by _row) from bronze.teacher_roster group by 1"
        ).fetchall()
    return dict(rows)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_person_is_one_under_every_key(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(world, monkeypatch, 2023, 0, [], STAYS, LEAVES)
    build_db = tmp_path / "build.duckdb"
    assert persons(world.home, build_db) == {2023: [pseudonym(card, KEYS[0]) for card in (STAYS, LEAVES)]}
    deliver(world, monkeypatch, 2024, 1, [0], STAYS)
    deliver(world, monkeypatch, 2025, 2, [1], STAYS, COMES)  # the first key is not even named any more

    for is_new in (True, False):
        found = persons(world.home, build_db, is_new=is_new)
        assert len({found[2023][0], found[2024][0], found[2025][0]}) == 1
        assert found[2023][1] == pseudonym(LEAVES, KEYS[0])
        assert len({*found[2023], *found[2025]}) == 3
    check_inputs(world.home, [1, 2, 3])
    assert verify(world.home).breaks == []

    links = [row for path in world.home.bronze.glob("person_link/*/*.parquet") for row in pq.read_table(path).to_pylist()]
    assert len(links) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", name) for row in links for name in row.values())


def test_a_key_that_comes_back_makes_no_endless_search(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for year, key in ((2023, 0), (2024, 1), (2025, 0)):
        deliver(world, monkeypatch, year, key, [0, 1], STAYS)
    found = persons(world.home, tmp_path / "build.duckdb")
    assert sorted(found) == [2023, 2024, 2025]
    assert len(set(map(tuple, found.values()))) == 1


def test_without_the_earlier_key_they_are_two(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(world, monkeypatch, 2024, 0, [], STAYS)
    deliver(world, monkeypatch, 2025, 1, [], STAYS)
    found = persons(world.home, tmp_path / "build.duckdb")
    assert found[2024] != found[2025]
    assert not (world.home.bronze / "person_link").exists()


def test_an_earlier_key_that_is_too_short_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(Settings.person_key.name, KEYS[0])
    monkeypatch.setenv(Settings.person_keys_before.name, "short")
    world.put(f"{FOLDER}/教师花名册.csv", roster(2025, STAYS))
    ((status, reason),) = world.night().values()
    assert (status, "5个字符" in reason) == ("refused", True)
