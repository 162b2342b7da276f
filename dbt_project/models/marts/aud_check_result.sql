with

check_results as (
    select * from {{ ref('stg_ledger__check_result') }}
),

-- a submission judged again replaces what was found before; a suite over a night's delivery is never repeated
latest_nights as (
    select
        engine,
        check_id,
        submission_id,
        max(night) as night
    from check_results
    where submission_id is not null
    group by engine, check_id, submission_id
),

final as (
    select
        check_results.engine,
        check_results.check_id,
        check_results.source,
        check_results.submission_id,
        check_results.county_code,
        check_results.school_year,
        check_results.night,
        check_results.severity,
        check_results.status,
        check_results.observed,
        check_results.expected,
        check_results.rows_checked,
        check_results.rows_failed
    from check_results
    left join latest_nights using (engine, check_id, submission_id, night)
    where check_results.submission_id is null or latest_nights.submission_id is not null
)

select * from final
