with

rows_delivered as (
    select * from {{ source('bronze', 'declared_forms_item') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as varchar) as county_code,
        cast(school_year as integer) as school_year,
        cast(form as varchar) as form,
        cast(line as varchar) as line,
        cast(item_name as varchar) as item_name,
        cast(stage as varchar) as stage,
        cast(subject as varchar) as subject,
        cast(declared_value as decimal(28, 8)) as declared_value,
        cast(declared_text as varchar) as declared_text,
        cast(declared_unit as varchar) as declared_unit,
        cast(note as varchar) as note
    from rows_delivered
)

select * from final
