"""Cells typed by column are those typed one by one."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, get_args

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.schema.contract import Contract
from ingest.schema.source import ARROW_TYPES, FieldType
from ingest.shapes.contracts import load_contracts
from ingest.shapes.records import RawRow, Records
from ingest.shapes.typed import TypedRow
from ingest.shapes.typer import _FEW, RowTyper
from ingest.values.cells import CellError, typed
from ingest.values.columns import ABSENT, Distinct, answers
from ingest.values.persons import masked
from ingest.values.plain import plain
from junheng.core.records import LandedFile

TYPES: tuple[FieldType, ...] = get_args(FieldType)
LANDED = LandedFile("990101/2025/a.xlsx", 1, "990101", 2025, "0" * 64)

WRITTEN = [
    "", " ", "-", "—", "无", "NULL", "N/A", "0", "12", "007", "１２", "1,234", "12.5", "1.23456", "0.00005", ".5", "5.", "-3",
    "+3", "12%", "1e5", "2025", "2025-2026学年", "2024-09", "202413", "是", "否", "Y", "小学", "示范路小学", "第 1 中学", "A学校",
    "两\u200b所", "_x000D_", "3.5;4", "3、4", '="0012"', "'0012", "999999999", "1000000000", "10000000000.5", "13812345678",
    "110101199001011234", "a@b.cn", "990101", "9901", "2199010001", "211", "九年一贯制学校", "教师",
]  # fmt: skip
NUMBERS = [
    0.0, -0.0, 1.0, 12.5, 1.23456, 0.00005, 1.00005, 2.67545, 3.3333333333333335, 1e-9, 123456789012345.0, 999999999.0, 1e9, 1e14,
    1e15, 1e300, 45000.0, 45000.5, 2025.0, 2024.1,
]  # fmt: skip
OTHERS = [True, False, 7, None, CellError("#REF!"), Decimal("1.50"), dt.datetime(2024, 9, 1), dt.date(2024, 9, 1), dt.time(8)]
texts = st.sampled_from(WRITTEN) | st.text(max_size=14) | st.from_regex(r"[0-9]{1,12}(\.[0-9]{0,6})?", fullmatch=True)
floats = (
    st.sampled_from(NUMBERS) | st.floats() | st.builds(lambda n, d: n / 10**d, st.integers(-(10**16), 10**16), st.integers(0, 10))
)
cells = texts | floats | st.sampled_from(OTHERS) | st.just(ABSENT)
columns = st.lists(texts) | st.lists(floats | st.just("") | st.floats()) | st.lists(texts | st.just(ABSENT)) | st.lists(cells)


def _read(cell: object, field_type: FieldType) -> object:
    value = typed(cell, field_type)
    return masked(value) if field_type == "text" and isinstance(value, str) else value


@pytest.mark.parametrize("field_type", TYPES)
@settings(max_examples=100, deadline=None)
@given(column=columns, blank_is_none=st.booleans())
def test_a_plain_cell_is_typed_as_it_is_alone(field_type: FieldType, column: list[object], blank_is_none: bool) -> None:
    found = plain(column, field_type, blank_is_none)
    if found is None:
        return
    for cell, value, is_plain in zip(column, found[0].to_pylist(), found[1].to_pylist(), strict=True):
        if is_plain:
            assert cell is not ABSENT
            assert pa.array([_read(cell, field_type)], ARROW_TYPES[field_type]).to_pylist() == [value]
            assert cell != "" or blank_is_none


@pytest.mark.parametrize(
    ("field_type", "column"),
    [
        ("count", [3.0, "", 70000.0, ""]),
        ("count", ["3", "", "070"]),
        ("amount", [3.25, "", 70000.1234, 0.0]),
        ("amount", ["3.25", "", "12"]),
        ("value", [1 / 8, 3.0]),
        ("code", ["990101", "", "01"]),
        ("text", ["示范路小学", "", "A1"]),
    ],
)
def test_ordinary_columns_are_plain(field_type: FieldType, column: list[object]) -> None:
    found = plain(column, field_type, True)
    assert found is not None
    assert found[1].to_pylist() == [True] * len(column)
    assert found[0].to_pylist() == [_read(cell, field_type) for cell in column]


def test_equal_cells_that_read_differently_are_told_apart() -> None:
    column = [
        1,
        1.0,
        True,
        "#REF!",
        CellError("#REF!"),
        Decimal("1"),
        Decimal("1.0"),
        dt.date(2024, 9, 1),
        dt.datetime(2024, 9, 1),
        1.0,
    ]
    assert answers(lambda cell: (type(cell), str(cell)), column) == [(type(cell), str(cell)) for cell in column]
    for pair in ([1.0, True], [1, 1.0], ["#REF!", CellError("#REF!")]):
        assert answers(type, pair) == list(map(type, pair))
    without = [cell for cell in column if not isinstance(cell, Decimal)]
    assert answers(lambda cell: (type(cell), str(cell)), without) == [(type(cell), str(cell)) for cell in without]
    assert len(Distinct.of(without).cells) == len(without) - 1
    assert len(Distinct.of([0.0, -0.0], told_apart=True).cells) == 2


def _contracts() -> list[Contract]:
    return [contract for contract in load_contracts() if contract.kind == "table"]


def _of_row(typer: RowTyper, row: RawRow) -> tuple[dict[str, Any], list[Any]]:
    found: TypedRow = typer.type_row(row)
    return found.values, found.faults


@pytest.mark.parametrize("contract", _contracts(), ids=lambda contract: contract.id)
@settings(max_examples=8, deadline=None)
@given(data=st.data(), dirt=st.sampled_from([0, 1, 5]))
def test_columns_hold_what_rows_hold(contract: Contract, data: st.DataObject, dirt: int) -> None:
    """Of every contract, enough records to be read by column, some of them dirty or short."""
    good: dict[FieldType, list[object]] = {
        "text": ["示范路小学", "第1中学"], "code": ["990101", "2199010001"], "count": ["12", 30.0, ""],
        "amount": [12.5, "3.25", ""], "value": [0.125, "7"], "year": ["2025", 2025.0], "flag": ["是", ""], "list": ["3;4"],
        "month": ["2024-09"], "choice": ["小学"], "person": ["110101196001011234"],
    }  # fmt: skip
    rows = []
    for number in range(_FEW + 6):
        raw: dict[str, object] = {}
        for place, entry in enumerate(contract.fields.fields):
            choices = good[entry.type] if entry.role != "county" else ["990101"]
            if entry.role == "school":
                choices = ["2199010001"]
            if entry.choices:
                choices = [value for value, _ in entry.choices]
            raw[entry.name] = choices[(number + place) % len(choices)]
        rows.append(RawRow("表", number + 2, raw, {}))
    for _ in range(dirt):
        row = data.draw(st.sampled_from(rows))
        name = data.draw(st.sampled_from([entry.name for entry in contract.fields.fields]))
        cell = data.draw(cells)
        if cell is ABSENT:
            row.raw.pop(name, None)
        else:
            row.raw[name] = cell
    typer = RowTyper(contract, LANDED)
    found = typer.type_records(Records.of(rows))
    expected = [_of_row(typer, row) for row in rows]
    kept = [values for values, faults in expected if not faults]
    for entry in contract.fields.fields:
        column = pa.array([values[entry.name] for values in kept], ARROW_TYPES[entry.type])
        assert found.good.column(entry.name).to_pylist() == column.to_pylist()
    assert [(row.values, row.faults) for row in found.bad] == [(values, faults) for values, faults in expected if faults]
    assert len(found) == len(rows)
