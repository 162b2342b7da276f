"""Every figure and verdict of a mart is compared with the oracle, or it is said here why it need not be."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.oracle import build
from tests.oracle.compare import Comparison

MODELS = build.PROJECT / "models" / "marts"
FOLDER = Path(__file__).parent


def comparisons() -> list[Comparison]:
    """What the tests of this folder compare."""
    found = []
    for path in sorted(FOLDER.glob("test_*.py")):
        module = importlib.import_module(f"tests.oracle.{path.stem}")
        text = path.read_text(encoding="utf-8")
        for name, value in vars(module).items():
            if isinstance(value, Comparison) and len(re.findall(rf"\b{name}\b", text)) > 1:  # declared, and used
                found.append(value)
    return found


def contracts() -> dict[str, dict[str, Any]]:
    """The yml of every mart, with its unit tests."""
    found = {}
    for path in sorted(MODELS.glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for model in content.get("models", ()):
            tests = {test["name"]: test for test in content.get("unit_tests", ()) if test["model"] == model["name"]}
            found[model["name"]] = model | {"unit_tests": tests}
    return found


def key_of(model: dict[str, Any]) -> set[str]:
    """Columns of the grain."""
    grains = [test["unique_grain"] for test in model.get("data_tests", ()) if "unique_grain" in test]
    return {name for grain in grains for name in grain["arguments"]["columns"]}


def judged_columns(model: dict[str, Any]) -> set[str]:
    """Figures, flags, dates and verdicts: what is neither a key nor a text."""
    columns = {column["name"]: column["data_type"] for column in model["columns"]}
    return {name for name, kind in columns.items() if kind != "varchar" or "verdict" in name} - key_of(model)


def expected_columns(test: dict[str, Any]) -> set[str]:
    """Columns that a unit test expects something of."""
    return {name for row in test["expect"]["rows"] for name in row}


COPIED: dict[str, set[str]] = {
    "aud_check_result": {"school_year", "night", "rows_checked", "rows_failed"},
    "aud_correction": {"school_year", "expected_value", "raw_value", "corrected_value", "corrected_on"},
    "aud_quarantined_row": {"row"},
    "aud_submission": {"school_year", "night", "rows_read", "rows_accepted", "rows_quarantined"},
    "brg_school_group": {"joined_on"},
    "brg_venue_school": {"valid_from", "valid_to", "walk_minutes"},
    "dim_code": {"display_order"},
    "dim_county": {"is_fictional"},
    "dim_indicator": {
        *("scale", "standard", "floor", "difference_limit", "decimals", "mean_decimals", "coefficient_decimals"),
        *("is_split", "is_composite"),
    },
    "dim_requirement": {"scale", "threshold", "decimals", "is_criterion", "display_order"},
    "dim_ruleset": {"version", "is_selected", "enabled_by_default", "valid_from_year", "valid_to_year", "min_met"},
    "dim_school": {"display_order"},
    "fct_monitoring_result": {"row_number"},
    "fct_project": {
        *("starts_on", "due_on", "completed_on", "spent_wan_yuan"),
        *("new_places", "new_building_area_m2", "new_sports_area_m2"),
    },
    "fct_project_target": {"closes"},
    "mart_county_scorecard": {"is_fictional"},
    "rpt_class_size": {"display_order"},
    "rpt_evidence": {"display_order"},
    "rpt_form_1": {"line_order"},
    "rpt_form_4": {"display_order", "verdict_zh"},
    "rpt_form_5": {"display_order", "verdict_zh"},
    "rpt_form_6": {"line_order"},
    "rpt_place_forecast": {"class_limit"},
    "rpt_school_size": {"display_order"},
}
"""Columns that are cells of an input, rows of the ledger or of a seed, unchanged; verdict_zh is the label of the verdict."""

UNIT_TESTED: dict[str, dict[str, set[str]]] = {
    "brg_school_group": {"members_with_their_lead_school": {"member_count", "group_count"}},
    "brg_venue_school": {"the_area_stands_in_one_row": {"is_claimed", "is_set_aside", "is_counted", "counted_area_m2"}},
    "fct_project": {
        "money_of_a_project_counts_once": {
            *("budget_wan_yuan", "allocated_wan_yuan", "unfunded_wan_yuan", "unspent_wan_yuan", "school_count", "target_count"),
        }
    },
    "fct_project_target": {
        "what_is_missing_after_the_projects": {
            *("closing_amount", "is_in_census", "shortfall", "remaining_after", "planned_closing", "remaining_after_all"),
        }
    },
    "fct_shared_venue": {
        "a_venue_counts_at_one_school_or_nowhere": {
            *("area_m2", "area_differs", "user_count", "claim_count", "is_claimed_twice"),
        }
    },
    "fct_teacher_structure": {
        "teachers_beside_weak_subjects": {
            *("pupils", "full_time_teachers", "sole_teachers", "shared_teachers", "other_staff", "pupils_per_teacher"),
            "is_weak_subject",
        }
    },
    "rpt_evidence": {"documents_one_by_one": {"declared_verdict", "verdict", "has_file", "is_missing"}},
    "rpt_form_1": {"lines_stated_and_counted": {"value", "value_rounded", "computed_value", "is_different"}},
    "rpt_place_forecast": {
        "children_and_places": {
            *("children", "migrant_children", "grade1_pupils", "grade1_classes", "grade1_places", "spare_places"),
        }
    },
}
"""Columns of marts whose inputs are not in the oracle's world: mart → dbt unit test that expects them → columns."""


@pytest.fixture(scope="module")
def marts() -> dict[str, dict[str, Any]]:
    return contracts()


def left_out(marts: dict[str, dict[str, Any]]) -> dict[str, set[str]]:
    """Columns of each mart that no comparison names."""
    compared: dict[str, set[str]] = {}
    for comparison in comparisons():
        compared.setdefault(comparison.table, set()).update(comparison.columns)
    assert compared.keys() <= marts.keys()
    return {name: judged_columns(model) - compared.get(name, set()) for name, model in marts.items()}


def test_every_column_is_compared_or_has_a_reason(marts):
    reasons = {name: COPIED.get(name, set()) | set().union(*UNIT_TESTED.get(name, {}).values()) for name in marts}
    assert {name: columns for name, columns in left_out(marts).items() if columns} == {
        name: columns for name, columns in reasons.items() if columns
    }


def test_reasons_are_of_marts(marts):
    assert COPIED.keys() | UNIT_TESTED.keys() <= marts.keys()


@pytest.mark.parametrize("name", sorted(UNIT_TESTED))
def test_named_unit_tests_expect_the_columns(marts, name):
    for test, columns in UNIT_TESTED[name].items():
        assert columns <= expected_columns(marts[name]["unit_tests"][test]), test


def test_a_column_nobody_looks_at_is_found(marts):
    model = {"name": "m", "data_tests": [{"unique_grain": {"arguments": {"columns": ["a"]}}}]}
    columns = [("a", "varchar"), ("text", "varchar"), ("figure", "integer"), ("verdict", "varchar")]
    model["columns"] = [{"name": name, "data_type": kind} for name, kind in columns]
    assert left_out({**marts, "m": model})["m"] == {"figure", "verdict"}
