with

rows_delivered as (
    select * from {{ source('bronze', 'class_list') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(school_name as {{ text_type() }}) as school_name,
        cast(stage as {{ text_type() }}) as stage,
        cast(grade as {{ text_type() }}) as grade,
        cast(class_name as {{ text_type() }}) as class_name,
        cast(pupils as bigint) as pupils,
        cast(note as {{ text_type() }}) as note
    from rows_delivered
)

select * from final
