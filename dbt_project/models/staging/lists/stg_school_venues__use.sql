with

rows_delivered as (
    select * from {{ source('bronze', 'school_venues') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(venue_no as {{ text_type() }}) as venue_no,
        cast(venue_name as {{ text_type() }}) as venue_name,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(school_name as {{ text_type() }}) as school_name,
        cast(use as {{ text_type() }}) as use,
        cast(counts_here as integer) as counts_here,
        cast(area_m2 as decimal(18, 4)) as area_m2,
        cast(registered_with as {{ text_type() }}) as registered_with,
        cast(walk_minutes as bigint) as walk_minutes,
        cast(source_document as {{ text_type() }}) as source_document,
        {{ date_or_null('valid_from') }} as valid_from,
        {{ date_or_null('valid_to') }} as valid_to,
        cast(note as {{ text_type() }}) as note
    from rows_delivered
)

select * from final
