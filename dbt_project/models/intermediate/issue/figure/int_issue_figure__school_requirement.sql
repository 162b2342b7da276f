with

school_requirements as (
    select * from {{ ref('fct_school_requirement') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

large_classes as (
    select * from {{ ref('int_classes__over_limit') }}
),

matters as (
    select * from {{ ref('int_issue_figure__matter') }}
),

final as (
    select
        'school_requirement' as figure_kind,
        'figure' as origin,
        school_requirements.ruleset_id,
        school_requirements.county_code,
        school_requirements.school_code,
        school_requirements.school_year,
        school_requirements.requirement_code as code,
        school_requirements.part,
        school_requirements.verdict,
        coalesce(schools.school_name, school_requirements.school_code) || '：' || matters.school_matter_zh as name_zh,
        coalesce(
            {{ sentence(
                'value_beside_standard',
                value='rtrim(' ~ quantity_text(number_text('school_requirements.value'), 'matters.school_unit') ~ ')',
                standard='rtrim(' ~ quantity_text(number_text('school_requirements.threshold'), 'matters.school_unit') ~ ')'
            ) }},
            {{ sentence('to_come', waiting='school_requirements.waiting_for_zh') }}
        )
        || coalesce({{ sentence('classes_over_limit', classes='large_classes.classes_zh') }}, '') as description,
        {{ empty_figure_columns(['stage', 'state_zh', 'lead_code', 'figure_on']) }}
    from school_requirements
    inner join matters using (ruleset_id, requirement_code, part)
    left join schools using (county_code, school_year, school_code)
    left join large_classes
        on
            school_requirements.ruleset_id = large_classes.ruleset_id
            and school_requirements.county_code = large_classes.county_code
            and school_requirements.school_year = large_classes.school_year
            -- in the key: with a condition on one side alone every pair of rows would be compared
            and case when school_requirements.requirement_code = 'G5' then school_requirements.school_code end
            = large_classes.school_code
)

select * from final
