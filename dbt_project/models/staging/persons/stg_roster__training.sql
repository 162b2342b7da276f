with

teacher_training as (
    select * from {{ source('bronze', 'teacher_training') }}
),

final as (
    select
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(person as {{ text_type() }}) as person,
        cast(training_year as integer) as training_year,
        cast(ended as integer) as ended,
        cast(hours as decimal(18, 4)) as hours,
        _contract as contract,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        _submission_id as submission_id
    from teacher_training
)

select * from final
