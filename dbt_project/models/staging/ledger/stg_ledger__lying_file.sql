with

inventory as (
    select * from {{ source('ledger', 'inventory') }}
),

final as (
    select distinct submission_id  -- copies of one file are one submission
    from inventory
)

select * from final
