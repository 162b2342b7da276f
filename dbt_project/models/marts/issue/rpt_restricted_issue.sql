with

issues as (
    select * from {{ ref('int_issue__issue') }}
),

final as (
    select *
    from issues
    where {{ is_restricted_origin('origin') }}
)

select * from final
