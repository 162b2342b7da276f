with

selected_ruleset as (
    select * from {{ source('run', 'selected_ruleset') }}
),

final as (
    select ruleset_id
    from selected_ruleset
)

select * from final
