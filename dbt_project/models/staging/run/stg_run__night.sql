with

nights as (
    select * from {{ source('run', 'night') }}
),

final as (
    select
        cast(night as integer) as night,
        as_of
    from nights
)

select * from final
