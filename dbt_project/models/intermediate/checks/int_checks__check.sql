with

checks as (
    select * from {{ ref('stg_run__check') }}
),

final as (
    select * from checks
)

select * from final
