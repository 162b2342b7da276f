with

withheld_schools as (
    select * from {{ ref('int_census__withheld_school') }}
),

county_rulesets as (
    select * from {{ ref('int_rules__county_ruleset') }}
),

requirements as (
    select * from {{ ref('int_rules__requirement') }}
),

rulesets as (
    select distinct ruleset_id  -- those with requirements
    from requirements
),

-- a campus of a school in force is an unknown part of that school, not a school
final as (
    select
        withheld_schools.county_code,
        withheld_schools.school_year,
        withheld_schools.school_code,
        county_rulesets.ruleset_id,
        {{ sentence('withheld_school', school='withheld_schools.school_name') }} as label,
        withheld_schools.has_primary,
        withheld_schools.has_junior
    from withheld_schools
    inner join county_rulesets using (county_code, school_year)
    inner join rulesets using (ruleset_id)
    where
        county_rulesets.is_selected
        and withheld_schools.main_school_code is null
        and (withheld_schools.has_primary or withheld_schools.has_junior)
)

select * from final
