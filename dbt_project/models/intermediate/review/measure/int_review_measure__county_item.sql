with

items as (
    select * from {{ ref('int_requirement__item') }}
),

-- the latest period of each item
dated_items as (
    select
        county_code,
        school_year,
        item_code,
        value,
        row_number() over (
            partition by county_code, school_year, item_code
            order by reference_period desc nulls last, value asc
        ) as place
    from items
    where unit_code is null and stage = 'all' and value is not null
),

final as (
    select
        'county_items' as source,
        county_code,
        school_year,
        cast(null as {{ text_type() }}) as school_code,
        'all' as stage,
        item_code as measure,
        value,
        cast(null as {{ text_type() }}) as undecided_reason
    from dated_items
    where place = 1
)

select * from final
