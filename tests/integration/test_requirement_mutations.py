"""Mistakes found in public implementations (rules of a county's requirements), planted one by one: the unit tests must go red."""

from __future__ import annotations

from tests.integration.mutations import Mistake, planted

ROOMS = "models/intermediate/requirement/int_requirement__room_need.sql"
ROOM_LIMITS = "models/intermediate/requirement/int_requirement__room_limit.sql"
SIZE = "models/intermediate/requirement/int_requirement__school_size.sql"
CLASSES = "models/intermediate/requirement/int_requirement__class_size.sql"
SMALL = "models/intermediate/requirement/int_requirement__small_school.sql"
TRAINING = "models/intermediate/requirement/int_requirement__training_share.sql"
FIGURE = "models/intermediate/requirement/int_requirement__figure.sql"
CENSUS_AMOUNT = "models/intermediate/requirement/amount/int_requirement_amount__census.sql"
ITEM_AMOUNT = "models/intermediate/requirement/amount/int_requirement_amount__item.sql"
NEARBY = "models/intermediate/requirement/int_requirement__school_figure.sql"
WHOLE_FIGURE = "models/intermediate/requirement/int_requirement__whole_figure.sql"
COUNTY = "models/intermediate/requirement/int_requirement__county.sql"
VERDICT = "models/marts/requirement/fct_county_verdict.sql"
MACROS = "macros/requirements.sql"
SIZES = "seeds/rules/rule_school_sizes.csv"

MISTAKES = [
    Mistake(
        "missing_training_budget_read_as_zero",
        TRAINING,
        "schools.training_budget_yuan is not null and schools.public_funds_budget_yuan is not null as is_reported,\n"
        "        schools.training_budget_yuan as reported_training",
        "schools.public_funds_budget_yuan is not null as is_reported,\n"
        "        coalesce(schools.training_budget_yuan, 0) as reported_training",
        TRAINING,
        ("training_share_of_every_school",),
    ),
    Mistake(
        "missing_figure_of_a_county_read_as_zero",
        FIGURE,
        "when count(*) = count(amounts.amount)\n",
        "when true\n",
        FIGURE,
        ("figures_of_one_period_from_signed_terms",),
    ),
    Mistake(
        "more_than_the_threshold_instead_of_at_least",
        "macros/rules.sql",
        "when '>=' then {{ left }} >= {{ right }}",
        "when '>=' then {{ left }} > {{ right }}",
        COUNTY,
        ("exactly_at_the_threshold_and_just_below",),
    ),
    Mistake(
        "music_and_art_rooms_pooled",
        ROOMS,
        "when limits.room_reading = 'pooled' then",
        "when limits.room_reading is not null then",
        ROOMS,
        ("one_room_of_sufficient_area_for_every_twelve_classes",),
    ),
    Mistake(
        "small_rooms_counted",
        ROOMS,
        "rooms.is_sufficient or rooms.area_m2 >= limits.area_m2",
        "true",
        ROOMS,
        ("one_room_of_sufficient_area_for_every_twelve_classes",),
    ),
    Mistake(
        "needed_rooms_rounded_down",
        ROOM_LIMITS,
        "ceiling_quotient(as_whole('needs.classes'",
        "quotient(as_whole('needs.classes'",
        ROOM_LIMITS,
        ("one_room_for_every_twelve_classes",),
    ),
    Mistake(
        "training_share_from_the_wrong_numerator",
        TRAINING,
        "case when is_reported then reported_training else declared_training end",
        "case when is_reported then reported_funds else declared_funds end",
        TRAINING,
        ("training_share_of_every_school",),
    ),
    Mistake(
        "funds_of_a_small_school_tested_per_head",
        SMALL,
        "candidates.funded_pupils * school_quotas.quota as needed",
        "10 * school_quotas.quota as needed",
        SMALL,
        ("small_schools_are_funded_as_for_a_hundred_pupils",),
    ),
    Mistake(
        "lower_quota_of_two_stages",
        SMALL,
        "then max(quota) end as quota",
        "then min(quota) end as quota",
        SMALL,
        ("small_schools_are_funded_as_for_a_hundred_pupils",),
    ),
    Mistake(
        "relaxed_room_areas_of_the_stages_mixed",
        ROOM_LIMITS,
        "and relaxations.stage in (school_stages.stage, 'all')",
        "and relaxations.stage is not null",
        ROOM_LIMITS,
        ("relaxed_areas_by_year_and_stage",),
    ),
    Mistake(
        "one_relaxed_size_for_all",
        SIZES,
        ",2500,3000,",
        ",2500,2400,",
        SIZE,
        ("size_by_kind_and_relaxation",),
    ),
    Mistake(
        "one_size_for_all",
        SIZES,
        ",2500,3000,",
        ",2000,3000,",
        SIZE,
        ("size_by_kind_and_relaxation",),
    ),
    Mistake(
        "junior_classes_above_45",
        "seeds/rules/rule_class_limits.csv",
        "junior,50,51_55",
        "junior,50,46_50;51_55",
        CLASSES,
        ("classes_above_the_limit_from_the_first_whole_source",),
    ),
    Mistake(
        "unknown_bands_read_as_none",
        MACROS,
        "then {{ prefix }}{{ band }} else 0",
        "then coalesce({{ prefix }}{{ band }}, 0) else 0",
        CLASSES,
        ("classes_above_the_limit_from_the_first_whole_source",),
    ),
    Mistake(
        "declared_without_evidence",
        COUNTY,
        "when declared_verdict = 'met' and evidence_count > 0 then 'met'",
        "when declared_verdict = 'met' then 'met'",
        COUNTY,
        ("no_evidence_no_met",),
    ),
    Mistake(
        "rounded_before_comparing",
        COUNTY,
        "else {{ verdict_if('ratio_holds') }}",
        "else {{ verdict_if('rounded_ratio_holds') }}",
        COUNTY,
        ("exactly_at_the_threshold_and_just_below",),
    ),
    Mistake(
        "county_before_census",
        WHOLE_FIGURE,
        "order by precedence\n",
        "order by precedence desc\n",
        WHOLE_FIGURE,
        ("the_first_source_that_has_the_figure_whole",),
    ),
    Mistake(
        "half_to_even",
        MACROS,
        "{{ rounded_quotient('(' ~ scaled ~ ' * ' ~ power_of_ten(decimals) ~ ')', denominator) }}",
        "{{ quotient('(2 * ' ~ scaled ~ ' * ' ~ power_of_ten(decimals) ~ ' + ' ~ denominator ~ ' - 1)', "
        "'(2 * ' ~ denominator ~ ')') }}",
        COUNTY,
        ("half_up",),
    ),
    Mistake(
        "undecided_folded_into_met",
        MACROS,
        "when count(case when {{ verdict }} = 'undecided' then 1 end) > 0 then 'undecided'",
        "when false then 'undecided'",
        VERDICT,
        ("a_county_is_met_only_when_nothing_is_missing",),
    ),
    Mistake(
        "open_veto_read_as_none",
        VERDICT,
        "case folded.veto_verdict when 'unmet' then true when 'met' then false end",
        "coalesce(folded.veto_verdict = 'unmet', false)",
        VERDICT,
        ("a_county_is_met_only_when_nothing_is_missing",),
    ),
    Mistake(
        "veto_left_out_of_the_verdict",
        VERDICT,
        "{{ folded_verdict('verdict') }} as verdict,\n        {{ folded_verdict('verdict_strict') }} as "
        "verdict_strict\n    from block_parts",
        "{{ folded_verdict(\"case when block <> 'veto' then verdict end\") }} as verdict,\n        {{ "
        "folded_verdict('verdict_strict') }} as verdict_strict\n    from block_parts",
        VERDICT,
        ("a_county_is_met_only_when_nothing_is_missing",),
    ),
    Mistake(
        "half_of_the_schools_are_the_county",
        CENSUS_AMOUNT,
        "{{ sum_if_all_known('amount', 'decimal(28, 8)') }} as amount",
        "cast(sum(amount) as decimal(28, 8)) as amount",
        CENSUS_AMOUNT,
        ("the_census_when_every_school_has_it",),
    ),
    Mistake(
        "averages_added",
        ITEM_AMOUNT,
        "and (item_terms.adds_up or item_candidates.preference = 1)",
        "",
        ITEM_AMOUNT,
        ("the_county_before_its_stages_and_its_schools",),
    ),
    Mistake(
        "boarding_schools_enrol_near_home",
        NEARBY,
        "or (nearby_rules.leaves_out_boarding and schools.is_boarding = 1)",
        "",
        NEARBY,
        ("teachers_of_all_schools_and_pupils_of_public_day_schools_in_town",),
    ),
    Mistake(
        "smaller_area_of_a_combined_school",
        ROOM_LIMITS,
        "max(relaxations.art_limit_value) as art_limit_value",
        "min(relaxations.art_limit_value) as art_limit_value",
        ROOM_LIMITS,
        ("relaxed_areas_by_year_and_stage",),
    ),
]


outcomes, test_planted_mistake_turns_the_unit_tests_red = planted(MISTAKES)
