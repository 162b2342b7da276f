with

pupil_registry as (
    select * from {{ source('bronze', 'pupil_registry') }}
),

final as (
    select
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(school_name as {{ text_type() }}) as school_name,
        cast(person as {{ text_type() }}) as person,
        cast(stage as {{ text_type() }}) as stage,
        cast(grade as {{ text_type() }}) as grade,
        cast(class_name as {{ text_type() }}) as class_name,
        cast(entered as integer) as entered,
        cast(boarding as {{ text_type() }}) as boarding,
        cast(migrant as integer) as migrant,
        cast(left_behind as {{ text_type() }}) as left_behind,
        cast(migrant_or_left_behind as {{ text_type() }}) as migrant_or_left_behind,
        cast(in_regular_class as integer) as in_regular_class,
        _contract as contract,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        _submission_id as submission_id
    from pupil_registry
)

select * from final
