{{ config(materialized='view') }}
with

final as (
    {%- for model in (
        'stg_ledger__issue_event', 'int_issue__finding_event', 'int_issue__inspection_event', 'int_issue__update_event',
    ) %}
    select * from {{ ref(model) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from final
