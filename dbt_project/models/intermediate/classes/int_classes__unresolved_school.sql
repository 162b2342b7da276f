with

classes as (
    select * from {{ ref('int_classes__class') }}
),

final as (
    select
        county_code,
        school_year,
        school_code,
        count(*) as classes
    from classes
    where census_school_code is null
    group by county_code, school_year, school_code
)

select * from final
