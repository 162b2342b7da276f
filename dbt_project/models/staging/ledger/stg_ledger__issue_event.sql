with

events as (
    select * from {{ source('ledger', 'issue_events') }}
),

final as (
    select
        {{ issue_event_select(dict(zip(issue_event_columns(), issue_event_columns()))) }}
    from events
)

select * from final
