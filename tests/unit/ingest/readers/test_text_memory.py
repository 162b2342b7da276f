"""What the cells of a text take in memory."""

from __future__ import annotations

import hashlib
import tracemalloc
from pathlib import Path

import pytest

from ingest.landing import archive
from ingest.landing.parse import parse_file
from ingest.readers import text
from ingest.readers.sheet import ColumnRows, Sheet
from ingest.shapes import typer
from junheng.core.home import Home
from junheng.core.records import LandedFile

ROWS, COLUMNS = 20_000, 16
MOST = 40
"""Bytes a cell; a Python text of its own for every cell alone takes more."""
TIMES = 11.5


def test_cells_of_a_text_are_kept_once() -> None:
    lines = (f"21{n:08d},示范第{n}小学," + ",".join(str(300 + (n * k) % 997) for k in range(COLUMNS - 2)) for n in range(ROWS))
    data = "\r\n".join(lines) + "\r\n"
    tracemalloc.start()
    try:
        sheet = text.read(data, ",")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(sheet.rows) == ROWS
    assert sheet.rows[7][:3] == ["2100000007", "示范第7小学", "300"]
    assert peak / (ROWS * COLUMNS) < MOST


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_do_and_quotes_may_hold_some(end: str) -> None:
    data = end.join(["a,b", '"1\n2",3', "", "'007,x", "last,line"])
    sheet = text.read(data, ",")
    assert sheet.rows == [["a", "b"], ["1\n2", "3"], [], ["007", "x"], ["last", "line"]]
    assert sheet.unterminated


@pytest.mark.parametrize("rows", [text._BLOCK - 1, text._BLOCK, 2 * text._BLOCK + 3])
def test_rows_of_a_long_text_are_kept_by_columns_and_end_where_they_do(rows: int) -> None:
    lines = [",".join(str(n + k) for k in range(n % 4 + 1)) if n % 97 else "" for n in range(rows)]
    expected = [line.split(",") if line else [] for line in lines]
    read = text.read("\n".join(lines) + "\n", ",").rows
    assert isinstance(read, ColumnRows) == (rows >= text._BLOCK)
    assert list(read) == expected
    assert len(read) == rows
    assert read[-1] == expected[-1]
    assert read[5:9] == expected[5:9]
    assert read[-3:] == expected[-3:]
    columns = Sheet(None, read).columns(2, "-")
    assert [list(row) for row in zip(*columns, strict=True)] == [row + ["-"] * (4 - len(row)) for row in expected[2:]]


def test_one_long_row_makes_no_long_columns() -> None:
    lines = ["1,2"] * (3 * text._BLOCK)
    lines[text._BLOCK + 7] = ",".join("x" * 10_000)
    read = text.read("\n".join(lines) + "\n", ",").rows
    assert not isinstance(read, ColumnRows)
    assert [len(row) for row in read].count(2) == len(lines) - 1
    assert len(read[text._BLOCK + 7]) == 10_000
    assert read[0] == read[-1] == ["1", "2"]


def test_what_was_decoded_is_not_kept_beside_its_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text takes so many times its size until it lies in bronze."""
    monkeypatch.setattr(typer, "_MANY", 1024)
    path = tmp_path / "a.csv"
    row = "990101,2025,{0},示范县第{1}小学校,211,镇{2},{3},{4},{5}"
    lines = [row.format(2199000000 + n, n, n % 30, 50 + n % 2000, n % 99, f"{n * 4.5:.2f}") for n in range(10_000)]
    header = "区划代码,学年,学校标识码,学校名称,办学类型码,乡镇(街道),小学在校生,小学班数,教学及辅助用房面积"
    path.write_text("\n".join([header, *lines]) + "\n")
    data, home = path.read_bytes(), Home(tmp_path / "home").create()
    landed = LandedFile("990101/2025/a.csv", len(data), "990101", 2025, hashlib.sha256(data).hexdigest())
    archive.store(home, path, landed.sha256)
    parse_file(home, landed)  # what is read once and kept
    tracemalloc.start()
    try:
        result = parse_file(home, landed)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result.rows_parsed == 10_000
    assert peak / len(data) < TIMES
