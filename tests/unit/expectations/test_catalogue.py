"""The catalogue is complete, strict, and says everything in Chinese."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from expectations.catalogue import CatalogueError, Check, Rules, SourceCatalogue
from expectations.conditions import NoContradiction
from junheng.core.settings import CATALOGUE, DBT_PROJECT, SOURCES

CHECK: dict[str, Any] = {
    "id": "c",
    "title_zh": "题",
    "title_en": "t",
    "meaning_zh": "义",
    "why_zh": "因",
    "fix_zh": "改",
    "rule_source": "来源",
    "severity": "error",
    "scope": "row",
    "test": {"type": "not_null", "columns": ["school_name"]},
}


def test_every_source_has_a_catalogue_and_every_check_is_complete() -> None:
    rules = Rules.load()
    assert set(rules.catalogues) == {p.stem for p in SOURCES.glob("*.yml")} == {p.stem for p in CATALOGUE.glob("*.yml")}
    for catalogue in rules.catalogues.values():
        for check in catalogue.checks:
            for text in (check.title_zh, check.meaning_zh, check.why_zh, check.fix_zh):
                assert re.search(r"[一-鿿]", text), check.id
                assert not text.endswith("。"), check.id


def test_no_warning_is_overdue() -> None:
    checks = [c for s in Rules.load().catalogues.values() for c in s.checks if c.severity == "warn"]
    assert checks
    assert [c.id for c in checks if c.until is None or c.until < date.today()] == []


@pytest.mark.parametrize(
    "change",
    [
        {"unknown": 1},
        {"fix_zh": ""},
        {"severity": "warn"},
        {"owner": "x", "until": "2099-01-01"},
        {"scope": "submission"},
        {"id": "Has Space"},
        {"test": {"type": "no_such_type"}},
        {"test": {"type": "not_null", "columns": ["a"], "colums": 1}},
        {"test": {"type": "matches_regex", "columns": ["a"], "pattern": "[0-9]+"}},
        {"test": {"type": "matches_regex", "columns": ["a"]}},
        {"test": {"type": "between", "columns": ["a"]}},
        {"test": {"type": "in_code_list", "columns": ["a"]}},
        {"scope": "submission", "when": {"a": [1]}, "test": {"type": "min_rows", "min": 1}},
    ],
)
def test_the_loader_is_strict(change: dict[str, Any]) -> None:
    Check.model_validate(CHECK)
    with pytest.raises(ValidationError):
        Check.model_validate({**CHECK, **change})


@pytest.mark.parametrize(
    ("checks", "message"),
    [
        ([CHECK, CHECK], "twice"),
        ([{**CHECK, "test": {"type": "not_null", "columns": ["no_column"]}}], "no_column"),
        ([{**CHECK, "when": {"no_column": [1]}}], "no_column"),
        ([{**CHECK, "contracts": ["county_items.template"]}], "no contract"),
    ],
)
def test_references_must_exist(checks: list[dict[str, Any]], message: str) -> None:
    data = {"source": "school_census", "county": "county_code", "year": "school_year", "checks": checks}
    rules = Rules.load()
    broken = replace(rules, catalogues={**rules.catalogues, "school_census": SourceCatalogue.model_validate(data)})
    with pytest.raises(CatalogueError, match=message):
        broken.verify()


def test_every_field_is_compared_or_free_to_differ() -> None:
    rules = Rules.load()
    catalogue = rules.catalogues["school_census"]
    checks = tuple(
        check.model_copy(update={"test": check.test.model_copy(update={"may_differ": ("school_name", "sequence")})})
        if check.id == "no_contradiction"
        else check
        for check in catalogue.checks
    )
    changed = catalogue.model_copy(update={"checks": checks})
    with pytest.raises(CatalogueError, match="township"):
        replace(rules, catalogues={**rules.catalogues, "school_census": changed}).verify()


def test_what_the_marts_read_of_a_school_is_compared_or_free_to_differ() -> None:
    """The model takes max() over the files of a night: only of values that cannot contradict, or of these three."""
    (model,) = yaml.safe_load((DBT_PROJECT / "models/staging/census/stg_census__school.yml").read_text(encoding="utf-8"))[
        "models"
    ]
    named = {column["name"] for column in model["columns"]} - {"submission_id", "sheet", "row_number", "cells"}
    key = {"county_code", "school_year", "school_code"}
    assert key | {"sponsor_code", "classes_junior_46_50", "music_room_areas_m2"} <= named
    read = {"sequence" if name == "display_order" else name for name in named - key}
    rules = Rules.load()
    (check,) = [c for c in rules.catalogues["school_census"].checks if c.id == "no_contradiction"]
    assert isinstance(check.test, NoContradiction)
    assert set(check.test.may_differ) == {"school_name", "township", "sequence"}
    compared = set(rules.columns("school_census", check.test.columns, check.test.may_differ))
    assert read - compared == set(check.test.may_differ)


def test_a_source_without_checks_is_an_error() -> None:
    rules = Rules.load()
    with pytest.raises(CatalogueError, match="county_items"):
        replace(rules, catalogues={k: v for k, v in rules.catalogues.items() if k != "county_items"}).verify()


def test_item_codes_belong_to_listed_requirements() -> None:
    data = yaml.safe_load((CATALOGUE / "county_items.yml").read_text(encoding="utf-8"))
    values = {c["id"]: c["test"].get("values") for c in data["checks"]}
    assert {code.split(".")[0] for code in values["item_known"]} == set(values["requirement_known"])
