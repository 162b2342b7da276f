"""Every requirement, block and county verdict of national-2017 against the oracle, over several hundred counties and years."""

from __future__ import annotations

from dataclasses import asdict

from tests.oracle.compare import Comparison
from tests.oracle.county_verdict import BLOCKS

PLACE = ("county_code", "school_year")
SCHOOL_REQUIREMENT = Comparison(
    "fct_school_requirement",
    (*PLACE, "school_code", "requirement_code", "part"),
    ("verdict", "verdict_strict", "relaxation_code"),
    ("value", "threshold", "relaxed_value", "relaxed_threshold"),
)
COUNTY_REQUIREMENT = Comparison(
    "fct_county_requirement",
    (*PLACE, "requirement_code", "part"),
    (
        *("value_rounded", "verdict", "verdict_strict", "verdict_changes_when_rounded", "basis", "source", "declared_verdict"),
        *("relaxation_code", "evidence_count", "reference_period", "is_declared", "disagrees"),
    ),
    ("numerator", "denominator", "value", "threshold"),
)
COUNTY_VERDICT = Comparison(
    "fct_county_verdict",
    PLACE,
    (
        *("precondition_verdict", "resource_verdict", "government_verdict", "quality_verdict", "social_verdict", "vetoed"),
        *("n_met", "n_unmet", "n_undecided", "verdict", "verdict_strict"),
    ),
)


def school_rows(verdicts):
    """Rows of fct_school_requirement."""
    renamed = {"strict": "verdict_strict", "relaxation": "relaxation_code"}
    return {key: {renamed.get(n, n): v for n, v in asdict(judged).items()} for key, judged in verdicts.school.items()}


def requirements_of(marts, ruleset="national-2017"):
    """Rows of fct_county_requirement; that figures disagree is a sentence there."""
    found = COUNTY_REQUIREMENT.found(marts, f"ruleset_id = '{ruleset}'")
    return {key: row | {"disagrees": row["disagreement_zh"] is not None} for key, row in found.items()}


def test_school_requirement(marts, verdicts):
    SCHOOL_REQUIREMENT.agrees(marts, school_rows(verdicts))


def test_county_requirement(marts, verdicts):
    COUNTY_REQUIREMENT.agree(requirements_of(marts), verdicts.county)


def test_county_verdict(marts, verdicts):
    COUNTY_VERDICT.agrees(marts, verdicts.verdict)


def test_every_source_is_asked(verdicts):
    sources = {}
    for (*_, code, part), row in verdicts.county.items():
        sources.setdefault((code, part), set()).add(row["source"])
    for key in (("G9", "all"), ("G11", "a"), ("G11", "b"), ("G12", "all")):
        assert sources[key] == {"census", "roster", "items", None}, key
        judged = {row["verdict"] for k, row in verdicts.county.items() if k[2:] == key and row["source"] == "roster"}
        assert {"met", "unmet"} <= judged, key
    assert sources["S1", "all"] == {"survey", "items", None}
    turns = {row["verdict_changes_when_rounded"] for key, row in verdicts.county.items() if key[2] in {"G14", "P1", "G7"}}
    assert turns == {True, False, None}


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
