with

county_indicators as (
    select * from {{ ref('fct_county_indicator') }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

stages as (
    select * from {{ ref('stages') }}
),

final as (
    select
        'county_indicator' as figure_kind,
        'figure' as origin,
        county_indicators.ruleset_id,
        county_indicators.county_code,
        county_indicators.stage,
        county_indicators.school_year,
        county_indicators.indicator_code as code,
        county_indicators.verdict,
        {{ sentence('issue_of_coefficient', stage='stages.label_zh', indicator='indicators.name_zh') }} as name_zh,
        {{ sentence(
            'coefficient_beside_limit',
            coefficient='coalesce(' ~ telling_number(
                'county_indicators.difference_coefficient', 'county_indicators.difference_coefficient_rounded',
                'county_indicators.verdict_changes_when_rounded', "'<='", 'county_indicators.difference_limit',
                'county_indicators.verdict'
            ) ~ ', ' ~ sentence('undecided') ~ ')',
            limit=number_text('county_indicators.difference_limit')
        ) }}
        || coalesce({{ sentence('and_still_to_come', waiting='county_indicators.waiting_for') }}, '') as description,
        {{ empty_figure_columns(['school_code', 'part', 'state_zh', 'lead_code', 'figure_on']) }}
    from county_indicators
    inner join indicators using (ruleset_id, indicator_code, stage)
    inner join stages on county_indicators.stage = stages.stage
)

select * from final
