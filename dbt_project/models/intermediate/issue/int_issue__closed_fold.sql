with recursive

known as (
    select * from {{ ref('int_issue__known_event') }}
),

figures as (
    select * from {{ ref('int_issue__figure') }}
),

-- every event of the issues that a figure speaks of and that somebody once closed
events as (
    select known.*
    from known
    inner join figures using (issue_id)
    where exists (
        select 1
        from known as closings
        where known.issue_id = closings.issue_id and closings.event_type = 'closed'
    )
),

event_types as (
    select * from {{ ref('issue_event_types') }}
),

transitions as (
    select * from {{ ref('issue_transitions') }}
),

settings as (
    select * from {{ ref('issue_settings') }}
),

ordered as (
    {{ issue_events_in_order('events', 'event_types', 'settings') }}
),

folded as (
    {{ issue_states('folded', 'ordered', 'transitions') }}
),

final as (
    {{ folded_issue_events('ordered', 'folded') }}
)

select * from final
