"""The scorecard, the reporting forms and the lists of sizes show what the oracle has: nothing is lost or turned on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.oracle import build, reports
from tests.oracle.compare import Comparison
from tests.oracle.oracle import INDICATORS
from tests.oracle.reports import LINES_OF_FIGURES, LINES_OF_VALUES
from tests.oracle.schools import BANDS, STAGES
from tests.oracle.test_oracle import PLACE, county_rows
from tests.oracle.test_requirements import COUNTY_VERDICT

REQUIREMENT = (*PLACE, "requirement_code", "part")
PARTS = {
    **{"P1": ("",), "G3": ("_a", "_b"), "G4": ("",), "G5": ("_primary", "_junior"), "G6": ("",), "G7": ("",), "G8": ("",)},
    **{"G9": ("",), "G11": ("_a", "_b"), "G12": ("",), "G13": ("_primary", "_junior"), "G14": ("_a", "_b"), "G15": ("_a",)},
    **{"Q1": ("",), "Q2": ("",), "Q4": ("",), "Q9": ("",), "S1": ("", "_parents", "_visited", "_visited_parents")},
}
CODES = ("P1", "P2", *(f"G{k}" for k in range(1, 16)), *(f"Q{k}" for k in range(1, 10)), "S1", *(f"V{k}" for k in range(1, 7)))
SCORECARD = Comparison(
    "rpt_county_scorecard",
    PLACE,
    (
        *COUNTY_VERDICT.exact,
        *(f"schools_{stage}{verdict}" for stage in STAGES for verdict in ("", "_met", "_unmet", "_undecided")),
        *(f"{c.lower()}_{s}_{figure}" for c in INDICATORS for s in STAGES for figure in ("mean", "coefficient", "verdict")),
        *(f"composite_{stage}_coefficient" for stage in STAGES),
        *(f"composite_2012_{stage}_{figure}" for stage in STAGES for figure in ("coefficient", "verdict")),
        *(f"{code.lower()}{part}_value" for code, parts in PARTS.items() for part in parts),
        *(f"{code.lower()}_verdict" for code in CODES),
        "planned_recognition_year",
    ),
)
FORMER_SCORECARD = replace(SCORECARD, table="mart_county_scorecard")
SCHOOL = Comparison("dim_school", (*PLACE, "school_code"), ("in_scope",))
SCOPE = Comparison("dim_school_scope", (*PLACE, "school_code", "stage", "ruleset_id", "block"), ("in_scope", "is_undetermined"))
FORM_2_1 = Comparison(
    "rpt_form_2_1",
    (*PLACE, "stage", "line"),
    (
        *("school_count", "combined_count", "teaching_point_count", "complete_secondary_count", "schools_met", "share_met_pct"),
        *("known_met", "known_floor_met", "undecided_count"),
    ),
)
FORM_2_2 = Comparison(
    "rpt_form_2_2",
    (*PLACE, "stage", "school_code"),
    ("sequence", "pupils", "verdict", *(f"{line}_value" for line in LINES_OF_VALUES)),
)
FORM_3 = Comparison("rpt_form_3", (*PLACE, "stage", "measure"), tuple(f"{line}_value" for line in LINES_OF_FIGURES))
FORM_4, FORM_5 = (
    Comparison(
        f"rpt_form_{number}",
        REQUIREMENT,
        ("item_number", "value_rounded", "verdict", "verdict_changes_when_rounded", "declared_verdict", "evidence_count"),
        ("numerator", "denominator", "threshold"),
    )
    for number in (4, 5)
)
FORM_5_9 = Comparison(
    "rpt_form_5_9",
    (*PLACE, "scope", "monitoring_year", "grade", "subject"),
    ("level", "level_verdict", "between_school_rate", "rate_verdict", "n_schools", "n_pupils"),
)
FORM_6 = Comparison("rpt_form_6", (*PLACE, "line"), ("total_value", "parents_value"))
SCHOOL_SIZE = Comparison(
    "rpt_school_size",
    (*PLACE, "school_code"),
    (
        *(f"pupils_{stage}" for stage in STAGES),
        *("size_pupils", "pupil_limit", "relaxed_pupil_limit", "pupils_above_limit", "verdict", "verdict_strict"),
    ),
)
CLASS_SIZE = Comparison(
    "rpt_class_size",
    (*PLACE, "school_code", "stage"),
    (
        *("pupils", "classes", "largest_class", "class_limit", "classes_over_limit", "verdict"),
        *(f"classes_{band}" for band in BANDS),
    ),
)


def test_scorecard(marts, world, figures, figures_2012, verdicts):
    expected = reports.scorecard(figures, figures_2012, verdicts.county, verdicts.verdict)
    for place, years in reports.planned_years(world).items():
        expected[place]["planned_recognition_year"] = years.pop() if len(years) == 1 else None
    assert {row["schools_junior"] for row in expected.values()} > {0, 1}
    SCORECARD.agrees(marts, expected)
    FORMER_SCORECARD.agrees(marts, expected)


def test_scope(marts, world):
    assert {row["is_undetermined"] for row in reports.scope_rows(world).values()} == {True, False}
    SCOPE.agrees(marts, reports.scope_rows(world), "ruleset_id in ('national-2017', 'national-2012')")
    SCHOOL.agrees(marts, reports.school_scope(world), "true")


def test_form_2(marts, figures, world):
    expected = reports.form_2_1(figures, world)
    for name in ("combined_count", "teaching_point_count", "complete_secondary_count", "known_floor_met", "schools_met"):
        assert {True, False} == {bool(row[name]) for row in expected.values()}, name
    lines = {f"L{number}": indicator for number, indicator in enumerate(INDICATORS, 1)} | {"total": "total"}
    codes = {indicator: line for line, indicator in lines.items()}
    FORM_2_1.agrees(marts, {(*key[:3], codes[key[3]]): row for key, row in expected.items()})
    FORM_2_2.agrees(marts, reports.form_2_2(figures))


def test_form_3(marts, figures, world):
    FORM_3.agrees(marts, reports.form_3(county_rows(figures, world)))


@pytest.mark.parametrize(("form", "block"), [(FORM_4, "government"), (FORM_5, "quality")])
def test_forms_of_requirements(marts, verdicts, form, block):
    form.agrees(marts, reports.form_of(block, verdicts.county))


def test_form_of_monitoring(marts, world, verdicts):
    FORM_5_9.agrees(marts, reports.form_5_9(world, verdicts.verdict), "true")


def test_form_of_the_survey(marts, verdicts):
    FORM_6.agrees(marts, reports.form_6(verdicts.county), "ruleset_id = 'national-2017' and line in ('L4', 'L7')")


def test_sizes(marts, world, verdicts):
    sizes = reports.school_sizes(world, verdicts.school)
    assert {row["relaxed_pupil_limit"] for row in sizes.values()} == {None, 2400, 3000}
    assert {row["pupil_limit"] for row in sizes.values()} == {0, 2000, 2500}
    SCHOOL_SIZE.agrees(marts, sizes)
    CLASS_SIZE.agrees(marts, reports.class_sizes(world, verdicts.school))


def test_the_axis_of_time_is_the_first_day_of_the_school_year(marts):
    """In every mart that has one and rows here."""
    tables = build.query(marts, "select table_name from duckdb_columns() where column_name = 'school_year_start'")
    wrong = "select 1 from marts.{} where school_year_start is distinct from make_date(school_year, 9, 1) limit 1"
    assert len(tables) > 20
    assert [row["table_name"] for row in tables if build.query(marts, wrong.format(row["table_name"]))] == []
