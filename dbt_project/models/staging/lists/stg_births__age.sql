with

rows_delivered as (
    select * from {{ source('bronze', 'births') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(catchment as {{ text_type() }}) as catchment,
        cast(age as bigint) as age,
        cast(children as bigint) as children,
        cast(migrant_children as bigint) as migrant_children,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(township as {{ text_type() }}) as township,
        cast(source_document as {{ text_type() }}) as source_document,
        cast(note as {{ text_type() }}) as note
    from rows_delivered
)

select * from final
