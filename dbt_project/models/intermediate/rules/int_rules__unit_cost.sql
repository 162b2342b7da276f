with

unit_costs as (
    select * from {{ ref('unit_costs') }}
),

own_costs as (
    select * from {{ ref('stg_run__unit_cost') }}
),

counties as (
    select distinct county_code  -- a row for each of its years
    from {{ ref('int_census__county') }}
),

final as (
    select
        counties.county_code,
        unit_costs.requirement_code,
        unit_costs.part,
        unit_costs.option_code,
        unit_costs.option_order,
        unit_costs.item_zh,
        unit_costs.counts,
        unit_costs.unit,
        unit_costs.needs_money,
        coalesce(own_costs.unit_cost_wan_yuan, unit_costs.unit_cost_wan_yuan) as unit_cost_wan_yuan,
        case
            when own_costs.unit_cost_wan_yuan is null then unit_costs.source_document else own_costs.source_document
        end as source_document
    from counties
    cross join unit_costs
    left join own_costs
        on
            counties.county_code = own_costs.county_code
            and unit_costs.requirement_code = own_costs.requirement_code
            and unit_costs.part = own_costs.part
            and unit_costs.option_code = own_costs.option_code
)

select * from final
