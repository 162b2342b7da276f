with

rows_delivered as (
    select * from {{ source('bronze', 'school_succession') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(old_school_code as {{ text_type() }}) as old_school_code,
        cast(old_school_name as {{ text_type() }}) as old_school_name,
        cast(change as {{ text_type() }}) as change,
        cast(new_school_code as {{ text_type() }}) as new_school_code,
        cast(new_school_name as {{ text_type() }}) as new_school_name,
        cast(old_kind_code as {{ text_type() }}) as old_kind_code,
        cast(new_kind_code as {{ text_type() }}) as new_kind_code,
        {{ date_or_null('changed_on') }} as changed_on,
        cast(source_document as {{ text_type() }}) as source_document,
        cast(note as {{ text_type() }}) as note
    from rows_delivered
)

select * from final
