with

school_census as (
    select * from {{ source('quarantine', 'school_census') }}
),

final as (
    select
        county_code,
        {{ integer_or_null('school_year') }} as school_year,
        school_code,
        school_name,
        school_kind_code,
        _submission_id as submission_id
    from school_census
)

select * from final
