with

submissions as (
    select * from {{ ref('stg_ledger__submission') }}
),

nights as (
    select * from {{ ref('stg_run__night') }}
),

first_nights as (
    select
        submission_id,
        min(night) as night
    from submissions
    where status = 'accepted'
    group by submission_id
),

final as (
    select
        first_nights.submission_id,
        first_nights.night,
        nights.as_of
    from first_nights
    inner join nights using (night)
)

select * from final
