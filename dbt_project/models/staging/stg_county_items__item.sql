with

rows_delivered as (
    select * from {{ source('bronze', 'county_items') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as varchar) as county_code,
        cast(school_year as integer) as school_year,
        cast(requirement_code as varchar) as requirement_code,
        cast(item_code as varchar) as item_code,
        cast(stage as varchar) as stage,
        cast(school_code as varchar) as school_code,
        cast(reference_period as varchar) as reference_period,
        cast(value as decimal(28, 8)) as value,
        cast(unit as varchar) as unit,
        cast(declared_verdict as varchar) as declared_verdict,
        cast(evidence as varchar) as evidence,
        cast(note as varchar) as note
    from rows_delivered
)

select * from final
