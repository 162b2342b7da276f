with

final as (
    select * from {{ ref('stg_ledger__issue_event') }}
)

select * from final
