"""Mistakes found in public implementations, planted one by one: the dbt unit tests must go red, each for its own reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.mutations import Mistake, Workshop, open_workshop

SCHOOL = "models/marts/fct_school_indicator.sql"
COUNTY = "models/marts/fct_county_indicator.sql"
AMOUNTS = "models/intermediate/int_balance__stage_amounts.sql"
TEACHER = "models/intermediate/int_roster__teacher.sql"
RULES = "macros/rules.sql"
TERMS = "seeds/rules/rule_terms.csv"


MISTAKES = [
    Mistake(
        "unweighted",
        COUNTY,
        'as_double("school_indicators.pupils") ~ " / " ~ as_double("means.known_pupils") ~ " * power("',
        '"1.0 / means.known_school_count * power("',
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
        "<= power({{ as_double(difference_limit) }}, 2) * (1 + 1e-12)",
        "< power({{ as_double(difference_limit) }}, 2) * (1 - 1e-12)",
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


@pytest.fixture(scope="module")
def workshop(tmp_path_factory) -> Workshop:
    return open_workshop(tmp_path_factory.mktemp("mutations"))


def test_without_a_mistake_all_unit_tests_pass(workshop):
    models = {Path(path).stem for path in (SCHOOL, COUNTY, AMOUNTS, TEACHER)}
    assert workshop.failed_unit_tests(*models) == set()


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_planted_mistake_turns_the_unit_tests_red(mistake, workshop):
    assert set(mistake.caught_by) <= workshop.failed_with(mistake)
