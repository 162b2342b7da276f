with

teacher_education as (
    select * from {{ source('bronze', 'teacher_education') }}
),

final as (
    select
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(person as {{ text_type() }}) as person,
        cast(degree as {{ text_type() }}) as degree,
        cast(is_highest as integer) as is_highest,
        cast(graduated as integer) as graduated,
        _contract as contract,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        _submission_id as submission_id
    from teacher_education
)

select * from final
