"""Days have one spelling in the ledger, and a night that could not be read again never becomes true."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from ingest.landing import night as nights
from junheng.core.days import iso_day
from junheng.core.home import Home
from junheng.core.ledger import Ledger, NightUnreadable, OpenNight
from junheng.core.records import SCHEMAS
from junheng.core.run import Run
from publish.build.build import prepare

SPELLINGS = {"20260301": "2026-03-01", "2026-03-01": "2026-03-01", "2026-W09-7": "2026-03-01", " 2026W097\n": "2026-03-01"}
NONE = ("", "2026-02-30", "2026-03-01T01:00", "0001-01-01", "9999-12-31", "1.3.2026", "次日", "2026-03-01\0")


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUNHENG_ROOTS", str(tmp_path))


def run_of(home: Path, as_of: str | None) -> Run:
    moment = datetime(2026, 3, 1, 20, tzinfo=UTC)
    params = {"home": str(home), "as_of": as_of}
    return Run.from_context({"params": params, "run_id": "run", "dag_run": SimpleNamespace(run_after=moment)})


def opened(home: Home, as_of: str) -> OpenNight:
    home.landing.mkdir(parents=True, exist_ok=True)
    number, _ = nights.open_night(home, home.landing, None, "run", as_of)
    night = OpenNight(home, number)
    for name in SCHEMAS:
        night.write_table(name, [])
    return night


@pytest.mark.parametrize("written", SPELLINGS)
def test_every_spelling_of_a_day_becomes_one(written: str, tmp_path: Path) -> None:
    assert iso_day(written) == SPELLINGS[written]
    assert run_of(tmp_path, written).as_of == SPELLINGS[written]
    assert opened(Home(tmp_path).create(), written).plan.as_of == SPELLINGS[written]


@pytest.mark.parametrize("written", NONE)
def test_what_is_no_day_is_refused_where_it_enters(written: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"."):
        iso_day(written)
    if written:
        with pytest.raises(RuntimeError, match="as_of"):
            run_of(tmp_path, written)
    with pytest.raises(ValueError, match=r"."):
        opened(Home(tmp_path).create(), written)
    assert Ledger(Home(tmp_path)).numbers() == []


def test_without_a_day_it_is_that_of_the_run_in_china(tmp_path: Path) -> None:
    assert run_of(tmp_path, None).as_of == "2026-03-02"


@pytest.mark.parametrize("written", SPELLINGS)
def test_a_build_reads_the_night_of_any_spelling(written: str, tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    opened(home, written)
    nights.commit_night(home, 1, "run")
    prepare(home, home.warehouse / "build.duckdb", [])
    with duckdb.connect(str(home.warehouse / "build.duckdb")) as connection:
        assert str(connection.execute("select as_of from run.night").fetchone()) == "(datetime.date(2026, 3, 1),)"


def test_a_home_whose_night_an_earlier_version_wrote_goes_on(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    opened(home, "2026-03-01")
    nights.commit_night(home, 1, "run")
    path = home.nights / "000001" / "night.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"as_of": "20260301"}))
    prepare(home, home.warehouse / "build.duckdb", [])
    with duckdb.connect(str(home.warehouse / "build.duckdb")) as connection:
        assert str(connection.execute("select as_of from run.night").fetchone()) == "(datetime.date(2026, 3, 1),)"


@pytest.mark.parametrize("night", [{}, {"as_of": None}, {"as_of": "20260301"}, {"as_of": 20260301}, {"as_of": "9999-12-31"}])
def test_a_night_without_a_readable_day_is_not_committed(night: dict[str, object], tmp_path: Path) -> None:
    work = opened(Home(tmp_path).create(), "2026-03-01")
    with pytest.raises(NightUnreadable):
        work.commit(night)
    assert Ledger(Home(tmp_path)).numbers() == []


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("bad", [b"", b"PAR1", None])
def test_a_night_with_a_table_that_cannot_be_read_is_not_committed(name: str, bad: bytes | None, tmp_path: Path) -> None:
    work = opened(Home(tmp_path).create(), "2026-03-01")
    other = work.path / f"{'inventory' if name != 'inventory' else 'coverage'}.parquet"
    (work.path / f"{name}.parquet").write_bytes(other.read_bytes() if bad is None else bad)
    with pytest.raises(NightUnreadable):
        work.commit({"as_of": "2026-03-01"})
    assert Ledger(Home(tmp_path)).numbers() == []
