with

figures as (
    select * from {{ ref('fct_county_indicator') }}
),

counties as (
    select * from {{ ref('dim_county') }}
),

indicators as (
    select * from {{ ref('dim_indicator') }}
),

labels as (
    select * from {{ ref('dim_code') }}
),

final as (
    select
        figures.county_code,
        counties.county_name,
        counties.city_name,
        counties.province_name,
        figures.school_year,
        {{ first_day_of_school_year('figures.school_year') }} as school_year_start,
        counties.school_year_label,
        figures.stage,
        stages.label_zh as stage_zh,
        figures.ruleset_id,
        rule_sets.label_zh as ruleset_zh,
        figures.indicator_code,
        indicators.name_zh as indicator_zh,
        indicators.unit,
        figures.school_count,
        figures.known_school_count,
        figures.schools_met,
        figures.schools_floor_met,
        figures.pupils,
        figures.county_mean as county_mean_exact,
        {{ as_double('figures.county_mean') }} as county_mean,
        figures.difference_coefficient as difference_coefficient_exact,
        {{ as_double('figures.difference_coefficient') }} as difference_coefficient,
        {{ as_double('figures.provisional_coefficient') }} as provisional_coefficient,
        {{ as_double('figures.difference_limit') }} as difference_limit,
        figures.verdict,
        verdicts.label_zh as verdict_zh,
        figures.waiting_for
    from figures
    inner join counties using (county_code, school_year)
    inner join indicators using (ruleset_id, indicator_code, stage)
    left join labels as stages on stages.list = 'stage' and figures.stage = stages.code
    left join labels as rule_sets on rule_sets.list = 'ruleset' and figures.ruleset_id = rule_sets.code
    left join labels as verdicts on verdicts.list = 'verdict' and figures.verdict = verdicts.code
)

select * from final
