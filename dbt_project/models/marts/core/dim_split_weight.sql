with

weights as (
    select * from {{ ref('int_rules__split_weight') }}
),

final as (
    select
        ruleset_id,
        stage,
        weight,
        source_document,
        certainty
    from weights
)

select * from final
