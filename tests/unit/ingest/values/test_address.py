"""The address of a cell: what is written is read back, whatever the sheet is called."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.inspect.original import agree
from ingest.values import address
from ingest.values.address import CellAddress
from samples.shapes import wide_table, workbook
from tests.unit.ingest.made import cells, original, school

_NAMES = st.none() | st.text(min_size=1, max_size=12) | st.text("+!'A1", min_size=1, max_size=12)
_ADDRESSES = st.builds(CellAddress, _NAMES, st.from_regex(r"[A-Z]{1,3}", fullmatch=True), st.integers(1, 1 << 20))


@given(st.lists(_ADDRESSES, min_size=1, max_size=5))
def test_what_is_written_is_read_back(addresses: list[CellAddress]) -> None:
    assert address.read(address.written(addresses)) == tuple(addresses)


def test_what_older_homes_hold_is_read() -> None:
    assert [str(cell) for cell in address.read("教基3112_小学!I6")] == ["教基3112_小学!I6"]
    found = address.read("小学+初中!C7+小学+初中!D7")
    assert [(cell.sheet, cell.cell) for cell in found] == [("小学+初中", "C7"), ("小学+初中", "D7")]
    assert [(cell.sheet, cell.cell) for cell in address.read("it's!C7")] == [("it's", "C7")]
    assert address.read("") == ()


def test_a_sum_is_told_cell_by_cell() -> None:
    assert address.told(address.read("横表!C7+横表!D7")) == "工作表“横表”单元格C7、D7"
    assert address.told(address.read("甲!C7+乙!D7+甲!E9")) == "工作表“甲”单元格C7、E9、工作表“乙”单元格D7"


@pytest.mark.parametrize("sheet", ["小学+初中", "小学!A1", "text", "小学's"])
def test_a_sum_is_found_again_in_a_sheet_of_any_name(desk: Any, sheet: str) -> None:
    result = desk.deliver(workbook({sheet: wide_table([school()], "primary")}), name="小学横表.xlsx")
    assert not result.refused, result.reason
    (row,) = desk.bronze(result)
    found = cells(original(desk, result), row, "qualified_primary")
    assert len(found) > 1
    assert {cell.sheet for cell in found} == {sheet}
    assert agree(found, Decimal(row["qualified_primary"]))


def test_a_sheet_that_is_not_there_has_no_cells(desk: Any) -> None:
    result = desk.deliver(desk.xlsx({"普查": [desk.header, desk.school_row()]}))
    (row,) = desk.bronze(result)
    read = original(desk, result)
    assert cells(read, row | {"_sheet": "别的"}, "pupils_primary") == []
    (cell,) = cells(read, row | {"_cells": json.dumps({"pupils_primary": "别的!F2"})}, "pupils_primary")
    assert cell.value is None
