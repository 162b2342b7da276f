with

candidates as (
    {{ source_rows_in_force('stg_census__school', 'school_census') }}
),

-- the latest file that speaks of a school says all about it
school_nights as (
    select
        county_code,
        school_year,
        school_code,
        max(delivery_night) as delivery_night
    from candidates
    group by county_code, school_year, school_code
),

final as (
    select candidates.*
    from candidates
    inner join school_nights using (county_code, school_year, school_code, delivery_night)
)

select * from final
