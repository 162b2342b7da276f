"""Verdicts of monitoring results against the oracle; requirement Q9, which rests on them, is among the requirements."""

from __future__ import annotations

from tests.oracle.compare import Comparison
from tests.oracle.monitoring import KEY, results

RESULT = Comparison(
    "fct_monitoring_result",
    KEY,
    ("value", "level", "star", "n_schools", "n_pupils", "source_document", "is_official", "threshold", "verdict"),
)


def test_monitoring_result(marts, world):
    expected = results(world.monitoring)
    assert {row["verdict"] for row in expected.values()} == {"met", "unmet", "undecided", None}
    RESULT.agrees(marts, expected, "true")
