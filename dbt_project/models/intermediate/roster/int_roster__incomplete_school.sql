with

missing_rows as (
    {{ source_rows_missing('stg_roster__teacher', 'stg_roster__quarantined_teacher', 'teacher_roster') }}
),

resolved as (
    {{ with_census_school('missing_rows') }}
),

rows_in_force as (
    select * from {{ ref('int_roster__row_in_force') }}
),

school_nights as (
    select
        county_code,
        school_year,
        census_school_code,
        max(delivery_night) as delivery_night
    from rows_in_force
    where census_school_code is not null
    group by county_code, school_year, census_school_code
),

-- somebody whose school is not known may belong to any
final as (
    select
        school_nights.county_code,
        school_nights.school_year,
        school_nights.census_school_code as school_code,
        count(*) as missing_rows
    from school_nights
    inner join resolved
        on
            school_nights.county_code = resolved.county_code
            and school_nights.school_year = resolved.school_year
            and school_nights.delivery_night <= resolved.delivery_night
            and (resolved.census_school_code is null or school_nights.census_school_code = resolved.census_school_code)
    group by school_nights.county_code, school_nights.school_year, school_nights.census_school_code
)

select * from final
