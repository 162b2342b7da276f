with

rule_sets as (
    select * from {{ ref('int_rules__ruleset') }}
),

final as (
    select
        ruleset_id,
        version,
        base_ruleset_id,
        name_zh,
        name_en,
        is_selected,
        enabled_by_default,
        area_system,
        area_prefix,
        valid_from_year,
        valid_to_year,
        min_met,
        source_document,
        certainty
    from rule_sets
)

select * from final
