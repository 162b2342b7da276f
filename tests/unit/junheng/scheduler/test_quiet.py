"""A night without Airflow: the names and sizes of the last one, the steps of the DAG, what goes wrong in one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from junheng.core.home import Home
from junheng.core.ledger import Ledger
from junheng.scheduler import quiet
from junheng.scheduler.inprocess import METADATA, Progress

CENSUS = "区划代码,学年,学校标识码,学校名称,办学类型码,小学在校生\n990101,2025,2199010001,第一小学,211,600\n"


@pytest.fixture
def conf(tmp_path: Path) -> dict[str, Any]:
    folder = tmp_path / "landing" / "990101" / "2025"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text(CENSUS, encoding="utf-8")
    (folder.parent / "b.csv").write_text(CENSUS, encoding="utf-8")  # no file of a year: refused unread
    return {"landing": str(tmp_path / "landing"), "school_years": None, "as_of": "2026-03-01"}


@pytest.fixture
def home(tmp_path: Path, conf: dict[str, Any]) -> Home:
    """After one night over the landing folder."""
    found = Home(tmp_path / "home").create()
    assert not quiet.may_be(found, conf)
    assert quiet.run(found, conf, Progress()).succeeded
    return found


def test_the_same_names_and_sizes_are_a_quiet_night(home: Home, conf: dict[str, Any]) -> None:
    assert quiet.may_be(home, conf)
    assert not quiet.may_be(home, conf | {"school_years": [2025]})


@pytest.mark.parametrize("change", ["longer", "new", "gone", "folder gone", "no ledger"])
def test_anything_else_is_none(home: Home, conf: dict[str, Any], change: str) -> None:
    folder = Path(conf["landing"]) / "990101" / "2025"
    if change == "longer":
        (folder / "a.csv").write_text(CENSUS + "\n", encoding="utf-8")
    elif change == "new":
        (folder.parent / "c.csv").write_text(CENSUS, encoding="utf-8")
    elif change == "gone":
        (folder / "a.csv").unlink()
    elif change == "folder gone":
        Path(conf["landing"]).rename(home.path / "elsewhere")
    else:
        (home.nights / "000001" / "inventory.parquet").write_bytes(b"no table")
    assert not quiet.may_be(home, conf)


def test_steps_are_told_and_the_night_is_true(home: Home, conf: dict[str, Any]) -> None:
    (home.airflow / METADATA).touch()
    told: list[str] = []
    outcome = quiet.run(home, conf, Progress(told.append, told.append, lambda count: told.append(str(count))))
    assert outcome.succeeded
    assert told == [str(len(quiet.STEPS)), *(step for step in quiet.STEPS for _ in range(2))]
    assert Ledger(home).numbers() == [1, 2]
    assert not (home.airflow / METADATA).exists()


def test_bytes_that_changed_under_the_same_size_are_taken_all_the_same(home: Home, conf: dict[str, Any]) -> None:
    file = Path(conf["landing"]) / "990101" / "2025" / "a.csv"
    file.write_text(CENSUS.replace("600", "700"), encoding="utf-8")
    assert quiet.may_be(home, conf)
    assert quiet.run(home, conf, Progress()).succeeded
    assert (
        len({row["sha256"] for row in Ledger(home).table("submissions").to_pylist() if row["file_name"].endswith("a.csv")}) == 2
    )


def test_a_step_that_fails_ends_the_night(home: Home, conf: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(quiet, "judge", fail)
    outcome = quiet.run(home, conf, Progress())
    assert (outcome.succeeded, outcome.failures) == (False, {"gate": "no memory"})
    assert Ledger(home).numbers() == [1]
