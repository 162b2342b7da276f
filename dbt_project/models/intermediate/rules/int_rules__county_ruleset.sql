with

counties as (
    select * from {{ ref('int_census__county') }}
),

rule_sets as (
    select * from {{ ref('int_rules__ruleset') }}
),

final as (
    select
        counties.county_code,
        counties.school_year,
        rule_sets.ruleset_id,
        rule_sets.defines_school_scope,
        rule_sets.is_selected
    from counties
    inner join rule_sets
        on
            counties.area_system = rule_sets.area_system
            and (rule_sets.area_prefix is null or {{ begins_with('counties.county_code', 'rule_sets.area_prefix') }})
            and counties.school_year >= rule_sets.valid_from_year
            and counties.school_year <= coalesce(rule_sets.valid_to_year, 9999)
)

select * from final
