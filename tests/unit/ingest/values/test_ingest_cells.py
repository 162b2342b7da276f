from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.values.cells import BadCell, CellError, clean_text, squeeze, typed


@pytest.mark.parametrize(
    ("cell", "field_type", "expected"),
    [
        ("１２３", "count", 123),
        (" 1 2 3 ", "count", 123),
        ("1,527", "count", 1527),
        ("1，527", "count", 1527),
        ("57.0", "count", 57),
        (57.0, "count", 57),
        ("-5", "count", -5),
        ("−5", "count", -5),
        ("12\u00a0", "count", 12),
        ("12_x000D_", "count", 12),
        ("", "count", None),
        (None, "count", None),
        ("—", "count", None),
        ("——", "count", None),
        ("*", "count", None),
        ("／", "count", None),
        ("无", "count", None),
        ("-", "amount", None),
        ("1,234.5", "amount", Decimal("1234.5000")),
        (0.1 + 0.2, "amount", Decimal("0.3000")),
        ("0.00005", "amount", Decimal("0.0001")),
        ("0.14999999", "value", Decimal("0.14999999")),
        ("2025", "year", 2025),
        (2025.0, "year", 2025),
        ("2025—2026学年", "year", 2025),
        ("2025/26", "year", 2025),
        ("２０２５学年", "year", 2025),
        ("是", "flag", 1),
        ("0", "flag", 0),
        (True, "flag", 1),
        (1.0, "flag", 1),
        ("'2111010001", "code", "2111010001"),
        ('="2111010001"', "code", "2111010001"),
        (2111010001.0, "code", "2111010001"),
        (330282123204.0, "code", "330282123204"),
        ("G6.allocated", "code", "G6.allocated"),
        ("96；90.5、 ", "list", "96;90.5"),
        (96.0, "list", "96"),
        ("96\n90.5_x000D_\n", "list", "96;90.5"),
        ("96.0;0100.50", "list", "96;100.5"),
        ("9" * 40, "list", "9" * 40),
        ("示范 小学\n", "text", "示范 小学"),
        ("示范小学（东区）", "text", "示范小学（东区）"),
    ],
)
def test_typed(cell: object, field_type: str, expected: object) -> None:
    assert typed(cell, field_type) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "field_type", "rule"),
    [
        ("约300", "count", "not_a_number"),
        ("1,52", "count", "not_a_number"),
        ("1.1E+17", "amount", "not_a_number"),
        ("300人", "count", "not_a_number"),
        (dt.date(2025, 1, 2), "count", "not_a_number"),
        (True, "count", "not_a_number"),
        (float("nan"), "value", "not_a_number"),
        ("12.5", "count", "not_whole"),
        (12.5, "count", "not_whole"),
        ("12%", "value", "percent_sign"),
        ("9" * 16, "count", "number_too_large"),
        ("1" + "0" * 14, "amount", "number_too_large"),
        ("2111010001.0", "code", "id_as_float"),
        ("1.1E+17", "code", "id_as_float"),
        (1.1e17, "code", "id_as_float"),
        (2111010001.5, "code", "id_as_float"),
        (dt.datetime(2025, 1, 2), "code", "not_a_code"),
        ("2025-2027", "year", "not_a_year"),
        ("二〇二五", "year", "not_a_year"),
        ("20255", "year", "not_a_year"),
        (dt.date(2025, 9, 1), "year", "not_a_year"),
        ("2", "flag", "not_a_flag"),
        ("310\n320", "count", "not_a_number"),
        ("310_x000D_\n320", "count", "not_a_number"),
        ("３１０\t３２０", "amount", "not_a_number"),
        ("96,90", "list", "not_a_list"),
        ("102,105,103", "list", "not_a_list"),
        ("102，105", "list", "not_a_list"),
        ("102 105", "list", "not_a_list"),
        (CellError("#REF!"), "count", "formula_error"),
    ],
)
def test_bad_cells(cell: object, field_type: str, rule: str) -> None:
    with pytest.raises(BadCell) as caught:
        typed(cell, field_type)  # type: ignore[arg-type]
    assert caught.value.rule == rule


DIRT = st.text(alphabet=" \t\n\r\u00a0\u3000\u200b\ufeff", max_size=3)


@given(st.integers(1 - 10**9, 10**9 - 1), DIRT, DIRT, st.booleans(), st.booleans())
def test_dirt_around_a_whole_number_changes_nothing(number: int, before: str, after: str, commas: bool, full_width: bool) -> None:
    text = f"{number:,}" if commas else str(number)
    if full_width:
        text = text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789,-"})
    assert typed(f"{before}{text}_x000D_{after}", "count") == number


@given(st.decimals(-(10**9), 10**9, places=4))
def test_amounts_are_exact(amount: Decimal) -> None:
    assert typed(str(amount), "amount") == amount
    assert typed(float(amount), "amount") == amount


@given(st.text())
def test_any_text_is_typed_or_refused(text: str) -> None:
    for field_type in ("text", "code", "count", "amount", "value", "flag", "list", "year"):
        with contextlib.suppress(BadCell):
            typed(text, field_type)


@given(st.text())
def test_cleaning_is_idempotent(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)
    assert " " not in squeeze(text)


@given(st.integers(10**9, 10**10 - 1), st.sampled_from([".0", ".", ".00", "e3", "E+12"]))
def test_a_code_that_became_a_float_is_never_repaired(code: int, tail: str) -> None:
    with pytest.raises(BadCell, match="id_as_float"):
        typed(f"{code}{tail}", "code")
