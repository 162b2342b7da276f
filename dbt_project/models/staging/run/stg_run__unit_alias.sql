with

aliases as (
    select * from {{ source('run', 'unit_alias') }}
),

final as (
    select
        county_code,
        written,
        unit_zh
    from aliases
)

select * from final
