with

requirements as (
    select * from {{ ref('fct_county_requirement') }}
),

matters as (
    select * from {{ ref('int_issue_figure__matter') }}
),

final as (
    select
        'disagreement' as figure_kind,
        'disagreement' as origin,
        requirements.ruleset_id,
        requirements.county_code,
        requirements.school_year,
        requirements.requirement_code as code,
        requirements.part,
        case when requirements.disagreement_zh is null then 'met' else 'unmet' end as verdict,
        {{ sentence('issue_of_disagreement', matter='matters.matter_zh') }} as name_zh,
        {{ sentence('disagrees') }} as state_zh,
        requirements.disagreement_zh as description,
        {{ empty_figure_columns(['school_code', 'stage', 'lead_code', 'figure_on']) }}
    from requirements
    inner join matters using (ruleset_id, requirement_code, part)
    where requirements.is_declared
)

select * from final
