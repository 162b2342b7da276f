with

teacher_teaching as (
    select * from {{ source('bronze', 'teacher_teaching') }}
),

final as (
    select
        cast(county_code as varchar) as county_code,
        cast(school_year as integer) as school_year,
        cast(person as varchar) as person,
        cast(stage as varchar) as stage,
        cast(subject as varchar) as subject,
        cast(subject_name as varchar) as subject_name,
        _contract as contract,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        _submission_id as submission_id
    from teacher_teaching
)

select * from final
