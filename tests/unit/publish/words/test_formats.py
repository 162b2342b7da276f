from __future__ import annotations

from decimal import Decimal

import pytest

from publish.words import formats


@pytest.mark.parametrize(
    ("value", "least", "expected"),
    [
        (Decimal("0.5000"), 2, "0.50"),
        (Decimal("2000.0000"), 0, "2,000"),
        (Decimal("3.8250"), 0, "3.825"),
        (0.9, 2, "0.90"),
    ],
)
def test_plain(value: Decimal, least: int, expected: str) -> None:
    assert formats.plain(value, least) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (Decimal("2.01"), "人", ("3", "人")),
        (Decimal("2"), "间", ("2", "间")),
        (Decimal("4895.051"), "平方米", ("4,895.06", "平方米")),
        (Decimal("9999.2"), "元", ("10,000", "元")),
        (Decimal("1020600"), "元", ("102.06", "万元")),
        (Decimal("839690.909090909"), "元", ("83.97", "万元")),
    ],
)
def test_missing_amounts_are_rounded_up(value: Decimal, unit: str, expected: tuple[str, str]) -> None:
    assert formats.amount(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "limit", "decimals", "expected"),
    [
        (Decimal("0.998"), Decimal("1"), 2, "0.998"),
        (Decimal("0.999999"), Decimal("1"), 2, "0.999999"),
        (Decimal("1"), Decimal("1"), 2, "1.00"),
        (Decimal("1999.999"), Decimal("2000"), 2, "1,999.999"),
        (Decimal("3.5666"), Decimal("3.565"), 2, "3.57"),
        (Decimal("0.85"), None, 2, "0.85"),
    ],
)
def test_a_value_beside_its_standard_is_on_the_side_it_is_on(
    value: Decimal, limit: Decimal | None, decimals: int, expected: str
) -> None:
    assert formats.beside(value, limit, decimals) == expected


def test_a_ratio_as_one_to_how_many() -> None:
    assert formats.one_to(Decimal("0.049017")) == "1:20.4"
    assert formats.one_to(Decimal(0)) == ""
    assert formats.with_ratio("0.049", Decimal("0.049017"), "one_to") == "0.049（1:20.4）"
    assert formats.with_ratio("0.000", Decimal(0), "one_to") == "0.000"
    assert formats.with_ratio("0.049", Decimal("0.049017"), None) == "0.049"


def test_change_is_between_the_printed_values() -> None:
    assert formats.change(Decimal("0.470"), Decimal("0.530")) == "↓0.060"
    assert formats.change(Decimal("0.531"), Decimal("0.530")) == "↑0.001"
    assert formats.change(Decimal("0.530"), Decimal("0.530")) == "→0.000"


def test_a_value_at_the_limit_is_told_from_it() -> None:
    assert formats.distinct_from(Decimal("0.500400000000"), Decimal("0.5000"), 3) == "0.5004"
    assert formats.distinct_from(Decimal("0.499970000000"), Decimal("0.5000"), 3) == "0.49997"


def test_school_year() -> None:
    assert formats.school_year(2025) == "2025—2026学年"
