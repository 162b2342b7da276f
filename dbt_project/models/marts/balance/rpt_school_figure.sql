with

figures as (
    select * from {{ ref('fct_school_indicator') }}
),

schools as (
    select * from {{ ref('dim_school') }}
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
        schools.school_year_label,
        figures.school_code,
        schools.school_name,
        kinds.label_zh as school_kind_zh,
        places.label_zh as urban_rural_zh,
        schools.township,
        figures.stage,
        stages.label_zh as stage_zh,
        figures.ruleset_id,
        rule_sets.label_zh as ruleset_zh,
        figures.indicator_code,
        indicators.name_zh as indicator_zh,
        indicators.unit,
        figures.pupils,
        figures.value as value_exact,
        {{ as_double('figures.value') }} as value,
        {{ as_double('figures.standard') }} as standard,
        {{ as_double('figures.floor') }} as floor,
        figures.verdict,
        verdicts.label_zh as verdict_zh,
        figures.shortfall as shortfall_exact,
        {{ as_double('figures.shortfall') }} as shortfall,
        figures.school_shortfall as school_shortfall_exact,
        {{ as_double('figures.school_shortfall') }} as school_shortfall,
        schools.display_order
    from figures
    inner join schools using (county_code, school_year, school_code)
    inner join counties using (county_code, school_year)
    inner join indicators using (ruleset_id, indicator_code, stage)
    left join labels as kinds on kinds.list = 'school_kind' and schools.school_kind_code = kinds.code
    left join labels as places on places.list = 'urban_rural' and schools.urban_rural_code = places.code
    left join labels as stages on stages.list = 'stage' and figures.stage = stages.code
    left join labels as rule_sets on rule_sets.list = 'ruleset' and figures.ruleset_id = rule_sets.code
    left join labels as verdicts on verdicts.list = 'verdict' and figures.verdict = verdicts.code
)

select * from final
