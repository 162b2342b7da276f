"""What the cells of a text take in memory."""

from __future__ import annotations

import tracemalloc

import pytest

from ingest.readers import text

ROWS, COLUMNS = 20_000, 16
MOST = 40
"""Bytes a cell; a Python text of its own for every cell alone takes more."""


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
