with

check_results as (
    select * from {{ source('ledger', 'check_results') }}
),

final as (
    select
        cast(night as integer) as night,
        engine,
        check_id,
        source,
        submission_id,
        county_code,
        cast(school_year as integer) as school_year,
        severity,
        status,
        observed,
        expected,
        rows_checked,
        rows_failed
    from check_results
)

select * from final
