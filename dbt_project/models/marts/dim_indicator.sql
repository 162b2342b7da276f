with

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

final as (
    select
        ruleset_id,
        indicator_code,
        stage,
        block,
        name_zh,
        name_en,
        unit,
        scale,
        operator,
        standard,
        floor,
        difference_limit,
        decimals,
        mean_decimals,
        coefficient_decimals,
        is_split,
        is_composite,
        source_document,
        certainty
    from indicators
)

select * from final
