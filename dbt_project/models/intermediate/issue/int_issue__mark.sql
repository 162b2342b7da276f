with

events as (
    select * from {{ ref('int_issue__event') }}
),

folded as (
    select * from {{ ref('int_issue__fold') }}
),

final as (
    select
        folded.issue_id,
        max(folded.seq) as last_seq,
        max(case when folded.is_accepted then folded.seq end) as state_seq,
        min(case when folded.is_accepted and folded.event_type = 'opened' then folded.seq end) as opened_seq,
        min(case when folded.is_accepted and folded.deadline is not null then folded.seq end) as first_deadline_seq,
        {%- for column in ('measure', 'target', 'money_yuan', 'rectification_type', 'merged_into', 'note') %}
        max(case when folded.is_accepted and events.{{ column }} is not null then folded.seq end) as {{ column }}_seq,
        {%- endfor %}
        max(case when folded.is_accepted and folded.event_type = 'closed' then folded.seq end) as closed_seq,
        max(case when folded.is_accepted and folded.event_type = 'submitted' then folded.seq end) as submitted_seq,
        max(case when folded.is_accepted and folded.event_type in ('recheck_passed', 'recheck_failed') then folded.seq end)
            as recheck_seq,
        sum(case when folded.is_accepted then folded.evidence_count else 0 end) as evidence_count,
        sum(case when folded.is_accepted and folded.event_type in ('recheck_passed', 'recheck_failed') then 1 else 0 end)
            as recheck_count,
        sum(
            case
                when folded.is_accepted and folded.state_after = 'reopened' and folded.state_before <> 'reopened' then 1
                else 0
            end
        ) as reopened_count,
        sum(case when folded.is_accepted then 0 else 1 end) as refused_event_count
    from folded
    inner join events using (event_id)
    group by folded.issue_id
)

select * from final
