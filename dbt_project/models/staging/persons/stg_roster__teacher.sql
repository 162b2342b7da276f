with

teacher_roster as (
    select * from {{ source('bronze', 'teacher_roster') }}
),

final as (
    select
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(school_name as {{ text_type() }}) as school_name,
        cast(person as {{ text_type() }}) as person,
        cast(employed as integer) as employed,
        cast(status as {{ text_type() }}) as status,
        cast(category as {{ text_type() }}) as category,
        cast(stage as {{ text_type() }}) as stage,
        cast(subject as {{ text_type() }}) as subject,
        cast(subject_name as {{ text_type() }}) as subject_name,
        cast(degree as {{ text_type() }}) as degree,
        cast(title as {{ text_type() }}) as title,
        cast(is_backbone as integer) as is_backbone,
        cast(exchange_eligible as integer) as exchange_eligible,
        cast(joined as integer) as joined,
        _contract as contract,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        _submission_id as submission_id
    from teacher_roster
)

select * from final
