with

terms as (
    select * from {{ ref('int_rules__term') }}
),

final as (
    select
        ruleset_id,
        indicator_code,
        stage,
        item,
        factor
    from terms
)

select * from final
