with

teachers as (
    select * from {{ ref('fct_teacher_structure') }}
),

records as (
    select * from {{ ref('int_inspection__record') }}
),

-- the stage of a record without a grade is that of its school, where this has only one
single_stages as (
    select
        county_code,
        school_year,
        school_code,
        {{ agreed('stage') }} as stage
    from teachers
    group by county_code, school_year, school_code
),

lessons as (
    select
        records.county_code,
        records.school_year,
        records.school_code,
        records.planned_subject as subject,
        records.is_subject_changed,
        case
            when records.grade is null then single_stages.stage
            when records.grade <= 6 then 'primary'
            else 'junior'
        end as stage
    from records
    left join single_stages using (county_code, school_year, school_code)
    where records.planned_subject is not null and records.is_subject_changed is not null
),

inspected as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        subject,
        count(*) as compared_count,
        count(case when is_subject_changed then 1 end) as changed_count
    from lessons
    group by county_code, school_year, school_code, stage, subject
),

final as (
    select
        teachers.county_code,
        teachers.school_year,
        teachers.school_code,
        teachers.stage,
        teachers.subject,
        teachers.subject_zh,
        teachers.school_name,
        teachers.weak_results_zh,
        teachers.pupils,
        teachers.full_time_teachers,
        teachers.pupils_per_teacher,
        cast(inspected.compared_count as integer) as compared_count,
        cast(inspected.changed_count as integer) as changed_count,
        teachers.undecided_reason
    from teachers
    left join inspected using (county_code, school_year, school_code, stage, subject)
    where teachers.is_weak_subject
)

select * from final
