with

events as (
    select * from {{ ref('int_issue__event') }}
),

folded as (
    select * from {{ ref('int_issue__fold') }}
),

escalations as (
    select * from {{ ref('issue_escalations') }}
),

-- who lets a matter come back begins anew
begun as (
    select
        issue_id,
        max(case when state_after = 'reopened' and state_before <> 'reopened' then seq else 0 end) as begun_seq
    from folded
    where is_accepted
    group by issue_id
),

final as (
    select
        folded.issue_id,
        escalations.level,
        escalations.code,
        min(events.happened_on) as done_on
    from folded
    inner join events using (event_id)
    inner join escalations on folded.event_type = escalations.event_type
    inner join begun on folded.issue_id = begun.issue_id
    where folded.is_accepted and folded.seq > begun.begun_seq
    group by folded.issue_id, escalations.level, escalations.code
)

select * from final
