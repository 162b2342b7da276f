from __future__ import annotations

from decimal import Decimal

import pytest

from publish import formats


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
    [(Decimal("2.01"), "人", "3"), (Decimal("2"), "间", "2"), (Decimal("4895.055"), "平方米", "4,895.06")],
)
def test_missing_amounts_round_persons_up(value: Decimal, unit: str, expected: str) -> None:
    assert formats.amount(value, unit) == expected


def test_change_is_between_the_printed_values() -> None:
    assert formats.change(Decimal("0.470"), Decimal("0.530")) == "↓0.060"
    assert formats.change(Decimal("0.531"), Decimal("0.530")) == "↑0.001"
    assert formats.change(Decimal("0.530"), Decimal("0.530")) == "→0.000"


def test_a_value_at_the_limit_is_told_from_it() -> None:
    assert formats.distinct_from(Decimal("0.500400000000"), Decimal("0.5000"), 3) == "0.5004"
    assert formats.distinct_from(Decimal("0.499970000000"), Decimal("0.5000"), 3) == "0.49997"


def test_school_year() -> None:
    assert formats.school_year(2025) == "2025—2026学年"
