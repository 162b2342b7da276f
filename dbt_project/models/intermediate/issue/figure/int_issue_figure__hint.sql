with

hints as (
    select * from {{ ref('rpt_authenticity_hint') }}
),

settings as (
    select * from {{ ref('issue_settings') }}
),

final as (
    select
        'hint' as figure_kind,
        'hint' as origin,
        hints.county_code,
        hints.school_code,
        nullif(hints.stage, 'all') as stage,
        hints.school_year,
        hints.rule_code as code,
        hints.reason_zh || coalesce('|' || hints.other_school_code, '') as part,
        'unmet' as verdict,
        coalesce(hints.school_name || '：', '') || hints.name_zh as name_zh,
        {{ sentence('to_be_verified') }} as state_zh,
        hints.reason_zh || coalesce('。' || hints.evidence_zh, '') as description,
        {{ empty_figure_columns(['ruleset_id', 'lead_code', 'figure_on']) }}
    from hints
    inner join settings on settings.setting = 'hint_issues' and hints.hint_rank <= cast(settings.value as integer)
)

select * from final
