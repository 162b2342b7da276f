with

counties as (
    select * from {{ ref('int_census__county') }}
),

rule_sets as (
    select * from {{ ref('rule_sets') }}
),

selected as (
    select * from {{ ref('stg_run__selected_ruleset') }}
),

final as (
    select
        counties.county_code,
        counties.school_year,
        rule_sets.ruleset_id,
        rule_sets.defines_school_scope,
        case
            when (select count(*) from selected) = 0 then rule_sets.enabled_by_default
            else rule_sets.ruleset_id in (select selected.ruleset_id from selected)
        end as is_selected
    from counties
    inner join rule_sets
        on
            counties.area_system = rule_sets.area_system
            and counties.school_year >= rule_sets.valid_from_year
            and counties.school_year <= coalesce(rule_sets.valid_to_year, 9999)
)

select * from final
