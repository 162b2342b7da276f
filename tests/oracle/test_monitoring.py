"""Verdicts of monitoring results against the oracle; requirement Q9, which rests on them, is among the requirements."""

from __future__ import annotations

from tests.oracle.compare import agree, differences, read
from tests.oracle.monitoring import KEY, results


def test_monitoring_result(marts, world):
    found = read(marts, "fct_monitoring_result", KEY, "true")
    expected = results(world.monitoring)
    assert {row["verdict"] for row in expected.values()} == {"met", "unmet", "undecided", None}
    for row in expected.values():
        row |= {name: row.get(name) for name in ("value", "level", "star")}
    exact = ("value", "level", "star", "n_schools", "n_pupils", "source_document", "verdict")
    agree(differences(found, expected, exact))
