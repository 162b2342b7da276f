with

requirements as (
    select * from {{ ref('int_rules__requirement') }}
),

final as (
    select
        ruleset_id,
        requirement_code,
        part,
        block,
        indicator_name_zh,
        indicator_name_en,
        name_zh,
        name_en,
        unit,
        scale,
        operator,
        threshold,
        decimals,
        basis,
        is_criterion,
        display_order,
        source_document,
        certainty
    from requirements
)

select * from final
