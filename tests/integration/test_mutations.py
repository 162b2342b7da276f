"""Mistakes found in public implementations, planted one by one: the dbt unit tests must go red, each for its own reason."""

from __future__ import annotations

from tests.integration.mutations import Mistake, planted

SCHOOL = "models/marts/balance/fct_school_indicator.sql"
COUNTY = "models/marts/balance/fct_county_indicator.sql"
AMOUNTS = "models/intermediate/balance/int_balance__stage_amounts.sql"
TEACHER = "models/intermediate/roster/int_roster__teacher.sql"
ROSTERS = "macros/rosters.sql"
SCHOOL_VERDICT = "models/marts/balance/fct_school_verdict.sql"
SHORTFALL = "models/marts/balance/fct_school_shortfall.sql"
CONTRIBUTION = "models/marts/balance/fct_county_contribution.sql"
COUNTY_TREND = "models/marts/balance/fct_indicator_trend.sql"
SCHOOL_TREND = "models/marts/balance/fct_school_trend.sql"
SCOPE = "models/intermediate/balance/int_balance__school_scope.sql"
RELAXATION = "models/intermediate/balance/int_balance__relaxation.sql"
RELAXED = "models/intermediate/balance/int_balance__relaxed_amount.sql"
COUNTY_RULESET = "models/intermediate/rules/int_rules__county_ruleset.sql"
RULE_TERM = "models/intermediate/rules/int_rules__term.sql"
RULES = "macros/rules.sql"
OVERLAY = "macros/overlay.sql"
TERMS = "seeds/rules/rule_terms.csv"
SCOPE_RULES = "seeds/rules/rule_scope.csv"
INDICATORS = "seeds/rules/rule_indicators.csv"


MISTAKES = [
    Mistake(
        "unweighted",
        COUNTY,
        'as_double("school_indicators.pupils") ~ " / " ~ as_double("means.known_pupils") ~ " * " ~ squared(',
        '"1.0 / means.known_school_count * " ~ squared(',
        COUNTY,
        ("case_a_five_schools",),
    ),
    Mistake(
        "n_minus_1",
        COUNTY,
        'numerator_per_pupil, 0) - 1"\n            )',
        'numerator_per_pupil, 0) - 1"\n            ) ~ " * means.known_school_count / (means.known_school_count - 1.0)"',
        COUNTY,
        ("case_a_five_schools", "exactly_at_the_limit_is_met"),
    ),
    Mistake(
        "values_rounded_before_the_coefficient",
        COUNTY,
        'as_double("school_indicators.numerator") ~ " / " ~ as_double("school_indicators.pupils")',
        '"round(" ~ as_double("school_indicators.numerator") ~ " / " ~ as_double("school_indicators.pupils") ~ ", 2)"',
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
        "'figure', 'base', 'standard_units', 'floor_units'",
        "'round(figure / value_base, 2) * 10000', '1', 'standard_units', 'floor_units'",
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
        "where is_split and standard_gap > 0",
        "where is_split and standard_gap > 0 and 1 = 0",
        SCHOOL,
        ("what_a_combined_school_must_build",),
    ),
    Mistake(
        "doctors_below_the_prescribed_degree",
        ROSTERS,
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
        RULES,
        "else {{ factors }}.{{ item }} * {{ schools }}.{{ item }}\n",
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
        "<= {{ squared(as_double(difference_limit)) }} * (1 + 1e-12)",
        "< {{ squared(as_double(difference_limit)) }} * (1 - 1e-12)",
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
        RULES,
        "else {{ factors }}.{{ item }} * {{ schools }}.{{ item }}\n",
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
    Mistake(
        "composite_of_2017_is_judged",
        INDICATORS,
        "national-2017,composite,primary,resource,综合差异系数,Composite difference coefficient,,1,<=,,,,",
        "national-2017,composite,primary,resource,综合差异系数,Composite difference coefficient,,1,<=,,,0.50,",
        COUNTY,
        ("a_school_with_nothing_stays_in", "exactly_at_the_limit_is_met"),
    ),
    Mistake(
        "composite_from_rounded_coefficients",
        COUNTY,
        "order_free_sum('sqrt(measured.squared_coefficient)')",
        "order_free_sum('round(sqrt(measured.squared_coefficient), 3)')",
        COUNTY,
        ("the_composite_is_the_mean_of_the_unrounded_coefficients",),
    ),
    Mistake(
        "composite_over_the_known_coefficients",
        COUNTY,
        "when count(*) = count(measured.squared_coefficient)",
        "when count(measured.squared_coefficient) > 0",
        COUNTY,
        ("the_composite_is_the_mean_of_the_unrounded_coefficients",),
    ),
    Mistake(
        "coefficient_compared_rounded_without_the_setting",
        COUNTY,
        "case when compares_rounded then rounded_verdict else exact_verdict end as verdict,",
        "rounded_verdict as verdict,",
        COUNTY,
        ("exactly_at_the_limit_is_met", "coefficients_compared_after_rounding_where_the_rule_set_says_so"),
    ),
    Mistake(
        "relaxed_teachers_counted_in_the_coefficient",
        SCHOOL,
        "{{ stage_share_units('amount_units', 'whole_share', *of_the_stage) }} as numerator_units",
        "coalesce({{ stage_share_units('relaxed_amount_units', 'whole_relaxed_share', *of_the_stage) }},"
        " {{ stage_share_units('amount_units', 'whole_share', *of_the_stage) }}) as numerator_units",
        SCHOOL,
        ("a_relaxation_changes_the_verdict_alone",),
    ),
    Mistake(
        "relaxed_shortfall_published_as_the_shortfall",
        SCHOOL,
        "when verdict_strict = 'met' then 0",
        "when verdict = 'met' then 0",
        SCHOOL,
        ("a_relaxation_changes_the_verdict_alone",),
    ),
    Mistake(
        "school_compared_rounded_without_the_setting",
        RULES,
        "coalesce({{ setting_value }} = 'rounded', false)",
        "true",
        SCHOOL,
        ("compared_before_rounding", "compared_after_rounding_where_the_rule_set_says_so"),
    ),
    Mistake(
        "strict_verdict_from_relaxed_ones",
        SCHOOL_VERDICT,
        "case when verdict_strict = 'unmet'",
        "case when verdict = 'unmet'",
        SCHOOL_VERDICT,
        ("the_strict_fold_uses_no_relaxation",),
    ),
    Mistake(
        "2012_with_private_schools",
        SCOPE_RULES,
        ",general,,,,,false,false,sponsor_out_of_scope,",
        ",general,,,,,true,false,,",
        SCOPE,
        ("scope_of_2012",),
    ),
    Mistake(
        "2012_with_teaching_points",
        SCOPE_RULES,
        "national-2012,resource,10,teaching_point,,,,,false,",
        "national-2012,resource,10,teaching_point,,,,50,false,",
        SCOPE,
        ("scope_of_2012",),
    ),
    Mistake(
        "unknown_sponsor_is_out_of_scope",
        SCOPE,
        "coalesce(school_blocks.sponsor_code, 'unknown') = rules.sponsor_code",
        "school_blocks.sponsor_code = rules.sponsor_code",
        SCOPE,
        ("scope_of_2012",),
    ),
    Mistake(
        "unknown_sponsor_has_amounts",
        AMOUNTS,
        "case when not stage_scope.is_undetermined then cast(",
        "case when true then cast(",
        AMOUNTS,
        ("an_undetermined_school_has_no_amount",),
    ),
    Mistake(
        "relaxed_up_to_100_pupils",
        RELAXATION,
        "stages.pupils < relaxations.pupils_below",
        "stages.pupils <= relaxations.pupils_below",
        RELAXATION,
        ("conditions_have_to_be_known",),
    ),
    Mistake(
        "unknown_condition_relaxes",
        RELAXATION,
        "stages.largest_class < relaxations.largest_class_below",
        "coalesce(stages.largest_class, 0) < relaxations.largest_class_below",
        RELAXATION,
        ("an_unknown_largest_class_relaxes_nothing",),
    ),
    Mistake(
        "relaxation_without_an_end",
        RELAXATION,
        "coalesce(relaxations.valid_to_year, 9999)",
        "9999",
        RELAXATION,
        ("a_relaxation_ends_and_only_chosen_rule_sets_count",),
    ),
    Mistake(
        "visiting_teachers_of_the_other_stage",
        "seeds/rules/rule_relaxation_terms.csv",
        "L3_small_rural,junior,visiting_pe_art_junior,1",
        "L3_small_rural,junior,visiting_pe_art_primary,1",
        RELAXED,
        ("what_a_relaxation_adds",),
    ),
    Mistake(
        "overlay_keeps_terms_it_replaced",
        RULE_TERM,
        "['indicator_code', 'stage'], ['item', 'factor']",
        "['indicator_code', 'stage', 'item'], ['factor']",
        RULE_TERM,
        ("an_overlay_replaces_the_numerator_whole",),
    ),
    Mistake(
        "overlay_without_its_base",
        OVERLAY,
        "as base on rule_sets.base_ruleset_id = base.ruleset_id",
        "as base on rule_sets.base_ruleset_id = base.ruleset_id and 1 = 0",
        RULE_TERM,
        ("an_overlay_replaces_the_numerator_whole",),
    ),
    Mistake(
        "overlay_outside_of_its_area",
        COUNTY_RULESET,
        "rule_sets.area_prefix is null or",
        "true or",
        COUNTY_RULESET,
        ("an_overlay_holds_in_its_area_and_years",),
    ),
    Mistake(
        "combined_school_builds_for_one_stage",
        SCHOOL,
        "    where is_split and standard_gap > 0\n",
        "    where is_split and standard_gap > 0 and stage = 'primary'\n",
        SCHOOL,
        ("what_a_combined_school_must_build", "what_is_missing_to_the_standard_and_to_the_floor"),
    ),
    Mistake(
        "relaxed_shortfall_without_the_relaxation",
        SHORTFALL,
        "coalesce(school_indicators.relaxed_shortfall, school_indicators.shortfall)",
        "school_indicators.shortfall",
        SHORTFALL,
        ("what_misses_its_standard_with_or_without_a_relaxation",),
    ),
    Mistake(
        "floor_measured_from_the_standard",
        SCHOOL,
        "else floor_units * base - figure",
        "else standard_units * base - figure",
        SCHOOL,
        ("what_is_missing_to_the_standard_and_to_the_floor",),
    ),
    Mistake(
        "contributions_unweighted",
        CONTRIBUTION,
        "pupil_share * {{ squared('relative_value - 1') }} as term",
        "{{ squared('relative_value - 1') }} as term",
        CONTRIBUTION,
        ("case_a_terms",),
    ),
    Mistake(
        "trend_against_the_wrong_year",
        COUNTY_TREND,
        "figures.school_year = previous.school_year + 1",
        "figures.school_year > previous.school_year",
        COUNTY_TREND,
        ("beside_the_year_before",),
    ),
    Mistake(
        "merged_schools_lose_their_past",
        SCHOOL_TREND,
        "predecessors.previous_school_code = previous.school_code",
        "predecessors.previous_school_code = previous.school_code and predecessors.change <> 'merge'",
        SCHOOL_TREND,
        ("merged_renumbered_and_unknown_schools",),
    ),
]


outcomes, test_planted_mistake_turns_the_unit_tests_red = planted(MISTAKES)
