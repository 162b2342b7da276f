with

school_stages as (
    select * from {{ ref('int_roster__school_stage') }}
),

teachers as (
    select * from {{ ref('int_roster__teacher') }}
),

rows_in_force as (
    select * from {{ ref('int_roster__row_in_force') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

subjects as (
    select * from {{ ref('subjects') }}
),

-- staff whom the roster does not call teachers and who may teach all the same
other_staff as (
    select distinct  -- a person listed twice is one
        rows_in_force.county_code,
        rows_in_force.school_year,
        rows_in_force.census_school_code,
        rows_in_force.person,
        rows_in_force.subject_name as subject,
        coalesce(rows_in_force.stage, {{ only_stage('schools') }}) as stage
    from rows_in_force
    left join schools
        on
            rows_in_force.county_code = schools.county_code
            and rows_in_force.school_year = schools.school_year
            and rows_in_force.census_school_code = schools.school_code
    where rows_in_force.category <> 'full_time' and coalesce(rows_in_force.status, 'active') = 'active'
),

taught_by_teachers as (
    {{ with_taught_subjects('teachers') }}
),

taught_by_others as (
    {{ with_taught_subjects('other_staff') }}
),

teacher_counts as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        subject,
        count(*) filter (where subjects = 1) as teachers,
        count(*) filter (where subjects > 1) as shared_teachers
    from taught_by_teachers
    group by county_code, school_year, school_code, stage, subject
),

other_counts as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        subject,
        count(*) as other_staff
    from taught_by_others
    group by county_code, school_year, school_code, stage, subject
),

teacher_doubts as (
    select
        county_code,
        school_year,
        school_code,
        stage
    from teacher_counts
    where subject is null
),

-- without a stage or a subject of one of them it is not known what a school's other staff teaches
other_places as (
    select
        county_code,
        school_year,
        school_code,
        bool_and(stage is not null and subject is not null) as all_known
    from other_counts
    group by county_code, school_year, school_code
),

joined as (
    select
        school_stages.county_code,
        school_stages.school_year,
        school_stages.school_code,
        school_stages.stage,
        subjects.subject,
        coalesce(school_stages.undecided_reason, case when teacher_doubts.school_code is not null then 'subject_unknown' end)
            as undecided_reason,
        -- where the subjects of all are known, nobody among them is a true zero
        coalesce(teacher_counts.teachers, 0) as teachers,
        coalesce(teacher_counts.shared_teachers, 0) as shared_teachers,
        case when other_places.all_known then coalesce(other_counts.other_staff, 0) end as other_staff
    from school_stages
    cross join subjects
    left join teacher_doubts using (county_code, school_year, school_code, stage)
    left join other_places using (county_code, school_year, school_code)
    left join teacher_counts
        on
            school_stages.county_code = teacher_counts.county_code
            and school_stages.school_year = teacher_counts.school_year
            and school_stages.school_code = teacher_counts.school_code
            and school_stages.stage = teacher_counts.stage
            and subjects.subject = teacher_counts.subject
    left join other_counts
        on
            school_stages.county_code = other_counts.county_code
            and school_stages.school_year = other_counts.school_year
            and school_stages.school_code = other_counts.school_code
            and school_stages.stage = other_counts.stage
            and subjects.subject = other_counts.subject
    where subjects.is_taught
),

final as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        subject,
        case when undecided_reason is null then teachers end as teachers,
        case when undecided_reason is null then shared_teachers end as shared_teachers,
        case when undecided_reason is null then other_staff end as other_staff,
        undecided_reason
    from joined
)

select * from final
