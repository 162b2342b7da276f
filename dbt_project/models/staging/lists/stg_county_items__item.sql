with

rows_delivered as (
    select * from {{ source('bronze', 'county_items') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(requirement_code as {{ text_type() }}) as requirement_code,
        cast(item_code as {{ text_type() }}) as item_code,
        cast(stage as {{ text_type() }}) as stage,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(reference_period as {{ text_type() }}) as reference_period,
        cast(value as decimal(28, 8)) as value,
        cast(unit as {{ text_type() }}) as unit,
        cast(declared_verdict as {{ text_type() }}) as declared_verdict,
        cast(evidence as {{ text_type() }}) as evidence,
        cast(note as {{ text_type() }}) as note
    from rows_delivered
)

select * from final
