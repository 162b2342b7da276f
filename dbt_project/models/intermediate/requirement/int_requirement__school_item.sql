with

items as (
    select * from {{ ref('int_requirement__item') }}
),

-- what a unit says of the whole stands before what it says by stage
units as (
    select
        county_code,
        school_year,
        school_code,
        unit_code,
        item_code,
        coalesce(
            max(case when stage = 'all' then value end),
            case
                when count(case when stage <> 'all' then 1 end) = count(case when stage <> 'all' then value end)
                    then sum(case when stage <> 'all' then value end)
            end
        ) as value,
        reference_period,
        {{ distinct_texts('evidence', ';') }} as evidence
    from items
    where unit_code is not null
    group by county_code, school_year, school_code, unit_code, item_code, reference_period
),

final as (
    select
        county_code,
        school_year,
        school_code,
        item_code,
        -- campuses are added to their main school; without its own row they are not the whole
        case when bool_or(unit_code = school_code) then {{ sum_if_all_known('value', 'decimal(28, 8)') }} end as value,
        reference_period,
        {{ distinct_texts('evidence', ';') }} as evidence
    from units
    group by county_code, school_year, school_code, item_code, reference_period
)

select * from final
