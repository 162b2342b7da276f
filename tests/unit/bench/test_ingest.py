"""The ingest benchmark's own parts on a small province: it reads what it wrote, and a file not taken is noticed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from bench import ingest as bench_ingest
from bench import steps
from bench.province import SEED, Province, write_tables, write_workbooks
from junheng.core.home import Home
from junheng.core.ledger import OpenNight
from junheng.core.settings import Settings
from samples import area
from samples.write import write_jj_workbook

PROVINCE = Province(counties=2, schools=40, item_rows=30, teachers=40, tables=2, table_rows=50)
FILES = 40 + 2 + 2


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("province")
    assert write_workbooks(root / "workbooks", PROVINCE) == FILES
    assert write_tables(root / "tables", PROVINCE) == 2
    return root


@pytest.fixture(autouse=True)
def person_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(Settings.person_key.name, bench_ingest.KEY)


def _sheets(path: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_a_quickly_written_workbook_reads_like_the_sample(landing: Path, tmp_path: Path) -> None:
    """Two schools of each kind: the second is poured into the mould of the first."""
    kinds: dict[str, int] = {}
    for row in area.generate(PROVINCE.counties, PROVINCE.schools, SEED):
        kind = str(row["school_kind_code"])
        if kind == "218" or kinds.get(kind, 0) == 2:
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        write_jj_workbook(tmp_path / "one.xlsx", row | {"township": "基准镇", "built_year": 1990, "is_boarding": 0})
        quick = landing / "workbooks" / row["county_code"] / str(area.YEAR) / "学校报表" / f"{row['school_code']}.xlsx"
        assert _sheets(quick) == _sheets(tmp_path / "one.xlsx")
    assert kinds["211"] == 2
    assert len(kinds) > 2


def test_every_file_of_the_province_is_accepted_with_its_figures(landing: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    found = steps.night(landing / "workbooks", home, 1)
    assert found["files"] == FILES
    assert bench_ingest.accepted(home, FILES) == 40 + 2 * 30 + 2 * 40
    files = (OpenNight(home, 1).rows.bronze / "school_census").glob("*/part-0.parquet")
    census = [pq.ParquetFile(path).read().to_pylist()[0] for path in files]
    expected = {row["school_code"]: row for row in area.generate(PROVINCE.counties, PROVINCE.schools, SEED)}
    assert {row["school_code"] for row in census} == expected.keys()
    for row in census:
        for name in ("pupils_primary", "pupils_junior", "teaching_area_m2", "pe_art_junior", "books"):
            assert row[name] == expected[row["school_code"]][name], name


def test_numbers_as_text_are_the_same_figures(landing: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    steps.night(landing / "tables", home, 2)
    assert bench_ingest.accepted(home, 2) == 2 * 50
    sums = {
        path: sum(pq.ParquetFile(path).read().column("teaching_area_m2").to_pylist(), Decimal(0))
        for path in (OpenNight(home, 1).rows.bronze / "school_census").glob("*/part-0.parquet")
    }
    expected = {sum(area.table(2, 50, SEED + n).column("teaching_area_m2").to_pylist()) for n in range(2)}
    assert set(sums.values()) == expected
    kinds = [type(_sheets(path)["Sheet1"][1][16]) for path in sorted((landing / "tables").rglob("*.xlsx"))]
    assert kinds == [float, str]


def test_a_file_that_ingest_refuses_ends_the_benchmark(landing: Path, tmp_path: Path) -> None:
    copy = tmp_path / "landing"
    shutil.copytree(landing / "tables", copy)
    (copy / "98" / str(area.YEAR) / "台账.xlsx").write_bytes(b"PK\x03\x04")
    home = Home(tmp_path / "home").create()
    steps.night(copy, home, 1)
    with pytest.raises(bench_ingest.NotTaken, match=r"台账\.xlsx"):
        bench_ingest.accepted(home, 3)
    night = OpenNight(home, 1)
    night.drop_results({result.submission_id for result in night.results() if result.refused})
    with pytest.raises(bench_ingest.NotTaken, match="2 of 3"):
        bench_ingest.accepted(home, 3)


def test_a_clock_counts_what_is_inside_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def tick(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(steps.time, "perf_counter", lambda: now)
    clock = steps.Clock()
    inner = clock.timed("inner", lambda: tick(2))

    def outer() -> None:
        tick(1)
        inner()
        inner()

    clock.timed("outer", outer)()
    assert dict(clock.seconds) == {"inner": 4, "outer": 1}


def test_a_process_below_this_one_is_counted() -> None:
    block = "import sys; x = bytearray(100 * 2**20); sys.stdout.write('x'); sys.stdout.flush(); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", block], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.read(1)
        found = steps.usage()
        child.communicate()
    assert found[child.pid][1] > 100
    assert found[os.getpid()][0] > 0
