with

rows_delivered as (
    select * from {{ source('bronze', 'responsibility') }}
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
        cast(inspection_area as varchar) as inspection_area,
        cast(inspector_post as varchar) as inspector_post,
        cast(section as varchar) as section,
        cast(leader_post as varchar) as leader_post,
        cast(contact_unit as varchar) as contact_unit,
        cast(contact_post as varchar) as contact_post,
        cast(source_document as varchar) as source_document,
        cast(note as varchar) as note
    from rows_delivered
)

select * from final
