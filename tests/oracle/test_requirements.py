"""Every requirement, block and county verdict of national-2017 against the oracle, over several hundred counties and years."""

from __future__ import annotations

from dataclasses import asdict

from tests.oracle.compare import agree, differences, read
from tests.oracle.county_verdict import BLOCKS

PLACE = ("county_code", "school_year")


def test_school_requirement(marts, verdicts):
    found = read(marts, "fct_school_requirement", (*PLACE, "school_code", "requirement_code", "part"))
    expected = {key: asdict(judged) for key, judged in verdicts.school.items()}
    for row in expected.values():
        row |= {"verdict_strict": row["strict"], "relaxation_code": row["relaxation"]}
    exact = ("verdict", "verdict_strict", "relaxation_code")
    agree(differences(found, expected, exact, ("value", "threshold")))


def test_county_requirement(marts, verdicts):
    found = read(marts, "fct_county_requirement", (*PLACE, "requirement_code", "part"))
    exact = ("value_rounded", "verdict", "verdict_strict", "basis", "declared_verdict", "evidence_count", "reference_period")
    for row in found.values():
        row["disagrees"] = row["disagreement_zh"] is not None
    agree(differences(found, verdicts.county, (*exact, "disagrees"), ("value", "threshold")))


def test_county_verdict(marts, verdicts):
    found = read(marts, "fct_county_verdict", PLACE)
    exact = ("precondition_verdict", "resource_verdict", "government_verdict", "quality_verdict", "social_verdict", "vetoed")
    counts = ("n_met", "n_unmet", "n_undecided")
    agree(differences(found, verdicts.verdict, (*exact, *counts, "verdict", "verdict_strict")))


def test_every_case_occurs(verdicts):
    """A comparison that never meets a case has shown nothing."""
    three = {"met", "unmet", "undecided"}
    codes = {code for block in BLOCKS.values() for code in block}
    for code in codes:
        assert {row["verdict"] for key, row in verdicts.county.items() if key[2] == code} - {None} == three, code
    folded = verdicts.verdict.values()
    for block in BLOCKS.keys() - {"veto"}:
        assert {row[f"{block}_verdict"] for row in folded} == three, block
    assert {row["verdict"] for row in folded} == {row["resource_verdict"] for row in folded} == three
    assert {row["vetoed"] for row in folded} == {True, False, None}
    assert {row["disagrees"] for row in verdicts.county.values()} == {True, False}
    relaxed = {(key[3], judged.relaxation) for key, judged in verdicts.school.items() if judged.relaxation}
    assert {code for code, _ in relaxed} == {"G3", "G4"}
