with

counties as (
    select * from {{ ref('int_census__county') }}
),

final as (
    select
        county_code,
        school_year,
        {{ school_year_label('school_year') }} as school_year_label,
        county_name,
        city_name,
        province_name,
        is_fictional,
        area_system
    from counties
)

select * from final
