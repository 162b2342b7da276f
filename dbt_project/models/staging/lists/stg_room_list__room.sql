with

rows_delivered as (
    select * from {{ source('bronze', 'room_list') }}
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
        cast(room_no as {{ text_type() }}) as room_no,
        cast(room_name as {{ text_type() }}) as room_name,
        cast(room_kind as {{ text_type() }}) as room_kind,
        cast(stage as {{ text_type() }}) as stage,
        cast(area_m2 as decimal(18, 4)) as area_m2,
        cast(built_year as integer) as built_year,
        cast(is_multimedia as bigint) as is_multimedia,
        cast(building as {{ text_type() }}) as building,
        cast(note as {{ text_type() }}) as note
    from rows_delivered
)

select * from final
