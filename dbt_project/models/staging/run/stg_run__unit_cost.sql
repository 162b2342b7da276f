with

costs as (
    select * from {{ source('run', 'unit_cost') }}
),

final as (
    select
        county_code,
        requirement_code,
        part,
        option_code,
        unit_cost_wan_yuan,
        source_document
    from costs
)

select * from final
