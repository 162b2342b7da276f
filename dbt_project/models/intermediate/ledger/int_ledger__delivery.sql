with

submissions as (
    select * from {{ ref('stg_ledger__submission') }}
),

latest_judgements as (
    select
        submission_id,
        delivery_night,
        max(night) as night
    from submissions
    group by submission_id, delivery_night
),

-- the same bytes delivered again are a new delivery of the same submission: its last accepted one counts
served_deliveries as (
    select
        submissions.submission_id,
        max(submissions.delivery_night) as delivery_night
    from submissions
    inner join latest_judgements using (submission_id, delivery_night, night)
    where submissions.status = 'accepted'
    group by submissions.submission_id
),

final as (
    select
        submissions.*,
        served_deliveries.delivery_night is not null as is_served
    from submissions
    inner join latest_judgements using (submission_id, delivery_night, night)
    left join served_deliveries using (submission_id, delivery_night)
)

select * from final
