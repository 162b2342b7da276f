with

rows_in_force as (
    select * from {{ ref('int_pupils__row_in_force') }}
),

final as (
    select
        county_code,
        school_year,
        school_code,
        school_name,
        count(distinct person) as persons
    from rows_in_force
    where census_school_code is null
    group by county_code, school_year, school_code, school_name
)

select * from final
