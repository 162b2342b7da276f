with

left_out_rows as (
    {{ source_rows_left_out('stg_county_items__item', 'county_items') }}
),

final as (
    select distinct  -- several rows or periods may be wrong
        county_code,
        school_year,
        item_code,
        coalesce(stage, 'all') as stage  -- no stage: of the whole
    from left_out_rows
    where school_code is null and item_code is not null
)

select * from final
