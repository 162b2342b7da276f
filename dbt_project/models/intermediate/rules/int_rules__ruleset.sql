with

rule_sets as (
    select * from {{ ref('rule_sets') }}
),

selected as (
    select * from {{ ref('stg_run__selected_ruleset') }}
),

final as (
    select
        rule_sets.ruleset_id,
        rule_sets.version,
        rule_sets.base_ruleset_id,
        rule_sets.area_prefix,
        rule_sets.name_zh,
        rule_sets.name_en,
        rule_sets.area_system,
        rule_sets.enabled_by_default,
        rule_sets.valid_from_year,
        rule_sets.valid_to_year,
        rule_sets.min_met,
        rule_sets.defines_school_scope,
        rule_sets.source_document,
        rule_sets.certainty,
        case
            when (select count(*) from selected) = 0 then rule_sets.enabled_by_default
            else rule_sets.ruleset_id in (select selected.ruleset_id from selected)
        end as is_selected
    from rule_sets
)

select * from final
