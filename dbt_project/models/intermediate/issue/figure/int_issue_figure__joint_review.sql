with

reviews as (
    select * from {{ ref('fct_joint_review') }}
),

final as (
    select
        'joint_review' as figure_kind,
        'disagreement' as origin,
        county_code,
        school_code,
        nullif(stage, 'all') as stage,
        school_year,
        item_code as code,
        case state when 'agree' then 'met' when 'disagree' then 'unmet' else 'undecided' end as verdict,
        coalesce(school_name || '：', '') || name_zh as name_zh,
        '：' || state_zh as state_zh,
        {{ sentence(
            'two_sources',
            left='left_source_zh', left_value='coalesce(' ~ number_text('left_value') ~ ', ' ~ sentence('unknown') ~ ')',
            left_section='left_section_zh',
            right='right_source_zh', right_value='coalesce(' ~ number_text('right_value') ~ ', ' ~ sentence('unknown') ~ ')',
            right_section='right_section_zh'
        ) }} as description,
        {{ empty_figure_columns(['ruleset_id', 'part', 'lead_code', 'figure_on']) }}
    from reviews
)

select * from final
