with

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

display_units as (
    select * from {{ ref('display_units') }}
),

stages as (
    select * from {{ ref('stages') }}
),

missed as (
    select
        school_indicators.county_code,
        school_indicators.school_year,
        school_indicators.school_code,
        school_indicators.stage,
        school_indicators.indicator_code,
        school_indicators.ruleset_id,
        indicators.unit,
        indicators.is_split,
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
            as school_relaxed_floor_shortfall,
        {{ telling_number(
            'school_indicators.value', 'school_indicators.value_rounded',
            'school_indicators.value_rounded >= school_indicators.standard', 'indicators.operator',
            'school_indicators.standard', 'school_indicators.verdict_strict'
        ) }} as value_zh,
        {{ missing_amount_text('school_indicators.shortfall', 'indicators.unit', 'display_units') }} as shortfall_zh,
        {{ missing_amount_text('school_indicators.school_shortfall', 'indicators.unit', 'display_units') }} as school_shortfall_zh
    from school_indicators
    inner join indicators using (ruleset_id, indicator_code, stage)
    left join display_units on indicators.unit = display_units.unit
    where school_indicators.verdict_strict in ('floor_met', 'unmet') and indicators.operator = '>='
),

-- what a whole school has to add is one figure: it stands with the stage that is furthest from its standard
placed as (
    select
        missed.*,
        stages.label_zh as stage_zh,
        row_number() over (
            partition by
                missed.county_code, missed.school_year, missed.school_code, missed.indicator_code, missed.ruleset_id,
                case when missed.is_split then 'all' else missed.stage end
            order by {{ as_double('missed.value') }} / {{ as_double('missed.standard') }}, stages.display_order
        ) as place
    from missed
    inner join stages on missed.stage = stages.stage
),

needs as (
    select
        *,
        first_value(stage_zh) over (
            partition by
                county_code, school_year, school_code, indicator_code, ruleset_id, case when is_split then 'all' else stage end
            order by place
        ) as need_stage_zh
    from placed
),

final as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        indicator_code,
        ruleset_id,
        unit,
        pupils,
        value,
        standard,
        floor,
        verdict,
        verdict_strict,
        shortfall,
        school_shortfall,
        floor_shortfall,
        school_floor_shortfall,
        relaxed_shortfall,
        school_relaxed_shortfall,
        relaxed_floor_shortfall,
        school_relaxed_floor_shortfall,
        place = 1 as carries_school_shortfall,
        value_zh,
        case
            when place > 1 then {{ sentence('lacks_said_elsewhere', shortfall='shortfall_zh', stage='need_stage_zh') }}
            when shortfall_zh = school_shortfall_zh then {{ sentence('lacks_as_a_school', need='school_shortfall_zh') }}
            else {{ sentence('lacks_as_a_stage', shortfall='shortfall_zh', need='school_shortfall_zh') }}
        end as lacks_zh
    from needs
)

select * from final
