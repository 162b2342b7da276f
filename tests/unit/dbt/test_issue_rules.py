"""What misses opens an issue: no kind of figure, indicator or requirement is without its rule."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from junheng.core.settings import DBT_PROJECT, ISSUES, RULES

FIGURES = DBT_PROJECT / "models" / "intermediate" / "issue" / "figure"


def seed(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def opening() -> set[tuple[str, str]]:
    """Figure kind and code of what opens an issue as soon as it is not met."""
    return {(r["figure_kind"], r["code"]) for r in seed(ISSUES / "issue_rules.csv") if "unmet" in r["opens_on"].split(";")}


def test_every_kind_of_figure_opens_issues(opening: set[tuple[str, str]]) -> None:
    texts = [path.read_text("utf-8") for path in FIGURES.glob("*.sql")]
    kinds = {kind for text in texts for kind in re.findall(r"'(\w+)' as figure_kind", text)}
    assert {"school_verdict", "monitoring_star", "school_indicator", "county_indicator"} <= kinds
    assert kinds - {kind for kind, _ in opening} == set()


def test_every_indicator_that_is_judged_opens_issues(opening: set[tuple[str, str]]) -> None:
    rules = [row for row in seed(RULES / "rule_indicators.csv") if row["ruleset_id"] == "national-2017"]
    judged = {("school_indicator", row["indicator_code"]) for row in rules if row["standard"]}
    judged |= {("county_indicator", row["indicator_code"]) for row in rules if row["difference_limit"]}
    assert len(judged) == 14
    assert judged - opening == set()


def test_every_requirement_that_is_judged_opens_issues(opening: set[tuple[str, str]]) -> None:
    rules = [row for row in seed(RULES / "rule_requirements.csv") if row["is_criterion"] == "true"]
    assert len(rules) > 30
    asked = {("county_requirement", row["requirement_code"]) for row in rules}
    assert {code for kind, code in asked if not {(kind, code), (kind, "all")} & opening} == set()


def test_a_school_that_fails_as_a_whole_and_one_or_two_stars_open_issues(opening: set[tuple[str, str]]) -> None:
    assert {("school_verdict", "all"), ("monitoring_star", "all")} <= opening
    stars = {row["subject_code"]: int(row["least_star"]) for row in seed(ISSUES / "issue_star_rules.csv")}
    assert stars == {"pe": 3}


def test_severity_separates_what_decides_the_county_from_what_decides_a_school_and_from_single_figures() -> None:
    severities = {(row["figure_kind"], row["severity"]) for row in seed(ISSUES / "issue_rules.csv")}
    levels = {row["code"] for row in seed(DBT_PROJECT / "seeds" / "codes" / "code_labels.csv") if row["list"] == "issue_severity"}
    assert {severity for _, severity in severities} == levels
    assert {severity for kind, severity in severities if kind in {"county_indicator", "county_requirement"}} == {"critical"}
    assert {severity for kind, severity in severities if kind in {"school_verdict", "school_requirement"}} == {"major"}
    assert {severity for kind, severity in severities if kind in {"school_indicator", "joint_review"}} == {"minor"}
