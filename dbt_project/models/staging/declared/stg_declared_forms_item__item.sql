with

rows_delivered as (
    select * from {{ source('bronze', 'declared_forms_item') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(form as {{ text_type() }}) as form,
        cast(line as {{ text_type() }}) as line,
        cast(item_name as {{ text_type() }}) as item_name,
        cast(stage as {{ text_type() }}) as stage,
        cast(subject as {{ text_type() }}) as subject,
        cast(declared_value as decimal(28, 8)) as declared_value,
        cast(declared_text as {{ text_type() }}) as declared_text,
        cast(declared_unit as {{ text_type() }}) as declared_unit,
        cast(note as {{ text_type() }}) as note
    from rows_delivered
)

select * from final
