with

settings as (
    select * from {{ ref('int_rules__setting') }}
),

final as (
    select
        ruleset_id,
        setting,
        value,
        choices,
        meaning_zh,
        source_document,
        certainty
    from settings
)

select * from final
