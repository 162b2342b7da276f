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

person_subjects as (
    select * from {{ ref('int_roster__person_subject') }}
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

staff as (
    {%- for relation in ["teachers", "other_staff"] %}
    select
        county_code,
        school_year,
        census_school_code,
        person,
        stage,
        subject,
        {{ "true" if relation == "teachers" else "false" }} as is_teacher
    from {{ relation }}
    where census_school_code is not null
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- the subject on the row, else every subject of the table of what is taught, else null
counts as (
    select
        staff.county_code,
        staff.school_year,
        staff.census_school_code as school_code,
        staff.stage,
        coalesce(staff.subject, person_subjects.subject) as subject,
        bool_or(staff.is_teacher) as some_teacher,
        bool_or(not staff.is_teacher) as some_other,
        count(*) filter (where staff.is_teacher and (staff.subject is not null or person_subjects.subjects = 1)) as teachers,
        count(*) filter (where staff.is_teacher and staff.subject is null and person_subjects.subjects > 1) as shared_teachers,
        count(*) filter (where not staff.is_teacher) as other_staff
    from staff
    left join person_subjects
        on
            staff.county_code = person_subjects.county_code
            and staff.school_year = person_subjects.school_year
            -- nobody whose row says it is looked up
            and case when staff.subject is null then staff.person end = person_subjects.person
    group by
        staff.county_code,
        staff.school_year,
        staff.census_school_code,
        staff.stage,
        coalesce(staff.subject, person_subjects.subject)
),

teacher_doubts as (
    select
        county_code,
        school_year,
        school_code,
        stage
    from counts
    where subject is null and some_teacher
),

-- without a stage or a subject of one of them it is not known what a school's other staff teaches
other_places as (
    select
        county_code,
        school_year,
        school_code,
        bool_and(stage is not null and subject is not null) as all_known
    from counts
    where some_other
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
        coalesce(counts.teachers, 0) as teachers,
        coalesce(counts.shared_teachers, 0) as shared_teachers,
        case when other_places.all_known then coalesce(counts.other_staff, 0) end as other_staff
    from school_stages
    cross join subjects
    left join teacher_doubts using (county_code, school_year, school_code, stage)
    left join other_places using (county_code, school_year, school_code)
    left join counts
        on
            school_stages.county_code = counts.county_code
            and school_stages.school_year = counts.school_year
            and school_stages.school_code = counts.school_code
            and school_stages.stage = counts.stage
            and subjects.subject = counts.subject
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
