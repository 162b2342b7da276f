with

deliveries as (
    select * from {{ ref('int_ledger__delivery') }}
),

coverage as (
    select * from {{ ref('stg_ledger__coverage') }}
),

sources as (
    select * from {{ ref('stg_run__source') }}
),

final as (
    select
        coverage.source,
        coverage.county_code,
        coverage.school_year,
        max(coverage.delivery_night) as base_night
    from coverage
    inner join deliveries using (submission_id, delivery_night, night)
    left join sources on coverage.source = sources.source
    -- of a source whose records add up no file takes anything back
    where
        deliveries.is_served and coverage.covers in ('county', 'area')
        and sources.supersedes is distinct from 'record'
    group by coverage.source, coverage.county_code, coverage.school_year
)

select * from final
