with

nights as (
    select * from {{ ref('stg_run__night') }}
),

final as (
    select max(as_of) as as_of
    from nights
)

select * from final
