"""Mistakes found in public implementations, planted one by one: the dbt unit tests must go red, each for its own reason."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.oracle import build
from tests.oracle.counties import hard_census

SCHOOL = "models/marts/fct_school_indicator.sql"
COUNTY = "models/marts/fct_county_indicator.sql"
AMOUNTS = "models/intermediate/int_balance__stage_amounts.sql"
TEACHER = "models/intermediate/int_roster__teacher.sql"
RULES = "macros/rules.sql"
TERMS = "seeds/rules/rule_terms.csv"


@dataclass(frozen=True)
class Mistake:
    """``old`` becomes ``new`` wherever it stands in ``path``; of the model ``shown_by`` these unit tests must fail."""

    name: str
    path: str
    old: str
    new: str
    shown_by: str
    caught_by: tuple[str, ...]


MISTAKES = [
    Mistake(
        "unweighted",
        COUNTY,
        "cast(school_indicators.pupils as double) / cast(means.known_pupils as double) * power(",
        "1.0 / means.known_school_count * power(",
        COUNTY,
        ("case_a_five_schools",),
    ),
    Mistake(
        "n_minus_1",
        COUNTY,
        " - 1, 2)",
        " - 1, 2) * means.known_school_count / (means.known_school_count - 1.0)",
        COUNTY,
        ("case_a_five_schools", "exactly_at_the_limit_is_met"),
    ),
    Mistake(
        "values_rounded_before_the_coefficient",
        COUNTY,
        "cast(school_indicators.numerator as double) / cast(school_indicators.pupils as double)",
        "round(cast(school_indicators.numerator as double) / cast(school_indicators.pupils as double), 2)",
        COUNTY,
        ("case_a_five_schools",),
    ),
    Mistake(
        "mean_of_the_coefficients_compared_with_each_limit",
        COUNTY,
        "coefficient_verdict('squared_coefficient', 'difference_limit')",
        "coefficient_verdict('power(avg(sqrt(squared_coefficient))"
        " over (partition by county_code, school_year, stage, ruleset_id), 2)', 'difference_limit')",
        COUNTY,
        ("each_coefficient_is_held_against_its_own_limit",),
    ),
    Mistake(
        "rounded_before_comparing",
        SCHOOL,
        "'weighted_amount * scale', 'base', 'standard_units', 'floor_units'",
        "'round(weighted_amount * scale / value_base, 2) * 10000', '1', 'standard_units', 'floor_units'",
        SCHOOL,
        ("compared_before_rounding",),
    ),
    Mistake(
        "only_the_floor_compared_rounded",
        RULES,
        """holds(operator, figure, floor ~ " * " ~ base)""",
        """holds(operator, "round(" ~ figure ~ " / (" ~ base ~ " * 10000.0), 2) * 10000", floor)""",
        SCHOOL,
        ("compared_before_rounding",),
    ),
    Mistake(
        "combined_school_builds_what_a_stage_lacks",
        SCHOOL,
        "where is_split and gap > 0",
        "where is_split and gap > 0 and 1 = 0",
        SCHOOL,
        ("what_a_combined_school_must_build",),
    ),
    Mistake(
        "doctors_below_the_prescribed_degree",
        TEACHER,
        "when 'doctor' then 6 when",
        "when",
        TEACHER,
        ("roster_degrees_stages_and_who_is_a_teacher",),
    ),
    Mistake(
        "indoor_sports_subtracted_twice",
        TERMS,
        "indoor_sports_area_m2,-1",
        "indoor_sports_area_m2,-2",
        AMOUNTS,
        ("numerators_of_a_nine_year_school",),
    ),
    Mistake(
        "indoor_sports_subtracted_from_each_share",
        AMOUNTS,
        "else factors.{{ item }} * schools.{{ item }}\n",
        "else factors.{{ item }} * schools.{{ item }} * case when factors.{{ item }} < 0 and stage_scope.pupils"
        " <> schools.pupils_primary + schools.pupils_junior then 2 else 1 end\n",
        AMOUNTS,
        ("numerators_of_a_nine_year_school",),
    ),
    Mistake(
        "school_with_nothing_dropped",
        COUNTY,
        "select * from {{ ref('fct_school_indicator') }}",
        "select * from {{ ref('fct_school_indicator') }} where value is null or value > 0",
        COUNTY,
        ("a_school_with_nothing_stays_in",),
    ),
    Mistake(
        "wan_yuan_not_converted",
        TERMS,
        "equipment_value_wan_yuan,10000",
        "equipment_value_wan_yuan,1",
        AMOUNTS,
        ("numerators_of_a_nine_year_school",),
    ),
    Mistake(
        "junior_pupils_weigh_the_same",
        "seeds/rules/rule_split_weights.csv",
        "junior,1.1,",
        "junior,1.0,",
        AMOUNTS,
        ("case_b_weighted_pupils", "numerators_of_a_nine_year_school"),
    ),
    Mistake(
        "below_the_limit_instead_of_at_most",
        RULES,
        "<= power(cast({{ difference_limit }} as double), 2) * (1 + 1e-12)",
        "< power(cast({{ difference_limit }} as double), 2) * (1 - 1e-12)",
        COUNTY,
        ("exactly_at_the_limit_is_met",),
    ),
    Mistake(
        "above_the_standard_instead_of_at_least",
        RULES,
        "when '>=' then {{ left }} >= {{ right }}",
        "when '>=' then {{ left }} > {{ right }}",
        SCHOOL,
        ("exactly_at_the_standard_is_met", "case_f_exactly_at_the_floor"),
    ),
    Mistake(
        "missing_counted_as_zero",
        AMOUNTS,
        "else factors.{{ item }} * schools.{{ item }}\n",
        "else factors.{{ item }} * coalesce(schools.{{ item }}, 0)\n",
        AMOUNTS,
        ("unknown_pupils_of_one_stage_leave_every_split_unknown",),
    ),
    Mistake(
        "half_to_even",
        SCHOOL,
        "{{ rounded_quotient('(figure * rounding)', 'value_base') }} as rounded_units",
        "{{ quotient('(2 * figure * rounding + value_base - 1)', '(2 * value_base)') }} as rounded_units",
        SCHOOL,
        ("compared_before_rounding",),
    ),
]


@dataclass(frozen=True)
class Workshop:
    """A copy of the project and a finished build of it (unit tests need the types of every model's inputs)."""

    project: Path
    database: Path

    def failed_unit_tests(self, *models: str) -> set[str]:
        """Names of the dbt unit tests of these models that do not pass."""
        selected = [f"test_type:unit,{model}" for model in models]
        # a parse kept from before would keep the seeds' rows in the unit tests
        arguments = ("--no-partial-parse", "test", "--select", *selected)
        result = build.run_dbt(self.database, *arguments, project=self.project, check=False)
        outcomes = dict(re.findall(r"(?:PASS|FAIL \d+|ERROR) \w+::(\w+) .*\[(PASS|FAIL|ERROR)", result.stdout))
        assert outcomes, result.stdout
        assert "ERROR" not in outcomes.values(), f"a mistake must give a wrong figure, not broken SQL:\n{result.stdout}"
        return {name for name, outcome in outcomes.items() if outcome == "FAIL"}


@pytest.fixture(scope="module")
def workshop(tmp_path_factory) -> Workshop:
    folder = tmp_path_factory.mktemp("mutations")
    project = shutil.copytree(build.PROJECT, folder / "project", ignore=shutil.ignore_patterns("target", "logs"))
    database = build.build(build.make_build_db(folder / "build.duckdb", hard_census()), project=project)
    return Workshop(project, database)


def test_without_a_mistake_all_unit_tests_pass(workshop):
    models = {Path(path).stem for path in (SCHOOL, COUNTY, AMOUNTS, TEACHER)}
    assert workshop.failed_unit_tests(*models) == set()


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_planted_mistake_turns_the_unit_tests_red(mistake, workshop):
    file = workshop.project / mistake.path
    text = file.read_text(encoding="utf-8")
    assert mistake.old in text, "the code has moved on: plant the mistake where the rule is now"
    file.write_text(text.replace(mistake.old, mistake.new), encoding="utf-8")
    try:
        assert set(mistake.caught_by) <= workshop.failed_unit_tests(Path(mistake.shown_by).stem)
    finally:
        file.write_text(text, encoding="utf-8")
