with

teacher_backbone as (
    select * from {{ source('bronze', 'teacher_backbone') }}
),

final as (
    select
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(person as {{ text_type() }}) as person,
        cast(level as {{ text_type() }}) as level,
        cast(awarded as integer) as awarded,
        _contract as contract,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        _submission_id as submission_id
    from teacher_backbone
)

select * from final
