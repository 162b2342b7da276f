with recursive

events as (
    select * from {{ ref('int_issue__event') }}
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
