with

events as (
    select * from {{ ref('int_issue__event') }}
),

folded as (
    select * from {{ ref('int_issue__fold') }}
),

marks as (
    select * from {{ ref('int_issue__mark') }}
),

states as (
    select * from {{ ref('issue_states') }}
),

due_days as (
    select * from {{ ref('int_issue__due_day') }}
),

escalations as (
    select * from {{ ref('issue_escalations') }}
),

today as (
    select * from {{ ref('int_ledger__today') }}
),

-- what each column says at the event that said it last (or first)
issues as (
    select
        folded.issue_id,
        {%- for column in (
            'county_code', 'school_code', 'stage', 'school_year', 'origin', 'requirement_code', 'part', 'title', 'description', 'source_document',
            'source_item', 'category', 'severity', 'recheck_level', 'leader_role', 'source_night',
        ) %}
        max(case when folded.seq = marks.opened_seq then events.{{ column }} end) as {{ column }},
        {%- endfor %}
        max(case when folded.seq = marks.opened_seq then events.happened_on end) as opened_at,
        {%- for column in ('measure', 'target', 'money_yuan', 'rectification_type', 'merged_into', 'note') %}
        max(case when folded.seq = marks.{{ column }}_seq then events.{{ column }} end) as {{ column }},
        {%- endfor %}
        max(case when folded.seq = marks.state_seq then folded.state_after end) as state,
        max(case when folded.seq = marks.state_seq then folded.lead_unit end) as lead_unit,
        max(case when folded.seq = marks.state_seq then folded.cooperating_units end) as cooperating_units,
        max(case when folded.seq = marks.state_seq then folded.deadline end) as deadline,
        max(case when folded.seq = marks.state_seq then events.happened_on end) as last_event_at,
        max(case when folded.seq = marks.first_deadline_seq then folded.deadline end) as original_deadline,
        max(case when folded.seq = marks.closed_seq then events.happened_on end) as last_closed_at,
        max(case when folded.seq = marks.closed_seq then events.actor_unit end) as last_closed_by_unit,
        max(case when folded.seq = marks.submitted_seq then events.happened_on end) as submitted_at,
        max(case when folded.seq = marks.recheck_seq then events.happened_on end) as rechecked_at,
        max(case when folded.seq = marks.recheck_seq then events.event_type end) as recheck_result,
        max(case when folded.seq = marks.recheck_seq then events.actor_unit end) as rechecked_by_unit,
        max(marks.evidence_count) as evidence_count,
        max(marks.recheck_count) as recheck_count,
        max(marks.reopened_count) as reopened_count,
        max(marks.last_seq) as event_count,
        max(marks.refused_event_count) as refused_event_count
    from folded
    inner join events using (event_id)
    inner join marks on folded.issue_id = marks.issue_id
    where marks.opened_seq is not null
    group by folded.issue_id
),

dated as (
    select
        issues.*,
        due_days.due_on,
        states.is_open,
        coalesce(states.is_open and today.as_of > due_days.due_on, false) as is_overdue,
        case
            when states.is_open and today.as_of > due_days.due_on then {{ days_between('today.as_of', 'due_days.due_on') }}
            else 0
        end as days_overdue
    from issues
    inner join states on issues.state = states.state
    cross join today
    left join due_days on issues.deadline = due_days.deadline
),

escalated as (
    select
        dated.issue_id,
        max(escalations.level) as escalation_level
    from dated
    inner join escalations on dated.days_overdue >= escalations.days_overdue_from
    group by dated.issue_id
),

final as (
    select
        dated.issue_id,
        dated.county_code,
        dated.school_code,
        dated.stage,
        dated.school_year,
        dated.origin,
        dated.requirement_code,
        dated.part,
        dated.title,
        dated.description,
        dated.source_document,
        dated.source_item,
        dated.category,
        dated.severity,
        dated.rectification_type,
        cast(dated.source_night as {{ text_type() }}) as opened_release,
        dated.opened_at,
        dated.state,
        dated.is_open,
        dated.lead_unit,
        dated.cooperating_units,
        dated.leader_role,
        dated.measure,
        dated.target,
        dated.money_yuan,
        dated.recheck_level,
        dated.deadline,
        dated.original_deadline,
        dated.due_on,
        dated.is_overdue,
        dated.days_overdue,
        -- 0: not overdue
        coalesce(escalated.escalation_level, 0) as escalation_level,
        cast(dated.evidence_count as integer) as evidence_count,
        cast(dated.recheck_count as integer) as recheck_count,
        cast(dated.reopened_count as integer) as reopened_count,
        case when dated.state = 'closed' then dated.last_closed_at end as closed_at,
        case when dated.state = 'closed' then dated.last_closed_by_unit end as closed_by_unit,
        dated.submitted_at,
        dated.rechecked_at,
        dated.recheck_result,
        dated.rechecked_by_unit,
        dated.merged_into,
        dated.note,
        dated.last_event_at,
        cast(dated.event_count as integer) as event_count,
        cast(dated.refused_event_count as integer) as refused_event_count
    from dated
    left join escalated using (issue_id)
)

select * from final
