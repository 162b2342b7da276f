with

contents as (
    select * from {{ ref('stg_ledger__coverage') }}
),

final as (
    select
        submission_id,
        delivery_night,
        night,
        case when min(county_code) = max(county_code) then min(county_code) end as county_code
    from contents
    group by submission_id, delivery_night, night
)

select * from final
