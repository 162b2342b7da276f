with

teacher_teaching as (
    select * from {{ source('bronze', 'teacher_teaching') }}
),

final as (
    select
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(person as {{ text_type() }}) as person,
        cast(stage as {{ text_type() }}) as stage,
        cast(subject as {{ text_type() }}) as subject,
        cast(subject_name as {{ text_type() }}) as subject_name,
        _contract as contract,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        _submission_id as submission_id
    from teacher_teaching
)

select * from final
