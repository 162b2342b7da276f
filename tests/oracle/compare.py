"""Rows of a mart against what the oracle expects: keys, exact columns, and columns rounded far behind the point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import build
from tests.oracle.schools import Key, Row

HALF_OF_TWELVE_DECIMALS = Fraction(1, 2 * 10**12)
TWELVE_DIGITS = (Fraction(1, 10**12), Fraction(1, 10**10))
"""Relative and absolute: of figures that go through binary floating point, or through shares rounded to twelve decimals."""
SHOWN = 12
OF_2017 = "ruleset_id = 'national-2017'"


@dataclass(frozen=True)
class Comparison:
    """What of a mart is compared with the oracle, row by row: exact columns, and those that are close to a fraction."""

    table: str
    key: tuple[str, ...]
    exact: tuple[str, ...]
    rounded: tuple[str, ...] = ()
    relative: Fraction = Fraction(0)
    absolute: Fraction = HALF_OF_TWELVE_DECIMALS

    @property
    def columns(self) -> tuple[str, ...]:
        """Everything that the oracle has an opinion of."""
        return (*self.key, *self.exact, *self.rounded)

    def found(self, path: Path, where: str = OF_2017) -> dict[Key, Row]:
        """Rows of the mart by their key."""
        return read(path, self.table, self.key, where)

    def agrees(self, path: Path, expected: Mapping[Key, Row], where: str = OF_2017) -> None:
        """The rows of a build are those of the oracle."""
        self.agree(self.found(path, where), expected)

    def agree(self, found: Mapping[Key, Row], expected: Mapping[Key, Row]) -> None:
        """These rows are those of the oracle, and there are some."""
        assert expected
        agree(differences(found, expected, self.exact, self.rounded, self.relative, self.absolute))


def read(path: Path, table: str, key: Sequence[str], where: str) -> dict[Key, Row]:
    """Rows of a mart by their key."""
    rows = build.query(path, f"select * from marts.{table} where {where}")
    found = {tuple(row[name] for name in key): row for row in rows}
    assert len(found) == len(rows), f"{table} has several rows for a key of {key}"
    return found


def close(found: Any, wanted: Any, absolute: Fraction = HALF_OF_TWELVE_DECIMALS, relative: Fraction = Fraction(0)) -> bool:
    """Equal within a tolerance, or both unknown."""
    if found is None or wanted is None:
        return found is None and wanted is None
    exact = Fraction(wanted)
    return abs(Fraction(found) - exact) <= absolute + abs(exact) * relative


def differences(
    found: Mapping[Key, Row],
    expected: Mapping[Key, Row],
    exact: Sequence[str] = (),
    rounded: Sequence[str] = (),
    relative: Fraction = Fraction(0),
    absolute: Fraction = HALF_OF_TWELVE_DECIMALS,
) -> str:
    """What differs, as a text that is empty when nothing does: keys on one side only, then columns with their first cases."""

    def is_close(here: Any, there: Any) -> bool:
        return close(here, there, absolute, relative)

    lines = [f"only in the mart: {key}" for key in sorted(found.keys() - expected.keys(), key=str)[:SHOWN]]
    lines += [f"only in the oracle: {key}" for key in sorted(expected.keys() - found.keys(), key=str)[:SHOWN]]
    wrong = [
        (name, key, found[key][name], expected[key][name])
        for key in sorted(found.keys() & expected.keys(), key=str)
        for name in (*exact, *rounded)
        if not (found[key][name] == expected[key][name] if name in exact else is_close(found[key][name], expected[key][name]))
    ]
    counts = Counter(name for name, *_ in wrong)
    for name, count in counts.items():
        cases = [case for case in wrong if case[0] == name][:SHOWN]
        lines.append(f"{name}: {count} of {len(expected)} differ")
        lines += [f"  {key}: mart {plain(here)}, oracle {plain(there)}" for _, key, here, there in cases]
    return "\n".join(lines)


def agree(differences: str) -> None:
    """Nothing differs; what does is shown in full."""
    if differences:
        pytest.fail(differences, pytrace=False)


def plain(value: Any) -> Any:
    """A figure as one reads it."""
    return f"{float(value):.12g}" if isinstance(value, Fraction | Decimal) else value
