with

rows_delivered as (
    select * from {{ source('bronze', 'school_groups') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(group_name as {{ text_type() }}) as group_name,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(school_name as {{ text_type() }}) as school_name,
        cast(role as {{ text_type() }}) as role,
        {{ date_or_null('joined_on') }} as joined_on,
        cast(source_document as {{ text_type() }}) as source_document,
        cast(note as {{ text_type() }}) as note
    from rows_delivered
)

select * from final
