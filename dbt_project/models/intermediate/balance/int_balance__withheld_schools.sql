with

withheld_schools as (
    select * from {{ ref('int_census__withheld_school') }}
),

county_rulesets as (
    select * from {{ ref('int_rules__county_ruleset') }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

school_stages as (
    {%- for stage in school_stages() %}
    select
        county_code,
        school_year,
        school_code,
        case when has_code then school_name || '（' || school_code || '）' else school_name end as label,
        '{{ stage }}' as stage
    from withheld_schools
    where has_{{ stage }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

stages as (
    select
        county_code,
        school_year,
        stage,
        {{ joined_text('label', '、', 'school_code') }} as withheld_schools
    from school_stages
    group by county_code, school_year, stage
),

final as (
    select
        stages.county_code,
        stages.school_year,
        stages.stage,
        indicators.indicator_code,
        indicators.ruleset_id,
        stages.withheld_schools
    from stages
    inner join county_rulesets using (county_code, school_year)
    inner join indicators using (ruleset_id, stage)
    where county_rulesets.is_selected and not indicators.is_composite
)

select * from final
