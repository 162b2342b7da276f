with

counties as (
    select * from {{ ref('int_rules__county_ruleset') }}
),

final as (
    select
        ruleset_id,
        county_code,
        school_year,
        cast(null as varchar) as requirement_code,
        cast(null as varchar) as part,
        cast(null as decimal(38, 12)) as "value",
        cast(null as varchar) as verdict,
        cast(null as varchar) as waiting_for_zh
    from counties
    where false
)

select * from final
