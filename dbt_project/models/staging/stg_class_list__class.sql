with

rows_delivered as (
    select * from {{ source('bronze', 'class_list') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as varchar) as county_code,
        cast(school_year as integer) as school_year,
        cast(school_code as varchar) as school_code,
        cast(school_name as varchar) as school_name,
        cast(stage as varchar) as stage,
        cast(grade as varchar) as grade,
        cast(class_name as varchar) as class_name,
        cast(pupils as bigint) as pupils,
        cast(note as varchar) as note
    from rows_delivered
)

select * from final
