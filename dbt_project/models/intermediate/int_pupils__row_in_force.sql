with

candidates as (
    {{ person_rows_in_force('stg_pupils__pupil', 'pupil_registry') }}
),

resolved as (
    {{ with_census_school('candidates') }}
),

keyed as (
    select
        *,
        coalesce(census_school_code, school_code, school_name) as school_key
    from resolved
),

-- the latest file that speaks of a school says all about it
school_nights as (
    select
        county_code,
        school_year,
        school_key,
        max(delivery_night) as delivery_night
    from keyed
    group by county_code, school_year, school_key
),

final as (
    select keyed.*
    from keyed
    inner join school_nights
        on
            keyed.county_code = school_nights.county_code
            and keyed.school_year = school_nights.school_year
            and keyed.school_key is not distinct from school_nights.school_key
            and keyed.delivery_night = school_nights.delivery_night
)

select * from final
