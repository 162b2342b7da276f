"""Figures come from nothing but what nights have written: bronze is in the chain, and a build reads only what matches it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from junheng.core import chain
from junheng.core.home import Home
from junheng.core.ledger import Ledger, atomic_parquet
from publish import steps
from publish.build.inputs import InputChanged
from publish.trust.verify import verify
from tests.unit.publish.fake_home import ACCEPTED, commit_night, make_home, submission, write_bronze


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_home(tmp_path / "home")


def plan(home: Home) -> bool:
    folder = home.warehouse / "build-1"
    return steps.plan(home, folder, folder / "junheng_build.duckdb", [])


def bronze(home: Home) -> Path:
    return home.bronze_file("school_census", ACCEPTED)


def edit(home: Home) -> None:
    """One more pupil in every school, as one who may write below the home can."""
    table = pq.ParquetFile(bronze(home)).read()
    column = table.column_names.index("pupils_primary")
    atomic_parquet(table.set_column(column, table.field(column), [[1] * table.num_rows]), bronze(home), arrow_schema=False)


def lose(home: Home) -> None:
    bronze(home).unlink()


def add(home: Home) -> None:
    write_bronze(home, submission_id="c" * 16)


def add_aside(home: Home) -> None:
    path = home.quarantine_file("school_census", ACCEPTED)
    path.parent.mkdir(parents=True)
    shutil.copy(bronze(home), path)


def link(home: Home) -> None:
    bronze(home).rename(home.path / "elsewhere")
    bronze(home).symlink_to(home.path / "elsewhere")


CHANGES: dict[Callable[[Home], None], str] = {
    edit: f"bronze/school_census/submission_id={ACCEPTED}/part-0.parquet",
    lose: f"bronze/school_census/submission_id={ACCEPTED}/part-0.parquet",
    link: f"bronze/school_census/submission_id={ACCEPTED}/part-0.parquet",
    add: f"bronze/school_census/submission_id={'c' * 16}/part-0.parquet",
    add_aside: f"quarantine/school_census/submission_id={ACCEPTED}/part-0.parquet",
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_changed_bronze_is_named_and_not_built_from(home: Home, change: Callable[[Home], None]) -> None:
    assert plan(home)
    change(home)
    assert [found.path for found in verify(home).breaks] == [CHANGES[change]]
    with pytest.raises(InputChanged, match=CHANGES[change]):
        plan(home)


def test_a_changed_table_of_the_ledger_is_not_built_from(home: Home) -> None:
    path = home.nights / "000001" / "coverage.parquet"
    atomic_parquet(pq.ParquetFile(path).read().slice(0, 0), path)
    with pytest.raises(InputChanged, match=r"ledger/nights/000001/coverage\.parquet"):
        plan(home)


def test_a_damaged_entry_stops_no_build_and_hides_no_changed_bronze(home: Home) -> None:
    (entry,) = chain.of_home(home).paths()
    entry.chmod(0o600)
    entry.write_bytes(entry.read_bytes().replace(b'"night": 1', b'"night": 2'))
    assert plan(home)
    commit_night(home, [submission(submission_id="d" * 16)])
    assert plan(home)
    assert [found.path for found in verify(home).breaks] == [entry.relative_to(home.path).as_posix()]
    edit(home)
    with pytest.raises(InputChanged, match="bronze/school_census"):
        plan(home)


def test_a_file_read_again_replaces_its_rows_when_the_night_is_true(home: Home) -> None:
    before = bronze(home).read_bytes()
    night = Ledger(home).open_next()
    write_bronze(night.rows, rows=3)
    assert bronze(home).read_bytes() == before
    assert verify(home).breaks == []
    assert plan(home)
    shutil.rmtree(night.path)
    write_bronze(home, rows=3)
    commit_night(home, [submission()])
    assert pq.read_metadata(bronze(home)).num_rows == 3
    assert not (home.nights / "000002" / chain.STAGED).exists()
    assert verify(home).breaks == []
    assert plan(home)


def unsealed(home: Home, monkeypatch: pytest.MonkeyPatch, *, placed: bool) -> None:
    """A night killed between its rename and its entry, before or after its rows were in their place."""
    with monkeypatch.context() as patch:
        seal = chain.seal_nights

        def killed(home: Home, number: int | None = None) -> None:
            if placed:
                chain.place_rows(home, home.nights / f"{number:06d}")

        patch.setattr(chain, "seal_nights", killed)
        write_bronze(home, rows=3)
        commit_night(home, [submission()])
        assert chain.seal_nights is not seal


@pytest.mark.parametrize("placed", [False, True])
def test_between_a_kill_and_the_next_night_nothing_is_broken(home: Home, monkeypatch: pytest.MonkeyPatch, placed: bool) -> None:
    sealed = bronze(home).read_bytes()
    unsealed(home, monkeypatch, placed=placed)
    if not placed:
        bronze(home).write_bytes(sealed)
    found = verify(home)
    assert found.breaks == []
    assert any("第 2 夜" in notice and "下一夜" in notice for notice in found.notices)
    assert plan(home)
    assert pq.read_metadata(bronze(home)).num_rows == 3
    found = verify(home)
    assert found.breaks == []
    assert any("第 2 夜" in notice and "入链晚于写成" in notice for notice in found.notices)


def before_rows_were_hashed(home: Home) -> None:
    """Make the home what an earlier version left: its nights and its chain know nothing of bronze."""
    (home.nights / "000001" / chain.ROWS).unlink()
    (entry,) = chain.of_home(home).entries()
    for path in chain.of_home(home).paths():
        path.unlink()
    files = {
        path: digest for path, digest in entry.body["files"].items() if path.startswith("ledger/") and chain.ROWS not in path
    }
    chain.of_home(home).append(chain.NIGHT, entry.body | {"files": files})


def test_bronze_of_a_home_made_before_is_hashed_at_the_next_night_and_that_is_told(home: Home) -> None:
    before_rows_were_hashed(home)
    found = verify(home)
    assert found.breaks == []
    assert [notice for notice in found.notices if "还没有记录哈希" in notice]
    commit_night(home, [submission(submission_id="d" * 16)])
    found = verify(home)
    assert found.breaks == []
    assert [notice for notice in found.notices if "写成于记录其哈希之前" in notice]
    assert plan(home)
    edit(home)
    with pytest.raises(InputChanged, match="bronze/school_census"):
        plan(home)
    assert [found.path for found in verify(home).breaks] == [CHANGES[edit]]
    commit_night(home, [submission(submission_id="e" * 16)])  # never hashed a second time
    assert [found.path for found in verify(home).breaks] == [CHANGES[edit]]


def test_bronze_hashed_late_is_not_hashed_again_when_its_entry_is_damaged(home: Home) -> None:
    before_rows_were_hashed(home)
    commit_night(home, [submission(submission_id="d" * 16)])
    entry = chain.of_home(home).paths()[1]
    assert json.loads(entry.read_bytes())["adopted_rows"]
    kept = entry.read_bytes()
    entry.chmod(0o600)
    entry.write_bytes(b"{")
    edit(home)
    commit_night(home, [submission(submission_id="e" * 16)])
    entry.write_bytes(kept)
    assert [found.path for found in verify(home).breaks] == [CHANGES[edit]]
