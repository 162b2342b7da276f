with

teaching_rows as (
    {{ source_rows_in_force('stg_roster__teaching', 'teacher_teaching') }}
),

coverage as (
    select * from {{ ref('int_ledger__coverage_in_force') }}
),

left_out_rows as (
    select * from {{ ref('int_ledger__left_out_row') }}
),

subjects as (
    select * from {{ ref('subjects') }}
),

-- a row given up may have been anybody's: what is taught there is not known whole
gaps as (
    select distinct
        coverage.county_code,
        coverage.school_year
    from coverage
    inner join left_out_rows using (submission_id)
    where coverage.source = 'teacher_teaching'
),

persons as (
    select
        teaching_rows.county_code,
        teaching_rows.school_year,
        teaching_rows.person,
        count(distinct teaching_rows.subject_name) filter (where subjects.is_taught) as subjects,
        bool_or(teaching_rows.subject_name is null) as some_unknown
    from teaching_rows
    left join subjects on teaching_rows.subject_name = subjects.subject
    group by teaching_rows.county_code, teaching_rows.school_year, teaching_rows.person
),

taught as (
    select distinct  -- a subject taught in two terms or stages
        county_code,
        school_year,
        person,
        subject_name as subject
    from teaching_rows
),

final as (
    select
        taught.county_code,
        taught.school_year,
        taught.person,
        taught.subject,
        persons.subjects
    from taught
    inner join persons using (county_code, school_year, person)
    inner join subjects using (subject)
    left join gaps using (county_code, school_year)
    where not persons.some_unknown and gaps.county_code is null and (subjects.is_taught or persons.subjects = 0)
)

select * from final
