{%- set figure = ["county_code", "school_year", "stage", "indicator_code", "ruleset_id"] %}
{%- set stage_of_county = ["county_code", "school_year", "stage", "ruleset_id"] %}
with

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

withheld as (
    select * from {{ ref('int_balance__withheld_schools') }}
),

settings as (
    select * from {{ ref('int_rules__setting') }}
),

totals as (
    select
        {{ figure | join(", ") }},
        count(*) as school_count,
        count(value) as known_school_count,
        count(case when verdict = 'met' then 1 end) as schools_met,
        count(case when verdict = 'floor_met' then 1 end) as schools_floor_met,
        {{ sum_if_all_known('pupils', 'bigint') }} as pupils,
        -- a school of which one of the two is unknown has no value and adds neither
        sum(case when value is not null then pupils end) as known_pupils,
        sum(case when value is not null then numerator end) as known_numerator
    from school_indicators
    group by {{ figure | join(", ") }}
),

-- a stage of which every school is withheld is there too, without a figure
assessed as (
    select
        {%- for column in figure %}
        coalesce(totals.{{ column }}, withheld.{{ column }}) as {{ column }},
        {%- endfor %}
        {%- for count in ["school_count", "known_school_count", "schools_met", "schools_floor_met"] %}
        coalesce(totals.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        case when withheld.ruleset_id is null then totals.pupils end as pupils,
        totals.known_pupils,
        totals.known_numerator,
        withheld.withheld_schools,
        withheld.ruleset_id is null and totals.known_school_count = totals.school_count as is_complete
    from totals
    full outer join withheld using ({{ figure | join(", ") }})
),

-- total over total, not the mean of the schools' values
means as (
    select
        assessed.*,
        indicators.standard,
        indicators.difference_limit,
        indicators.mean_decimals,
        indicators.coefficient_decimals,
        {{ rounded_quotient('(' ~ to_units('assessed.known_numerator', 12) ~ ' * indicators.scale)', 'assessed.known_pupils') }}
            as mean_units,
        {{ as_double('assessed.known_numerator') }} / {{ as_double('assessed.known_pupils') }} as numerator_per_pupil
    from assessed
    inner join indicators using (ruleset_id, indicator_code, stage)
),

-- Square of the coefficient: each school's deviation from the mean counts by its share of the pupils (population form, no
-- n - 1). Deviations are taken relative to the mean, so the scale cancels and no amount is too large; without a mean, none.
deviations as (
    select
        {{ figure | join(", ") }},
        {{ order_free_sum(
            as_double("school_indicators.pupils") ~ " / " ~ as_double("means.known_pupils") ~ " * " ~ squared(
                as_double("school_indicators.numerator") ~ " / " ~ as_double("school_indicators.pupils")
                ~ " / nullif(means.numerator_per_pupil, 0) - 1"
            )
        ) }} as known_squared_coefficient
    from means
    inner join school_indicators using ({{ figure | join(", ") }})
    where school_indicators.value is not null
    group by {{ figure | join(", ") }}
),

waiting as (
    select
        {{ figure | join(", ") }},
        {{ joined_text('schools.school_name', '、', 'school_code') }} as waiting_for
    from school_indicators
    inner join schools using (county_code, school_year, school_code)
    where school_indicators.value is null
    group by {{ figure | join(", ") }}
),

-- published only where no school is missing; the figures of the known schools stay apart as provisional
measured as (
    select
        means.*,
        {{ joined_when_known('waiting.waiting_for', 'means.withheld_schools', '、') }} as waiting_for,
        sqrt(deviations.known_squared_coefficient) as known_coefficient,
        case when means.is_complete then means.mean_units end as complete_mean_units,
        case when means.is_complete then deviations.known_squared_coefficient end as squared_coefficient
    from means
    left join deviations using ({{ figure | join(", ") }})
    left join waiting using ({{ figure | join(", ") }})
),

-- schools of which every part is known, and the names of the others, each once
composite_schools as (
    select
        {{ stage_of_county | join(", ") }},
        school_code,
        count(*) = count(value) as is_known
    from school_indicators
    group by {{ stage_of_county | join(", ") }}, school_code
),

composite_waiting as (
    select
        {{ stage_of_county | join(", ") }},
        count(case when is_known then 1 end) as known_school_count,
        {{ joined_text("case when not is_known then schools.school_name end", '、', 'school_code') }} as waiting_for
    from composite_schools
    left join schools using (county_code, school_year, school_code)
    group by {{ stage_of_county | join(", ") }}
),

-- the plain mean of the unrounded coefficients, as soon as each of them is there
composite_means as (
    select
        {%- for column in stage_of_county %}
        measured.{{ column }},
        {%- endfor %}
        max(measured.school_count) as school_count,  -- the same for each
        max(measured.pupils) as pupils,
        max(measured.withheld_schools) as withheld_schools,
        case
            when count(*) = count(measured.known_coefficient)
                then {{ order_free_sum('measured.known_coefficient') }} / count(*)
        end as known_coefficient,
        case
            when count(*) = count(measured.squared_coefficient)
                then {{ order_free_sum('sqrt(measured.squared_coefficient)') }} / count(*)
        end as coefficient
    from measured
    group by measured.county_code, measured.school_year, measured.stage, measured.ruleset_id
),

with_composites as (
    select
        {{ figure | join(", ") }},
        school_count,
        known_school_count,
        case when standard is not null then schools_met end as schools_met,
        case when standard is not null then schools_floor_met end as schools_floor_met,
        pupils,
        complete_mean_units,
        squared_coefficient,
        known_coefficient,
        difference_limit,
        mean_decimals,
        coefficient_decimals,
        waiting_for,
        withheld_schools
    from measured
    union all
    select
        composite_means.county_code,
        composite_means.school_year,
        composite_means.stage,
        composites.indicator_code,
        composite_means.ruleset_id,
        composite_means.school_count,
        coalesce(composite_waiting.known_school_count, 0) as known_school_count,  -- every school of the stage is withheld
        null as schools_met,
        null as schools_floor_met,
        composite_means.pupils,
        null as complete_mean_units,
        {{ squared('composite_means.coefficient') }} as squared_coefficient,
        composite_means.known_coefficient,
        composites.difference_limit,
        composites.mean_decimals,
        composites.coefficient_decimals,
        {{ joined_when_known('composite_waiting.waiting_for', 'composite_means.withheld_schools', '、') }} as waiting_for,
        composite_means.withheld_schools
    from composite_means
    inner join indicators as composites using (ruleset_id, stage)
    left join composite_waiting using ({{ stage_of_county | join(", ") }})
    where composites.is_composite
),

with_decimals as (
    select
        *,
        {{ as_decimal('sqrt(squared_coefficient)', 28, 12) }} as difference_coefficient
    from with_composites
),

rounded as (
    select
        *,
        {{ from_units('complete_mean_units', 38, 12) }} as county_mean,
        {{ as_decimal('known_coefficient', 28, 12) }} as provisional_coefficient,
        cast({{ half_up_with_snap('complete_mean_units', 'mean_decimals') }} as decimal(24, 3)) as county_mean_rounded,
        cast(
            {{ half_up_with_snap(to_units('difference_coefficient', 12), 'coefficient_decimals') }}
            as decimal(18, 3)
        ) as difference_coefficient_rounded,
        {{ coefficient_verdict('squared_coefficient', 'difference_limit') }} as exact_verdict
    from with_decimals
),

judged as (
    select
        rounded.*,
        case
            when rounded.exact_verdict in ('met', 'unmet')
                then case when rounded.difference_coefficient_rounded <= rounded.difference_limit then 'met' else 'unmet' end
            else rounded.exact_verdict
        end as rounded_verdict,
        {{ compares_rounded('settings.value') }} as compares_rounded
    from rounded
    left join settings on rounded.ruleset_id = settings.ruleset_id and settings.setting = 'comparison'
),

final as (
    select
        {{ figure | join(", ") }},
        {%- for count in ["school_count", "known_school_count", "schools_met", "schools_floor_met"] %}
        cast({{ count }} as integer) as {{ count }},
        {%- endfor %}
        pupils,
        county_mean,
        -- all schools at zero: they do not differ, though there is no coefficient
        {{ as_decimal(
            "case when county_mean = 0 then 0 else sqrt(squared_coefficient) * " ~ as_double('county_mean') ~ " end", 38, 12
        ) }} as standard_deviation,
        difference_coefficient,
        provisional_coefficient,
        county_mean_rounded,
        difference_coefficient_rounded,
        difference_limit,
        case when compares_rounded then rounded_verdict else exact_verdict end as verdict,
        case when exact_verdict <> 'undecided' then exact_verdict <> rounded_verdict end as verdict_changes_when_rounded,
        waiting_for,
        withheld_schools
    from judged
)

select * from final
