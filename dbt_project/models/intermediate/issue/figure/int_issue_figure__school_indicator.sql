with

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

shortfalls as (
    select * from {{ ref('fct_school_shortfall') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

stages as (
    select * from {{ ref('stages') }}
),

final as (
    select
        'school_indicator' as figure_kind,
        'figure' as origin,
        school_indicators.ruleset_id,
        school_indicators.county_code,
        school_indicators.school_code,
        school_indicators.stage,
        school_indicators.school_year,
        school_indicators.indicator_code as code,
        school_indicators.verdict,
        coalesce(schools.school_name, school_indicators.school_code) || stages.label_zh || indicators.name_zh as name_zh,
        {{ sentence(
            'value_beside_standard',
            value='coalesce(shortfalls.value_zh, ' ~ number_text('school_indicators.value_rounded') ~ ', '
            ~ sentence('undecided') ~ ')',
            standard=number_text('school_indicators.standard')
        ) }}
        || coalesce('，' || shortfalls.lacks_zh, '') as description,
        {{ empty_figure_columns(['part', 'state_zh', 'lead_code', 'figure_on']) }}
    from school_indicators
    inner join indicators using (ruleset_id, indicator_code, stage)
    inner join stages on school_indicators.stage = stages.stage
    left join schools using (county_code, school_year, school_code)
    left join shortfalls
        on
            school_indicators.county_code = shortfalls.county_code
            and school_indicators.school_year = shortfalls.school_year
            and school_indicators.school_code = shortfalls.school_code
            and school_indicators.stage = shortfalls.stage
            and school_indicators.indicator_code = shortfalls.indicator_code
            and school_indicators.ruleset_id = shortfalls.ruleset_id
)

select * from final
