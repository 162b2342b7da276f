with

county_requirements as (
    select * from {{ ref('fct_county_requirement') }}
),

matters as (
    select * from {{ ref('int_issue_figure__matter') }}
),

final as (
    select
        'county_requirement' as figure_kind,
        'figure' as origin,
        county_requirements.ruleset_id,
        county_requirements.county_code,
        county_requirements.school_year,
        county_requirements.requirement_code as code,
        county_requirements.part,
        county_requirements.verdict,
        matters.matter_zh || case when matters.block = 'veto' then '：' else '' end as name_zh,
        county_requirements.conclusion_zh as description,
        {{ empty_figure_columns(['school_code', 'stage', 'state_zh', 'lead_code', 'figure_on']) }}
    from county_requirements
    inner join matters using (ruleset_id, requirement_code, part)
)

select * from final
