{#- What a row says of a month as YYYYMM; 00 for a year alone. -#}
{%- set first = "rows_given.school_year * 100 + 9" %}
{%- set last = "(rows_given.school_year + 1) * 100 + 8" %}
{%- set years_alone = "(rows_given.school_year * 100, (rows_given.school_year + 1) * 100)" %}
with

rows_given as (
    {{ source_rows_in_force('stg_roster__exchange', 'teacher_exchange') }}
),

coverage as (
    select * from {{ ref('int_ledger__coverage_in_force') }}
),

left_out_rows as (
    select * from {{ ref('int_ledger__left_out_row') }}
),

roster_teachers as (
    select * from {{ ref('int_roster__teacher') }}
),

person_subjects as (
    select * from {{ ref('int_roster__person_subject') }}
    where subjects = 1
),

school_names as (
    select * from {{ ref('int_roster__school_name') }}
),

-- a row given up may have been anybody's
gaps as (
    select distinct
        coverage.county_code,
        coverage.school_year
    from coverage
    inner join left_out_rows using (submission_id)
    where coverage.source = 'teacher_exchange'
),

-- whoever is listed in several places is one teacher
teachers as (
    select
        roster_teachers.county_code,
        roster_teachers.school_year,
        roster_teachers.person,
        bool_or(roster_teachers.category_unknown) as category_unknown,
        bool_or(roster_teachers.is_backbone) as is_backbone,
        case
            when count(distinct coalesce(roster_teachers.subject, person_subjects.subject)) = 1
                then min(coalesce(roster_teachers.subject, person_subjects.subject))
        end as subject
    from roster_teachers
    left join person_subjects using (county_code, school_year, person)
    group by roster_teachers.county_code, roster_teachers.school_year, roster_teachers.person
),

-- exchanges that go on in the school year; what does not say when it began or ended may go on
going_on as (
    select
        rows_given.county_code,
        rows_given.school_year,
        rows_given.person,
        rows_given.kind,
        rows_given.started,
        rows_given.ended,
        origins.school_code as from_school_code,
        targets.school_code as to_school_code,
        origins.school_name as from_school_name,
        targets.school_name as to_school_name,
        case
            when rows_given.started between {{ first }} and {{ last }} and mod(rows_given.started, 100) > 0 then true
            when rows_given.started is not null and rows_given.started not in {{ years_alone }} then false
        end as started_in_year
    from rows_given
    left join school_names as origins
        on
            rows_given.county_code = origins.county_code
            and rows_given.school_year = origins.school_year
            and rows_given.from_unit = origins.school_name
    left join school_names as targets
        on
            rows_given.county_code = targets.county_code
            and rows_given.school_year = targets.school_year
            and rows_given.to_unit = targets.school_name
    where
        coalesce(rows_given.kind, 'exchange') = 'exchange'
        and (rows_given.started is null or rows_given.started <= {{ last }})
        and (rows_given.ended is null or rows_given.ended >= {{ first }} or rows_given.ended = rows_given.school_year * 100)
        -- a row without a kind that says nothing else is no exchange
        and (
            rows_given.kind is not null or rows_given.started is not null
            or rows_given.from_unit is not null or rows_given.to_unit is not null
        )
),

-- a teacher moves between two schools once in a school year, however often the table says so
final as (
    select
        going_on.county_code,
        going_on.school_year,
        going_on.person,
        going_on.from_school_code,
        going_on.to_school_code,
        min(going_on.from_school_name) as from_school_name,
        min(going_on.to_school_name) as to_school_name,
        min(teachers.subject) as subject,
        min(going_on.started) as started,
        case when count(*) = count(going_on.ended) then max(going_on.ended) end as ended,
        bool_or(teachers.is_backbone) as is_backbone,
        case
            when bool_or(going_on.started_in_year) then true
            when count(*) = count(going_on.started_in_year) then false
        end as started_in_year,
        case
            when bool_or(gaps.county_code is not null) then 'rows_quarantined'
            when bool_or(teachers.category_unknown) then 'category_unknown'
            when count(*) > count(going_on.kind) then 'kind_unknown'
        end as undecided_reason
    from going_on
    inner join teachers using (county_code, school_year, person)
    left join gaps using (county_code, school_year)
    group by
        going_on.county_code,
        going_on.school_year,
        going_on.person,
        going_on.from_school_code,
        going_on.to_school_code
)

select * from final
