with

teacher_structures as (
    select * from {{ ref('fct_teacher_structure') }}
),

stages as (
    select * from {{ ref('stages') }}
),

-- the schools of a county that have nobody for a subject in which its pupils were found weak
structures as (
    select
        county_code,
        school_year,
        stage,
        subject,
        max(subject_zh) as subject_zh,
        max(weak_results_zh) as weak_results_zh,
        sum(case when full_time_teachers is null then 1 else 0 end) as unknown_schools,
        sum(case when full_time_teachers = 0 then 1 else 0 end) as schools_without,
        {{ joined_text("case when full_time_teachers = 0 then school_name end", "、", "school_code") }} as schools_zh
    from teacher_structures
    where is_weak_subject and pupils > 0
    group by county_code, school_year, stage, subject
),

final as (
    select
        'teacher_structure' as figure_kind,
        'figure' as origin,
        structures.county_code,
        structures.stage,
        structures.school_year,
        structures.subject as code,
        'teachers' as part,
        case
            when structures.schools_without > 0 then 'unmet'
            when structures.unknown_schools > 0 then 'undecided'
            else 'met'
        end as verdict,
        {{ sentence('issue_of_weak_subject', stage='stages.label_zh', subject='structures.subject_zh') }} as name_zh,
        {{ sentence('schools_without_teacher', count='cast(structures.schools_without as ' ~ text_type() ~ ')') }}
        || coalesce('：' || structures.schools_zh, '') || coalesce('；' || structures.weak_results_zh, '') as description,
        {{ empty_figure_columns(['ruleset_id', 'school_code', 'state_zh', 'lead_code', 'figure_on']) }}
    from structures
    inner join stages on structures.stage = stages.stage
)

select * from final
