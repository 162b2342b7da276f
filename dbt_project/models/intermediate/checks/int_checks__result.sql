with

check_results as (
    select * from {{ ref('stg_ledger__check_result') }}
),

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

-- a submission judged again replaces what was found before; a suite over a night's delivery is never repeated
final as (
    select check_results.*
    from check_results
    left join latest_nights using (engine, check_id, submission_id, night)
    where check_results.submission_id is null or latest_nights.submission_id is not null
)

select * from final
