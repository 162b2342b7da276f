"""What titles of checks and issues read like: a verdict or 不一致 follows a matter, never another negation."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import yaml

from junheng.core.settings import CATALOGUE, CODES, DBT_PROJECT, FORMS, ISSUES, RULES

CHECKS = DBT_PROJECT / "seeds" / "checks"
NEGATION = "不|未|无|没有|超过|不足"
TWICE = re.compile("(不|未|无|没有)[^，。；：]*(不|未|无|没有)")


def seed(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def matters() -> dict[tuple[str, str], dict[str, str]]:
    return {(row["requirement_code"], row["part"]): row for row in seed(FORMS / "requirement_matters.csv")}


@pytest.mark.parametrize(
    "requirement", seed(RULES / "rule_requirements.csv"), ids=lambda row: row["requirement_code"] + row["part"]
)
def test_a_verdict_can_follow_the_matter_of_every_requirement(requirement):
    matter = matters()[requirement["requirement_code"], requirement["part"]]
    names = [matter["matter_zh"], *([matter["school_matter_zh"]] if requirement["level"] == "school" else [])]
    for name in names:
        assert name
        assert not re.search(NEGATION, name.replace("有编不补", ""))


def test_matters_are_those_of_requirements():
    assert matters().keys() <= {(r["requirement_code"], r["part"]) for r in seed(RULES / "rule_requirements.csv")}


def test_parts_of_a_requirement_are_told_apart():
    names = [row["matter_zh"] for row in matters().values()]
    of_schools = [row["school_matter_zh"] for row in matters().values() if row["school_matter_zh"]]
    assert len(set(names)) == len(names)
    assert len(set(of_schools)) == len(of_schools)


def test_a_disagreement_can_follow_the_name_of_every_item():
    items = seed(CHECKS / "review_items.csv")
    assert [row["name_zh"] for row in items if re.search("不多于|不少于|不一致", row["name_zh"])] == []
    assert {row["disagree_zh"] for row in items if row["right_source"] == "last_year"} == {"变动过大"}
    said = {row["title_zh"] for row in seed(CHECKS / "derived_checks.csv") if row["engine"] == "review"}
    assert {row["disagree_zh"] for row in items} == said  # each has a meaning and a way to settle it of its own


def test_no_title_denies_twice():
    titles = [
        check["title_zh"] for path in CATALOGUE.glob("*.yml") for check in yaml.safe_load(path.read_text("utf-8"))["checks"]
    ]
    titles += [row["title_zh"] for row in seed(CHECKS / "derived_checks.csv")]
    titles += [row["title_zh"] for row in seed(ISSUES / "issue_inspection_rules.csv")]
    titles += [row["label_zh"] for row in seed(CODES / "code_labels.csv")]
    assert len(titles) > 300
    assert [title for title in titles if TWICE.search(title)] == []
