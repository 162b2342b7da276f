with

deliveries as (
    select * from {{ ref('int_ledger__delivery') }}
),

coverage as (
    select * from {{ ref('stg_ledger__coverage') }}
),

final as (
    select
        coverage.source,
        coverage.county_code,
        coverage.school_year,
        max(coverage.delivery_night) as base_night
    from coverage
    inner join deliveries using (submission_id, delivery_night, night)
    where deliveries.is_served and coverage.covers in ('county', 'area')
    group by coverage.source, coverage.county_code, coverage.school_year
)

select * from final
