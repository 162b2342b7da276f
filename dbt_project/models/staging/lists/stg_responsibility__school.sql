with

rows_delivered as (
    select * from {{ source('bronze', 'responsibility') }}
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
        cast(inspection_area as {{ text_type() }}) as inspection_area,
        cast(inspector_post as {{ text_type() }}) as inspector_post,
        cast(section as {{ text_type() }}) as section,
        cast(leader_post as {{ text_type() }}) as leader_post,
        cast(contact_unit as {{ text_type() }}) as contact_unit,
        cast(contact_post as {{ text_type() }}) as contact_post,
        cast(lead_unit as {{ text_type() }}) as lead_unit,
        cast(cooperating_units as {{ text_type() }}) as cooperating_units,
        cast(source_document as {{ text_type() }}) as source_document,
        cast(note as {{ text_type() }}) as note
    from rows_delivered
)

select * from final
