with

deliveries as (
    select * from {{ ref('int_ledger__delivery') }}
),

coverage as (
    select * from {{ ref('stg_ledger__coverage') }}
),

bases as (
    select * from {{ ref('int_ledger__county_base') }}
),

served_coverage as (
    select
        coverage.submission_id,
        coverage.delivery_night,
        coverage.source,
        coverage.covers,
        coverage.county_code,
        coverage.school_year
    from coverage
    inner join deliveries using (submission_id, delivery_night, night)
    where deliveries.is_served
),

final as (
    select
        served_coverage.submission_id,
        served_coverage.delivery_night,
        served_coverage.source,
        served_coverage.county_code,
        served_coverage.school_year
    from served_coverage
    left join bases using (source, county_code, school_year)
    where bases.base_night is null or served_coverage.delivery_night >= bases.base_night
)

select * from final
