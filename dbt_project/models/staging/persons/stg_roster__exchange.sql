with

teacher_exchange as (
    select * from {{ source('bronze', 'teacher_exchange') }}
),

final as (
    select
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(person as {{ text_type() }}) as person,
        cast(kind as {{ text_type() }}) as kind,
        cast(started as integer) as started,
        cast(ended as integer) as ended,
        cast(from_unit as {{ text_type() }}) as from_unit,
        cast(to_unit as {{ text_type() }}) as to_unit,
        _contract as contract,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        _submission_id as submission_id
    from teacher_exchange
)

select * from final
