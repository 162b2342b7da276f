with

schools as (
    select * from {{ ref('int_census__school') }}
),

final as (
    select
        county_code,
        school_year,
        school_name,
        min(school_code) as school_code
    from schools
    where school_name is not null
    group by county_code, school_year, school_name
    having count(*) = 1
)

select * from final
