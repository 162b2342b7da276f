with

events as (
    select * from {{ source('ledger', 'issue_events') }}
),

final as (
    select
        {%- for column in issue_event_columns() %}
        cast({{ column }} as {{ issue_column_type(column) }}) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from events
)

select * from final
