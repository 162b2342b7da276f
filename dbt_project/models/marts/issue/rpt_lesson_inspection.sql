with

records as (
    select * from {{ ref('int_inspection__record') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

-- records that say something of the timetable
lessons as (
    select
        county_code,
        school_year,
        {{ monday_of('inspected_on') }} as week_start,
        school_code,
        school_name,
        is_subject_changed,
        case when lessons_given is not null then lessons_planned end as lessons_planned,
        case when lessons_planned is not null then lessons_given end as lessons_given
    from records
    where
        school_code is not null
        and (is_subject_changed is not null or (lessons_planned is not null and lessons_given is not null))
),

weeks as (
    select
        county_code,
        school_year,
        week_start,
        school_code,
        max(school_name) as school_name,
        cast(count(*) as integer) as record_count,
        cast(count(is_subject_changed) as integer) as compared_count,
        cast(sum(case when is_subject_changed then 1 else 0 end) as integer) as changed_count,
        cast(sum(lessons_planned) as bigint) as lessons_planned,
        cast(sum(lessons_given) as bigint) as lessons_given
    from lessons
    group by county_code, school_year, week_start, school_code
),

final as (
    select
        weeks.county_code,
        weeks.school_year,
        {{ first_day_of_school_year('weeks.school_year') }} as school_year_start,
        weeks.week_start,
        weeks.school_code,
        coalesce(schools.school_name, weeks.school_name) as school_name,
        schools.township,
        weeks.record_count,
        weeks.compared_count,
        weeks.changed_count,
        weeks.lessons_planned,
        weeks.lessons_given,
        weeks.lessons_planned - weeks.lessons_given as lessons_missing
    from weeks
    left join schools
        on
            weeks.county_code = schools.county_code
            and weeks.school_year = schools.school_year
            and weeks.school_code = schools.school_code
)

select * from final
