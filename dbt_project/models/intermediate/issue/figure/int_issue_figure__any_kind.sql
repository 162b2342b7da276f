{%- set kinds = [
    'county_indicator', 'school_indicator', 'school_verdict', 'county_requirement', 'disagreement', 'school_requirement', 'monitoring',
    'joint_review', 'teacher_structure', 'hint',
] %}
with

final as (
    {%- for kind in kinds %}
    select {{ issue_figure_types() | join(', ') }}
    from {{ ref('int_issue_figure__' ~ kind) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from final
