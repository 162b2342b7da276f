with

pupil_registry as (
    select * from {{ source('quarantine', 'pupil_registry') }}
),

final as (
    select
        cast(county_code as {{ text_type() }}) as county_code,
        {{ integer_or_null('school_year') }} as school_year,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(school_name as {{ text_type() }}) as school_name,
        _submission_id as submission_id
    from pupil_registry
)

select * from final
