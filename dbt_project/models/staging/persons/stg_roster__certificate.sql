with

teacher_certificate as (
    select * from {{ source('bronze', 'teacher_certificate') }}
),

final as (
    select
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(person as {{ text_type() }}) as person,
        cast(stage as {{ text_type() }}) as stage,
        cast(issued as integer) as issued,
        _contract as contract,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        _submission_id as submission_id
    from teacher_certificate
)

select * from final
