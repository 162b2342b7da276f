with

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

final as (
    select
        school_indicators.county_code,
        school_indicators.school_year,
        school_indicators.school_code,
        school_indicators.stage,
        school_indicators.indicator_code,
        school_indicators.ruleset_id,
        indicators.unit,
        school_indicators.pupils,
        school_indicators.value,
        school_indicators.standard,
        school_indicators.floor,
        school_indicators.verdict,
        school_indicators.verdict_strict,
        school_indicators.shortfall,
        school_indicators.school_shortfall,
        school_indicators.floor_shortfall,
        school_indicators.school_floor_shortfall,
        -- where no relaxation applies, the strict figure is what is missing
        coalesce(school_indicators.relaxed_shortfall, school_indicators.shortfall) as relaxed_shortfall,
        coalesce(school_indicators.school_relaxed_shortfall, school_indicators.school_shortfall) as school_relaxed_shortfall,
        coalesce(school_indicators.relaxed_floor_shortfall, school_indicators.floor_shortfall) as relaxed_floor_shortfall,
        coalesce(school_indicators.school_relaxed_floor_shortfall, school_indicators.school_floor_shortfall)
            as school_relaxed_floor_shortfall
    from school_indicators
    inner join indicators using (ruleset_id, indicator_code, stage)
    where school_indicators.verdict_strict in ('floor_met', 'unmet') and indicators.operator = '>='
)

select * from final
