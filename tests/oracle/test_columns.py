"""Every figure and verdict of a mart is compared with the oracle, or it is said here why it need not be."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

from junheng.core.data import read_yaml
from publish.tables.artifacts import GRAIN_TESTS
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
    for path in sorted(MODELS.rglob("*.yml")):
        content = read_yaml(path)
        for model in content.get("models", ()):
            tests = {test["name"]: test for test in content.get("unit_tests", ()) if test["model"] == model["name"]}
            found[model["name"]] = model | {"unit_tests": tests}
    return found


def key_of(model: dict[str, Any]) -> set[str]:
    """Columns of the grain."""
    grains = [test[name] for test in model.get("data_tests", ()) for name in GRAIN_TESTS & test.keys()]
    return {name for grain in grains for name in grain["arguments"]["columns"]}


AXIS = "school_year_start"
"""The first day of the school year beside it; one test looks at all of them."""


def judged_columns(model: dict[str, Any]) -> set[str]:
    """Figures, flags, dates and verdicts: what is neither a key nor a text."""
    columns = {column["name"]: column["data_type"] for column in model["columns"]}
    return {name for name, kind in columns.items() if kind != "varchar" or "verdict" in name} - key_of(model) - {AXIS}


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
    "dim_check": {"until"},
    "dim_code": {"display_order"},
    "dim_county": {"is_fictional"},
    "dim_indicator": {
        *("scale", "standard", "floor", "difference_limit", "decimals", "mean_decimals", "coefficient_decimals"),
        *("is_split", "is_composite"),
    },
    "dim_indicator_term": {"factor"},
    "dim_split_weight": {"weight"},
    "dim_requirement": {"scale", "threshold", "decimals", "is_criterion", "display_order"},
    "dim_ruleset": {"version", "is_selected", "enabled_by_default", "valid_from_year", "valid_to_year", "min_met"},
    "dim_school": {"display_order"},
    "dim_school_duty": {"school_year"},
    "fct_declared_difference": {"row_number"},
    "fct_issue": {"school_year"},
    "fct_monitoring_result": {"row_number"},
    "fct_project": {
        *("starts_on", "due_on", "completed_on", "spent_wan_yuan"),
        *("new_places", "new_building_area_m2", "new_sports_area_m2"),
    },
    "fct_project_target": {"closes"},
    "mart_county_scorecard": {"is_fictional"},
    "rpt_class_size": {"display_order"},
    "rpt_county_scorecard": {"is_fictional"},
    "rpt_evidence": {"display_order"},
    "rpt_form_1": {"line_order"},
    "rpt_issue_evidence": {"given_on"},
    "rpt_issue_ledger": {"money_yuan"},
    "rpt_key_task": {"money_yuan"},
    "rpt_rectification_report": {"as_of", "closed_at", "days_overdue", "deadline", "money_yuan"},
    "rpt_restricted_exchange": {"is_backbone", "started", "ended", "started_in_year"},
    "rpt_restricted_issue": {
        *("school_year", "opened_at", "is_open", "money_yuan", "deadline"),
        *("original_deadline", "due_on", "is_overdue", "days_overdue", "escalation_level"),
        *("evidence_count", "recheck_count", "reopened_count", "closed_at", "submitted_at"),
        *("rechecked_at", "last_event_at", "event_count", "refused_event_count"),
    },
    "rpt_school_option": {"display_order"},
    "rpt_school_plan": {"deadline", "display_order", "money_yuan"},
    "rpt_unit_task": {"is_overdue", "last_event_at", "money_yuan"},
    "rpt_form_4": {"display_order", "verdict_zh"},
    "rpt_form_5": {"display_order", "verdict_zh"},
    "rpt_form_6": {"line_order"},
    "rpt_form_blank": {"blank_order"},
    "rpt_place_forecast": {"class_limit"},
    "rpt_school_size": {"display_order"},
    "rpt_school_source": {
        *(
            "teaching_area_m2",
            "indoor_sports_area_m2",
            "outdoor_sports_area_m2",
            "leased_sports_area_m2",
            "converted_sports_area_m2",
        ),
        *("equipment_value_wan_yuan", "multimedia_rooms", "computers", "books"),
        *(f"pupils_{stage}" for stage in ("kindergarten", "primary", "junior", "senior")),
        *(
            f"{kind}_{stage}"
            for kind in ("teachers", "qualified", "backbone", "pe_art", "visiting_pe_art", "midtitle")
            for stage in ("primary", "junior")
        ),
    },
}
"""Columns that are cells of an input, of the ledger, a seed or fct_issue, unchanged; verdict_zh is the label of the verdict."""

UNIT_TESTED: dict[str, dict[str, set[str]]] = {
    "aud_check_index": {
        "every_check_that_should_exist_has_a_state": {"is_owed", "is_red", "rows_checked", "rows_failed", "submissions"},
    },
    "dim_check": {"requirements_are_checks_of_the_county_items": {"is_past_until"}},
    "fct_declared_difference": {
        "a_difference_names_every_change_that_gives_the_figure": {
            *("computed_exact", "computed_value", "decimals", "declared_value", "difference", "n_bridges"),
        }
    },
    "fct_declared_item": {
        "lines_are_known_by_their_names": {"computed_value", "declared_value", "difference", "school_year"},
        "what_is_said_to_be_met_stands_beside_what_is_found": {"computed_verdict", "declared_verdict"},
    },
    "fct_issue": {"acts_in_their_order": {"last_act_on"}},
    "fct_joint_review": {"both_sides_stand_beside_each_other": {"left_value", "right_value", "difference", "tolerance"}},
    "rpt_rectification_report": {
        "findings_stand_in_the_order_of_the_document": {"group_number", "is_struck_off", "is_open", "is_overdue"},
    },
    "rpt_authenticity_hint": {"figures_on_their_standard_and_just_above_it": {"observed", "score", "threshold"}},
    "rpt_lesson_inspection": {
        "the_timetable_of_a_week_beside_what_was_taught": {
            *("record_count", "compared_count", "changed_count", "lessons_planned", "lessons_given", "lessons_missing"),
        },
    },
    "rpt_satisfaction": {
        "satisfaction_of_schools_and_townships": {"school_count", "valid", "satisfied", "satisfied_share"},
    },
    "rpt_school_option": {
        "ways_of_meeting_a_need": {"option_order", "quantity", "needs_money", "unit_cost_wan_yuan", "cost_wan_yuan"},
    },
    "rpt_school_plan": {
        "issues_of_a_school_beside_what_is_missing": {
            *("is_open", "is_overdue", "school_shortfall", "school_floor_shortfall", "stage_shortfall"),
        },
    },
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
    "fct_exchange": {
        "counts_below_three_are_withheld": {"teachers", "backbone_teachers", "started_in_year", "is_withheld"},
    },
    "fct_monitoring_result": {"results_stand_as_published": {"least_star"}},
    "fct_assessment_trend": {
        "a_change_has_to_be_larger_than_chance": {
            *("previous_school_year", "intraclass_correlation", "correlation_error", "previous_correlation", "previous_error"),
            *("correlation_change", "is_distinguishable"),
        },
    },
    "fct_weak_subject": {
        "from_a_weak_subject_to_its_lessons": {
            *("pupils", "full_time_teachers", "pupils_per_teacher", "compared_count", "changed_count"),
        }
    },
    "fct_teacher_structure": {
        "teachers_beside_weak_subjects": {
            *("pupils", "full_time_teachers", "sole_teachers", "shared_teachers", "other_staff", "pupils_per_teacher"),
            "is_weak_subject",
        }
    },
    "rpt_county_figure": {
        "a_coefficient_with_its_names": {
            *("school_count", "known_school_count", "schools_met", "schools_floor_met", "pupils"),
            *("county_mean", "county_mean_exact", "difference_coefficient", "difference_coefficient_exact"),
            *("provisional_coefficient", "difference_limit", "verdict", "verdict_zh"),
        }
    },
    "rpt_requirement_figure": {
        "requirements_with_their_names": {
            *(
                "display_order",
                "value",
                "value_exact",
                "threshold",
                "verdict",
                "verdict_zh",
                "evidence_count",
            ),
        }
    },
    "rpt_school_figure": {
        "a_figure_with_its_names": {
            *("pupils", "value", "value_exact", "standard", "floor", "verdict", "verdict_zh", "shortfall"),
            *("shortfall_exact", "school_shortfall", "school_shortfall_exact", "display_order"),
        }
    },
    "rpt_evidence": {"documents_one_by_one": {"declared_verdict", "verdict", "has_file", "is_missing"}},
    "rpt_evidence_file": {
        "one_file_serves_several_boxes": {"received_on", "valid_until", "is_filed", "is_named"},
    },
    "rpt_form_2_2": {"values_and_remark_of_the_form": {"grades", "classes"}},
    "rpt_form_blank": {"figures_in_the_sentences_of_the_form": {"value_rounded"}},
    "rpt_form_1": {"lines_stated_and_counted": {"value", "value_rounded", "computed_value", "is_different"}},
    "rpt_place_forecast": {
        "children_and_places": {
            *("children", "migrant_children", "grade1_pupils", "grade1_classes", "grade1_places", "spare_places"),
        }
    },
}
"""Columns of marts whose inputs are not in the oracle's world: mart → dbt unit test that expects them → columns."""


ELSEWHERE: dict[str, dict[str, set[str]]] = {
    "fct_release_figure": {
        "unit/publish/release/test_history.py": {"published_at", "value", "difference_coefficient", "verdict"},
    },
    "fct_issue": {
        "oracle/test_issues.py": {
            *(
                "opened_at",
                "last_event_at",
                "submitted_at",
                "rechecked_at",
                "closed_at",
                "deadline",
                "original_deadline",
                "due_on",
            ),
            *("is_open", "is_overdue", "days_overdue", "escalation_level", "money_yuan", "event_count", "refused_event_count"),
            *("evidence_count", "recheck_count", "reopened_count"),
        }
    },
    "fct_issue_event": {
        "oracle/test_issues.py": {"accepted", "seq"},
        "oracle/test_issue_nights.py": {"at", "is_conflicting", "source_night"},
    },
    "fct_unit_performance": {
        "oracle/test_issue_nights.py": {
            *("owned_count", "open_count", "overdue_count", "longest_overdue_days", "closed_count", "closed_in_time_count"),
            *("closed_late_count", "reopened_count", "waived_count", "continuing_count", "extended_count"),
        }
    },
    "rpt_issue_evidence": {"oracle/test_issue_nights.py": {"has_file"}},
    "rpt_issue_ledger": {
        "oracle/test_issue_nights.py": {
            *(
                "sequence",
                "deadline",
                "original_deadline",
                "days_overdue",
                "completed_at",
                "rechecked_at",
                "closed_at",
                "evidence_count",
            ),
        }
    },
    "rpt_key_task": {"oracle/test_issue_nights.py": {"deadline", "days_overdue"}},
    "rpt_unit_task": {"oracle/test_issue_nights.py": {"deadline", "days_overdue"}},
}
"""Columns that a Python test of another shape compares: mart → file below tests → columns."""


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
    tested = {name: [*UNIT_TESTED.get(name, {}).values(), *ELSEWHERE.get(name, {}).values()] for name in marts}
    reasons = {name: COPIED.get(name, set()).union(*tested[name]) for name in marts}
    assert {name: columns for name, columns in left_out(marts).items() if columns} == {
        name: columns for name, columns in reasons.items() if columns
    }


def test_reasons_are_of_marts(marts):
    assert COPIED.keys() | UNIT_TESTED.keys() | ELSEWHERE.keys() <= marts.keys()


@pytest.mark.parametrize("name", sorted(UNIT_TESTED))
def test_named_unit_tests_expect_the_columns(marts, name):
    for test, columns in UNIT_TESTED[name].items():
        assert columns <= expected_columns(marts[name]["unit_tests"][test]), test


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_named_files_speak_of_the_columns(name):
    for file, columns in ELSEWHERE[name].items():
        text = (FOLDER.parent / file).read_text(encoding="utf-8")
        assert {column for column in (name, *columns) if not re.search(rf"\b{column}\b", text)} == set(), file


def test_what_is_read_without_a_join_has_an_axis_of_time(marts):
    """Every such mart of a school year but the restricted issues, which have days of their own."""
    columns = {name: {column["name"] for column in model["columns"]} for name, model in marts.items()}
    yearly = {name for name, named in columns.items() if name.startswith("rpt_") and "school_year" in named}
    assert {name for name, named in columns.items() if AXIS in named} == yearly - {"rpt_restricted_issue"} | {
        "mart_county_scorecard"
    }


def test_a_column_nobody_looks_at_is_found(marts):
    model = {"name": "m", "data_tests": [{"unique_grain": {"arguments": {"columns": ["a"]}}}]}
    columns = [("a", "varchar"), ("text", "varchar"), ("figure", "integer"), ("verdict", "varchar")]
    model["columns"] = [{"name": name, "data_type": kind} for name, kind in columns]
    assert left_out({**marts, "m": model})["m"] == {"figure", "verdict"}
